"""Whatever is submitted, changed, removed, hidden and erased on an arcade board, every answer is the plain board's.

Two periods, a cap on a member's entries, a segment, a ranked field and teams. The store's clock stands and is moved by
the test alone, so the numbers of entries are known beforehand. In CI 20 examples of 40 steps on Valkey, and some on
Redis.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model.calendars import DAY_US
from tests.model.machine import IN_CI, World, run, world_on
from tests.model.reads import EPOCH
from tests.oracle_arcade import ArcadeWindow, OracleArcade, Row
from tests.timed_service import NOON, us

EXAMPLES = {"valkey": 20 if IN_CI else 8, "redis": 6 if IN_CI else 2}
MEMBERS = ["u1", "u2", "0f8fad5b-d9cb-469f-a165-70867728950e", "a/b", "🏁" * 64]
FIELDS = [{"name": "country", "segment": True}, {"name": "time", "type": "integer", "rank": "asc"}]
COUNTRIES = ["FR", "DE"]

members = st.sampled_from(MEMBERS)
# Sums of these stay within int64, as teams are to add up whatever comes.
scores = st.sampled_from([-1, 0, 1, 1, 2, 7, 2**53 + 1, -(2**54) - 1])
fields = st.none() | st.fixed_dictionaries(
    {}, optional={"country": st.sampled_from(COUNTRIES), "time": st.integers(1, 3)}
)
submissions = st.tuples(
    members, scores, fields, st.none() | st.sampled_from(["t1", "t2"]), st.none() | st.just({"ship": "x"})
)


class ArcadeMachine(RuleBasedStateMachine):
    """One board."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.has_moved = True
        self.looks = 0
        self.last_member = MEMBERS[0]

    @initialize(
        order=st.sampled_from(["desc", "asc"]),
        tie_break=st.sampled_from(["first", "last"]),
        style=st.sampled_from(["unique", "competition", "dense"]),
        cap=st.sampled_from([None, 1, 2, 3]),
    )
    def define(self, order: str, tie_break: str, style: str, cap: int | None) -> None:
        self.world.clock.stand_at(us(NOON))
        self.world.store.control.flushall()
        self.world.apps_clock.tell(self.world.service)
        self.calls = self.world.service.board(
            {
                "unique": False,
                "order": order,
                "tie_break": tie_break,
                "rank_style": style,
                "entries_per_member": cap,
                "fields": FIELDS,
                "member_types": ["user", "team"],
                "periods": [{"type": "all"}, {"type": "daily", "keep": 2}],
            },
            apps=2,
        )
        self.oracle = OracleArcade(order, tie_break, style, cap)

    @property
    def running(self) -> list[str]:
        return ["all", str((EPOCH + timedelta(microseconds=self.world.clock.now_us())).date())]

    @rule(step=st.sampled_from([1, 1000, DAY_US]))
    def time_passes(self, step: int) -> None:
        self.world.clock.stand_at(self.world.clock.now_us() + step)
        self.has_moved = True

    @rule(style=st.sampled_from(["unique", "competition", "dense"]))
    def change_the_style(self, style: str) -> None:
        assert self.calls.call("PATCH", "", {"rank_style": style}).status == 200
        self.oracle.rank_style = style
        self.has_moved = True

    @rule(several=st.lists(submissions, min_size=1, max_size=6))
    def submit(self, several: list[tuple[Any, ...]]) -> None:
        bodies, expected = [], []
        for member, score, given, team, metadata in several:
            self.touch(member)
            bodies.append(
                {
                    "member": member,
                    "score": score,
                    **({"fields": given} if given else {}),
                    **({"team": team} if team else {}),
                    **({"metadata": metadata} if metadata else {}),
                }
            )
            more = {"fields": given or {}, "team": team, "metadata": metadata}
            expected.append(self.oracle.submit(self.running, self.world.clock.now_us(), member, score, **more))
        answer = self.calls.call("POST", "/scores", bodies)
        assert answer.status == 200, answer.body
        found = [
            {
                "entry_id": placing["entry_id"],
                "total": placing["total"],
                "parts": [{**part, "id": None} for part in placing["periods"].values()],
            }
            for placing in answer.json
        ]
        assert found == [{**one, "parts": [{**part, "id": None} for part in one["parts"]]} for one in expected]

    def touch(self, member: str) -> str:
        self.has_moved, self.last_member = True, member
        return quote(member, safe="")

    def number(self, member: str, place: int | None) -> int | None:
        """The number of one of a member's entries, wherever it is; of none where `place` is None."""
        numbers = sorted({row.number for window in self.oracle.windows.values() for row in window.of(member)})
        return None if place is None else numbers[place % len(numbers)] if numbers else 17

    @rule(member=members, place=st.none() | st.integers(0, 5), given=fields)
    def patch(self, member: str, place: int | None, given: Any) -> None:
        self.touch(member)
        number, changes = self.number(member, place), given or {"country": None}
        answer = self.calls.call("PATCH", self.calls.entry_path(member), {"fields": changes}, entry_id=number)
        expected = self.oracle.edit(self.running, member, number, changes)
        assert (answer.json["entry_id"] if answer.status == 200 else None) == expected, answer.body

    @rule(member=members, place=st.none() | st.integers(0, 5))
    def remove(self, member: str, place: int | None) -> None:
        self.touch(member)
        number = self.number(member, place)
        answer = self.calls.call("DELETE", self.calls.entry_path(member), entry_id=number)
        assert answer.status == (204 if self.oracle.remove(self.running, member, number) else 404), answer.body

    @rule(member=members)
    def hide(self, member: str) -> None:
        answer = self.world.service.call("PUT", f"/v1/members/{self.touch(member)}/ban", {"mode": "hide"})
        assert answer.status in (200, 201)
        self.oracle.hidden.add(member)

    @rule(member=members)
    def show(self, member: str) -> None:
        assert self.world.service.call("DELETE", f"/v1/members/{self.touch(member)}/ban").status == 204
        self.oracle.hidden.discard(member)

    @precondition(lambda self: self.oracle.hidden)
    @rule(place=st.none() | st.integers(0, 5))
    def remove_a_hidden_one(self, place: int | None) -> None:
        self.remove(min(self.oracle.hidden), place)

    @rule(member=members)
    def erase(self, member: str) -> None:
        assert self.world.service.call("DELETE", f"/v1/members/{self.touch(member)}").status == 204
        self.oracle.erase(member)

    # reads

    def windows(self) -> Iterator[tuple[str, ArcadeWindow]]:
        yesterday = str((EPOCH + timedelta(microseconds=self.world.clock.now_us() - DAY_US)).date())
        for name in [*self.running, yesterday]:
            yield name, self.oracle.window(name)

    @invariant()
    def every_page_is_the_plain_boards(self) -> None:
        if not self.has_moved:
            return
        self.has_moved = False
        self.looks += 1
        for number, (name, window) in enumerate(self.windows()):
            country = COUNTRIES[(self.looks + number) % len(COUNTRIES)]
            self.check_pages(window, window.standing(), period=name)
            self.check_pages(window, window.standing({"country": country}), period=name, segment=f"country:{country}")
            self.check_member(name, window, self.last_member)
            self.check_lookup(name, window)
            self.check_teams(name, window)

    def check_pages(self, window: ArcadeWindow, rows: list[Row], **query: Any) -> None:
        expected = [window.shown(row, rows) for row in rows]
        down, up = self.calls.walk(4, **query)
        assert [seen(entry) for page in down for entry in page["entries"]] == expected
        assert [seen(entry) for page in up[::-1] for entry in page["entries"]] == expected
        assert {page["total"] for page in down} == {len(rows)}

    def check_member(self, name: str, window: ArcadeWindow, member: str) -> None:
        standing = window.standing()
        own = [row for row in standing if row.member == member]
        page = self.calls.page(period=name, filter=f"member:{member}")
        assert [seen(entry) for entry in page["entries"]] == [window.shown(row, standing) for row in own]
        assert page["total"] == len(own)
        path = self.calls.entry_path(member)
        for row, query in [*((row, {"entry_id": row.number}) for row in own), *((row, {}) for row in own[:1])]:
            answer = self.calls.read(path, period=name, **query)
            assert seen(answer) == window.shown(row, standing)
            around = self.calls.read(path + "/around", size=3, period=name, **query)
            place = standing.index(row)
            first = max(min(place - 1, len(standing) - 3), 0)
            assert [one["entry_id"] for one in around["entries"]] == [one.number for one in standing[first : first + 3]]
        if not own:
            assert self.calls.call("GET", path, period=name).code == "ENTRY_NOT_FOUND"
        own_pages, _ = self.calls.walk(2, period=name, filter=f"member:{member}", viewer=member)
        listed = [entry for page in own_pages for entry in page["entries"]]
        assert [entry["entry_id"] for entry in listed] == [row.number for row in window.of(member)]
        assert all((entry["rank"] is None) == (member in self.oracle.hidden) for entry in listed)
        viewed = self.calls.call("GET", path, period=name, viewer=member)
        if rows := window.of(member):
            assert (viewed.json["entry_id"], viewed.json["rank"] is None) == (rows[0].number, not own)
        else:
            assert viewed.code == "ENTRY_NOT_FOUND"
        for country in COUNTRIES:
            among = window.standing({"country": country})
            within = self.calls.call("GET", path, period=name, segment=f"country:{country}")
            best = [row for row in among if row.member == member][:1]
            assert [seen(within.json)] == [window.shown(best[0], among)] if best else within.code == "ENTRY_NOT_FOUND"

    def check_lookup(self, name: str, window: ArcadeWindow) -> None:
        standing = window.standing()
        answer = self.calls.call("POST", "/entries/lookup", {"members": MEMBERS}, period=name).json
        bests = [
            row for place, row in enumerate(standing) if row.member not in {one.member for one in standing[:place]}
        ]
        assert [(one["entry_id"], one["position"] - 1) for one in answer["entries"]] == [
            (row.number, standing.index(row)) for row in bests
        ]
        assert set(answer["missing"]) == set(MEMBERS) - {row.member for row in bests}

    def check_teams(self, name: str, window: ArcadeWindow) -> None:
        page = self.calls.page(period=name, member_type="team")
        assert {entry["member"]: entry["score"] for entry in page["entries"]} == window.teams
        assert all("entry_id" not in entry for entry in page["entries"])


def seen(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as the oracle knows it."""
    names = ("rank", "member", "entry_id", "score", "fields", "metadata")
    return {**{name: entry[name] for name in names}, "field_ranks": entry.get("field_ranks", {})}


def test_every_answer_is_that_of_the_plain_board(
    store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_on(store_kind, tmp_path, monkeypatch) as world:
        run(ArcadeMachine, world, EXAMPLES[store_kind])  # type: ignore[arg-type]
