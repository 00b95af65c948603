"""One run of an import: sends arrays in order, repeats what is safe to repeat, keeps the tally."""

import json
from dataclasses import dataclass
from typing import IO, Any

from rankd.cli.chunks import Chunk
from rankd.cli.client import Client, path
from rankd.cli.failures import Refusal, faults_of
from rankd.cli.patience import patiently
from rankd.cli.progress import Progress
from rankd.cli.rows import Row

SHOWN_REJECTS = 20
LOST_STATUS = 503


@dataclass(slots=True)
class Tally:
    """What became of the rows."""

    rows: int = 0
    taken: int = 0
    changed: int = 0
    refused: int = 0
    repeated: int = 0

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        text = f"{rows}: {self.taken} taken, {self.changed} changed the board, {self.refused} refused"
        return text + (f"; {self.repeated} were there from an earlier run" if self.repeated else "")


class Rejected:
    """Tells of refused rows: the first ones on stderr, all of them in a file if one is given."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        self._told = 0

    def add(self, row: Row, code: str, reason: str, progress: Progress) -> None:
        if self._file is not None:
            refused = {"line": row.line, "code": code, "reason": reason}
            if row.body:
                refused["submission"] = json.loads(row.body)
            self._file.write(json.dumps(refused, ensure_ascii=False).encode() + b"\n")
        self._told += 1
        if self._told <= SHOWN_REJECTS:
            progress.note(f"line {row.line}: {reason}")
        elif self._told == SHOWN_REJECTS + 1:
            progress.note("More rows are refused; --rejects FILE keeps them all.")


class ImportRun:
    """One run: sends chunks in order and keeps the tally."""

    def __init__(self, client: Client, board: str, retry_for_s: float, progress: Progress, rejected: Rejected) -> None:
        self._client = client
        self._where = path("boards", board, "scores")
        self._retry_for_s = retry_for_s
        self._progress = progress
        self._rejected = rejected
        self.tally = Tally()

    def send(self, chunk: Chunk) -> None:
        """The chunk's rows until they are answered; a Refusal of the whole array ends the run."""
        answers, repeated = patiently(lambda: self._exchange(chunk), self._retry_for_s, self._waiting)
        for row in chunk.faulty:
            self._refuse(row, "UNREADABLE", row.fault)
        for row, answer in zip(chunk.rows, answers, strict=True):
            if "code" in answer:
                self._refuse(row, str(answer["code"]), _reason(answer))
            else:
                self.tally.taken += 1
                self.tally.changed += bool(answer.get("changed"))
        self.tally.rows += len(chunk.rows) + len(chunk.faulty)
        self.tally.repeated += len(chunk.rows) if repeated else 0
        self._progress.rows(self.tally.rows)

    def _exchange(self, chunk: Chunk) -> tuple[list[dict[str, Any]], bool]:
        if not chunk.rows:
            return [], False
        headers = {"Content-Type": "application/json", "Idempotency-Key": chunk.idempotency_key}
        response = self._client.send("POST", self._where, content=chunk.body, headers=headers)
        answers = response.json()
        if not isinstance(answers, list) or len(answers) != len(chunk.rows):
            raise Refusal(
                "The server did not answer every row",
                self._where,
                "",
                "Check that --url names a rankd server.",
            )
        self._demand_known(answers)
        return answers, response.headers.get("Idempotent-Replayed") == "true"

    def _demand_known(self, answers: list[dict[str, Any]]) -> None:
        """Rows the store could not answer now make the whole array be sent again: the others count once."""
        unknown = next((answer for answer in answers if answer.get("status") == LOST_STATUS), None)
        if unknown is not None:
            refusal = Refusal(f"{unknown.get('title')} ({unknown.get('code')})", self._where, _reason(unknown))
            refusal.status = LOST_STATUS
            raise refusal

    def _refuse(self, row: Row, code: str, reason: str) -> None:
        self.tally.refused += 1
        self._rejected.add(row, code, reason, self._progress)

    def _waiting(self, refusal: Refusal, pause_s: float) -> None:
        self._progress.note(f"{refusal.what}; trying again in {pause_s:.1f} s")


def _reason(problem: dict[str, Any]) -> str:
    return "; ".join(faults_of(problem)) or str(problem.get("detail") or problem.get("title"))
