"""One run of an import: sends arrays in order, repeats what is safe to repeat, keeps the tally."""

import json
from dataclasses import dataclass
from typing import Any

from rankd.cli.chunks import Chunk
from rankd.cli.client import Client, path
from rankd.cli.failures import Refusal, faults_of, of_problem
from rankd.cli.patience import patiently
from rankd.cli.progress import Progress
from rankd.cli.rejects import Rejected

PASSING_STATUS = (503, 507)


@dataclass(slots=True)
class Tally:
    """What became of the rows. `repeated` ones were taken before; `changed` counts only the others."""

    rows: int = 0
    taken: int = 0
    changed: int = 0
    refused: int = 0
    repeated: int = 0

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        before = f" ({self.repeated} of them by an earlier run)" if self.repeated else ""
        return f"{rows}: {self.taken} taken{before}, {self.changed} changed the board, {self.refused} refused"


class ImportRun:
    """One run: sends chunks in order and keeps the tally."""

    def __init__(self, client: Client, board: str, retry_for_s: float, progress: Progress, rejected: Rejected) -> None:
        self._client = client
        self._where = path("boards", board, "scores")
        self._retry_for_s = retry_for_s
        self._progress = progress
        self._rejected = rejected
        self.tally = Tally()
        self._saw_export = False

    def send(self, chunk: Chunk) -> None:
        """The chunk's rows until they are answered; a Refusal of the whole array ends the run."""
        answers, repeated = patiently(lambda: self._exchange(chunk), self._retry_for_s, self._waiting)
        refused = [(row, row.fault) for row in chunk.faulty]
        for row, answer in zip(chunk.rows, answers, strict=True):
            if "code" in answer:
                refused.append((row, _reason(answer)))
            else:
                self.tally.taken += 1
                self.tally.repeated += repeated
                self.tally.changed += bool(answer.get("changed")) and not repeated
        for row, reason in sorted(refused, key=lambda one: one[0].line):
            self.tally.refused += 1
            self._saw_export |= row.looks_exported
            self._rejected.add(row, reason, self._progress)
        self.tally.rows += len(chunk.rows) + len(chunk.faulty)
        self._progress.rows(self.tally.rows)

    def hint(self) -> None:
        """Says how refused rows are brought in, if they are of a kind that goes another way."""
        if self._saw_export:
            self._progress.note("These are lines of an export: --restore sets them as they stood, arrivals included.")

    def _exchange(self, chunk: Chunk) -> tuple[list[dict[str, Any]], bool]:
        if not chunk.rows:
            return [], False
        headers = {"Content-Type": "application/json", "Idempotency-Key": chunk.idempotency_key}
        response = self._client.send("POST", self._where, content=chunk.body, headers=headers)
        answers = _answers(response.content)
        if len(answers) != len(chunk.rows):
            raise Refusal(
                "The server did not answer every row",
                f"POST {self._where}",
                f"{len(chunk.rows)} rows were sent, {len(answers)} answered.",
                "Is this a rankd? Check --url (or RANKD_URL).",
            )
        self._demand_known(answers)
        return answers, response.headers.get("Idempotent-Replayed") == "true"

    def _demand_known(self, answers: list[dict[str, Any]]) -> None:
        """Rows the store could not answer now make the whole array be sent again: the others count once."""
        unknown = next((answer for answer in answers if answer.get("status") in PASSING_STATUS), None)
        if unknown is not None:
            raise of_problem(unknown, int(unknown["status"]), f"POST {self._where}", None)

    def _waiting(self, refusal: Refusal, pause_s: float) -> None:
        self._progress.note(f"{refusal.what}; trying again in {pause_s:.1f} s")


def _answers(content: bytes) -> list[dict[str, Any]]:
    """An answer a row; none of a document that no rankd gives."""
    try:
        answers = json.loads(content)
    except ValueError:
        return []
    return [answer for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []


def _reason(problem: dict[str, Any]) -> str:
    return "; ".join(faults_of(problem)) or str(problem.get("detail") or problem.get("title"))
