"""Whoever is hidden, blocked, restored or erased, every answer is that of boards on which the hidden do not stand.

Two boards of all and daily periods, with a segment and a ranked field, days of ranges and archives; a hidden member's
own entry is held against the board as if nobody were banned. The store's clock stands and is moved by the test alone.
In CI 12 examples of 40 steps on Valkey, and some on Redis.
"""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model.calendars import DAY_US, HOUR_US
from tests.model.few_members import MEMBERS, few_parts, members
from tests.model.machine import IN_CI, World, in_periods, run, world_on
from tests.model.reads import Reads, Target, ways
from tests.model.service_in_process import BoardCalls
from tests.model.strategies import build, rules
from tests.model.test_board_model import seen
from tests.oracle import OracleBoard, Rules, Submission
from tests.oracle_bans import FIELDS, BannedBoard, OracleBans
from tests.oracle_calendar import Period, Window
from tests.oracle_periods import Definition, OraclePeriods, Refused
from tests.timed_service import NOON, us

EXAMPLES = {"valkey": 12 if IN_CI else 6, "redis": 4 if IN_CI else 2}
PERIODS = (Period("all"), Period("daily", keep=3))
WINDOWS = ((PERIODS[0], 0), (PERIODS[1], 0), (PERIODS[1], 1))
KEEP_DAYS = 5
COUNTRIES = ["FR", "DE"]

fields = st.none() | st.fixed_dictionaries({"country": st.sampled_from(COUNTRIES), "time": st.integers(1, 3)})
modes = st.sampled_from(["hide", "hide", "hide", "block"])
places = st.integers(0, 1)


class Banned:
    """A board of the service and the oracle's."""

    def __init__(self, calls: BoardCalls, oracle: BannedBoard) -> None:
        self.calls = calls
        self.oracle = oracle
        self.reads = Reads(calls)


class BansMachine(RuleBasedStateMachine):
    """Two boards, and a project's bans."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.boards: list[Banned] = []
        self.bans = OracleBans()
        self.moved: set[int] = set()
        self.last_member = MEMBERS[0]
        self.looks = 0

    @initialize(several=st.tuples(rules(), rules()))
    def define(self, several: tuple[Rules, Rules]) -> None:
        self.world.clock.stand_at(us(NOON))
        self.world.store.control.flushall()
        self.world.apps_clock.tell(self.world.service)
        for drawn in several:
            definition = Definition(drawn, PERIODS, keep_days=KEEP_DAYS)
            calls = self.world.service.board({**definition.body(), "fields": FIELDS}, apps=2)
            whole = OraclePeriods(definition, self.world.clock.now_us)
            self.boards.append(Banned(calls, BannedBoard(calls.board_id, whole, self.bans)))
        self.moved = {0, 1}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.world.service.call(method, path, body)

    # time, and what changes boards

    @rule(step=st.sampled_from([1000, HOUR_US, DAY_US, DAY_US]))
    def time_passes(self, step: int) -> None:
        self.world.clock.stand_at(self.world.clock.now_us() + step)
        self.moved = {0, 1}

    @rule(
        place=places,
        style=st.sampled_from(["unique", "competition", "dense"]),
        update=st.sampled_from(["best", "latest", "sum"]),
    )
    def edit_the_board(self, place: int, style: str, update: str) -> None:
        answer = self.boards[place].calls.call("PATCH", "", {"rank_style": style, "update": update})
        assert answer.status == 200, answer.body
        self.boards[place].oracle.whole.edit(rank_style=style, update=update)
        self.moved.add(place)

    @rule(place=places, kind=st.sampled_from([None, "all", "daily"]), archive=st.booleans())
    def reset(self, place: int, kind: str | None, archive: bool) -> None:
        body = {"archive": archive, **({"period": kind} if kind else {})}
        answer = self.boards[place].calls.call("POST", "/reset", body)
        assert answer.status == 200, answer.body
        self.boards[place].oracle.whole.reset(kind, archive=archive)
        self.moved.add(place)

    # entries

    def built(self, place: int, part: tuple[Any, ...], given: Any) -> tuple[Submission, dict[str, Any]]:
        """A submission whose fields lie where the oracle keeps metadata, and its body."""
        submission = build(self.boards[place].oracle.whole.definition.rules, *part)
        plain = dataclasses.replace(submission, metadata=None).body()
        self.last_member = submission.member
        return dataclasses.replace(submission, metadata=given), {**plain, **({"fields": given} if given else {})}

    def expected(self, act: Any) -> Any:
        try:
            return act()
        except Refused as refused:
            return refused.code

    @rule(place=places, several=st.lists(st.tuples(few_parts, fields), min_size=1, max_size=4))
    def submit(self, place: int, several: list[tuple[Any, ...]]) -> None:
        board, bodies, expected = self.boards[place], [], []
        for part, given in several:
            submission, body = self.built(place, part, given)
            bodies.append(body)
            expected.append(self.expected(lambda one=submission: board.oracle.submit(one)))  # type: ignore[misc]
        answer = board.calls.call("POST", "/scores", bodies)
        assert answer.status == 200, answer.body
        assert [item["code"] if "code" in item else in_periods(item) for item in answer.json] == expected
        self.moved.add(place)

    @rule(place=places, part=few_parts, given=fields)
    def put(self, place: int, part: tuple[Any, ...], given: Any) -> None:
        board = self.boards[place]
        submission, body = self.built(place, part, given)
        body.pop("member")
        answer = board.calls.call("PUT", board.calls.entry_path(submission.member), body)
        expected = self.expected(lambda: board.oracle.put(submission))
        assert (in_periods(answer.json) if answer.status in (200, 201) else answer.code) == expected
        self.moved.add(place)

    @rule(place=places, member=members, given=fields)
    def patch(self, place: int, member: str, given: Any) -> None:
        board = self.boards[place]
        body = {"fields": given or {"country": None, "time": None}}
        answer = board.calls.call("PATCH", board.calls.entry_path(member), body)
        expected = self.expected(lambda: board.oracle.whole.patch(member, given))
        assert (None if answer.status == 200 else answer.code) == expected
        self.moved.add(place)

    @rule(place=places, member=members)
    def remove(self, place: int, member: str) -> None:
        board = self.boards[place]
        answer = board.calls.call("DELETE", board.calls.entry_path(member))
        expected = self.expected(lambda: board.oracle.whole.remove(member))
        assert (None if answer.status == 204 else answer.code) == expected
        self.moved.add(place)

    # bans

    def on_member(self, method: str, member: str, path: str, body: Any = None) -> Any:
        self.moved, self.last_member = {0, 1}, member
        return self.call(method, f"/v1/members/{quote(member, safe='')}{path}", body)

    @rule(member=members, mode=modes, named=st.none() | st.lists(places, min_size=1, max_size=2, unique=True))
    def ban(self, member: str, mode: str, named: list[int] | None) -> None:
        ids = None if named is None else [self.boards[place].calls.board_id for place in named]
        is_new = member not in self.bans.bans
        answer = self.on_member("PUT", member, "/ban", {"mode": mode, **({"boards": ids} if ids else {})})
        assert (answer.status, answer.json) == (201 if is_new else 200, {"member": member, "mode": mode, "boards": ids})
        self.bans.bans[member] = mode, ids

    @rule(member=members)
    def lift(self, member: str) -> None:
        assert self.on_member("DELETE", member, "/ban").status == 204
        self.bans.bans.pop(member, None)

    @precondition(lambda self: self.bans.bans)
    @rule()
    def lift_all(self) -> None:
        for member in list(self.bans.bans):
            self.lift(member)

    @rule(member=members)
    def erase(self, member: str) -> None:
        assert self.on_member("DELETE", member, "").status == 204
        self.bans.bans.pop(member, None)
        for board in self.boards:
            board.oracle.erase(member)

    # reads

    def target(self, place: int, period: Period, back: int, country: str | None = None) -> Target:
        oracle = self.boards[place].oracle
        window = oracle.whole.window(period, back)
        return Target(
            query={"period": window.id, **({"segment": f"country:{country}"} if country else {})},
            type=window.type,
            id=window.id,
            bounds=(window.start_us, window.end_us),
            board=oracle.seen(oracle.whole.board(window), country),
            movement_of=lambda member: oracle.movement(period, window, member, country),
        )

    def span(self, place: int, ago: int, aggregate: str) -> tuple[OracleBoard, Target]:
        """The whole board of the last days, and what is seen of it."""
        oracle, now_us = self.boards[place].oracle, self.world.clock.now_us()
        ranges = oracle.whole.ranges
        last = ranges.today(now_us)
        first = last - timedelta(days=ago)
        whole = ranges.board(first, last, aggregate, now_us)
        query = {"from": f"{first}", "to": f"{last}", "aggregate": aggregate}
        return whole, Target(query, "range", f"{first}..{last}", None, oracle.seen(whole))

    @rule(place=places, number=st.integers(0, 2), country=st.sampled_from([None, *COUNTRIES]), way=ways)
    def read(self, place: int, number: int, country: str | None, way: tuple[Any, ...]) -> None:
        name, *args = way
        period, back = WINDOWS[number]
        target = self.target(place, period, back, None if name == "stats" else country)
        getattr(self.boards[place].reads, name)(target, *args)

    @rule(place=places, ago=st.integers(0, KEEP_DAYS), aggregate=st.sampled_from(["sum", "best"]), way=ways)
    def read_days(self, place: int, ago: int, aggregate: str, way: tuple[Any, ...]) -> None:
        name, *args = way
        getattr(self.boards[place].reads, name)(self.span(place, ago, aggregate)[1], *args)

    @rule(place=places)
    def read_archives(self, place: int) -> None:
        board = self.boards[place]
        for period in PERIODS:
            window = board.oracle.whole.window(period)
            for one in board.oracle.whole.archives(period, window):
                name = f"{window.id}~{one.number}"
                target = Target({"period": name}, period.type, name, None, board.oracle.seen(one.board))
                board.reads.whole(target)
                self.own_entry(board, {"period": name}, one.board)

    @rule(place=places)
    def list_periods(self, place: int) -> None:
        """Totals are those that are seen, of what is closed as well."""
        board = self.boards[place]
        rows = {row["id"]: row["total"] for row in board.calls.read("/periods")["periods"]}
        for period in PERIODS:
            for window in board.oracle.whole.listed(period):
                assert rows[window.id] == len(board.oracle.seen(board.oracle.whole.board(window)).rows)

    @rule(member=members)
    def read_all_boards(self, member: str) -> None:
        answer = self.call("GET", f"/v1/members/{quote(member, safe='')}/entries")
        found = {entry["board"]: entry["rank"] for entry in answer.json["entries"]}
        expected = {}
        for board in self.boards:
            shown = board.oracle.seen(board.oracle.whole.board(Window("all", "all")))
            if member in shown.rows:
                expected[board.calls.board_id] = shown.rank_of(member)
        assert found == expected

    @invariant()
    def what_was_touched_agrees(self) -> None:
        for place in self.moved if self.boards else ():
            board = self.boards[place]
            self.looks += 1
            for period, back in (WINDOWS[0], WINDOWS[self.looks % len(WINDOWS)]):
                target = self.target(place, period, back)
                whole = board.oracle.whole.board(board.oracle.whole.window(period, back))
                self.window_agrees(board, target, whole)
                self.own_entry(board, target.query, whole)
            whole, target = self.span(place, 2, "sum")
            board.reads.whole(target)
            self.own_entry(board, target.query, whole)
        self.moved = set()

    def own_entry(self, board: Banned, query: dict[str, Any], whole: OracleBoard) -> None:
        """What the last member sees of itself where it is hidden, and that others see nothing of it."""
        path = board.calls.entry_path(self.last_member)
        if (own := board.oracle.own_entry(whole, self.last_member)) is None:
            return
        row, expected = own
        entry = board.calls.read(path, viewer=self.last_member, **query)
        assert seen([entry]) == [expected]
        assert entry["fields"] == (row.metadata or {})
        assert (entry["percentile"], entry["movement"]) == (None, None)
        assert entry["total"] == len(board.oracle.seen(whole).rows)
        for others in ({}, {"viewer": "nobody"}):
            assert board.calls.call("GET", path, **query, **others).code == "ENTRY_NOT_FOUND"

    def window_agrees(self, board: Banned, target: Target, whole: OracleBoard) -> None:
        """The whole page, ranks by a field, segments, and the values that occur."""
        query = target.query
        page, shown = board.calls.page(limit=1000, **query), board.oracle.seen(whole)
        assert seen(page["entries"]) == shown.entries()
        assert page["total"] == len(shown.rows)
        ranks = board.oracle.field_ranks(whole)
        for entry in page["entries"]:
            assert entry["fields"] == (whole.rows[entry["member"]].metadata or {})
            assert entry.get("field_ranks", {}).get("time") == ranks.get(entry["member"])
        countries = board.oracle.countries(whole)
        found = board.calls.read("/fields/country/values", **query)["values"]
        assert {one["value"]: one["count"] for one in found} == countries
        country = COUNTRIES[self.looks % len(COUNTRIES)]
        segment = board.calls.page(segment=f"country:{country}", limit=1000, **query)
        assert seen(segment["entries"]) == board.oracle.seen(whole, country).entries()
        assert segment["total"] == countries.get(country, 0)


def test_nothing_shows_of_the_hidden_and_nothing_of_theirs_is_lost(
    store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rankd.service.ranges.QUICK_S", 3600.0)
    monkeypatch.setattr("rankd.service.ranges._OPENED_FOR_S", -1.0)
    with world_on(store_kind, tmp_path, monkeypatch) as world:
        run(BansMachine, world, EXAMPLES[store_kind])  # type: ignore[arg-type]
