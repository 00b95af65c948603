"""One history, sent natively to one board and as SCILL's events to another: both doors show both boards alike."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.machine import IN_CI
from tests.model.service_in_process import BoardCalls, Service, service_on
from tests.store_servers import StoreServer

# Nothing of this is about the store: the core's tests run on each kind.
pytestmark = pytest.mark.parametrize("store_kind", ["valkey"], indirect=True)
DEFINITIONS = st.fixed_dictionaries(
    {
        "order": st.sampled_from(["asc", "desc"]),
        "update": st.sampled_from(["sum", "best", "latest"]),
        "tie_break": st.sampled_from(["first", "last"]),
        "rank_style": st.sampled_from(["unique", "competition", "dense"]),
        "subscores": st.sampled_from([[], [{"name": "armor", "order": "asc"}]]),
    }
)
HISTORIES = st.lists(
    st.fixed_dictionaries(
        {
            "member": st.sampled_from("abcdef"),
            "team": st.sampled_from([None, "red", "blue"]),
            "score": st.integers(-3, 3) | st.sampled_from([2**53 + 1, -(2**60)]),
            "armor": st.integers(0, 2),
            "time_ms": st.none() | st.integers(0, 3),
        }
    ),
    max_size=20,
)
READS = st.tuples(st.integers(1, 4), st.integers(1, 4), st.sampled_from([None, "SUM", "BEST"]))
OF_ALL = {
    "member_types": ["user", "team"],
    "fields": [{"name": "time_ms", "type": "integer", "rank": "asc"}],
    "ranges": {"keep_days": 7},
}


def without_nothing(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def tell(service: Service, native: BoardCalls, fed: BoardCalls, one: dict[str, Any]) -> None:
    """One happening through both doors."""
    subscores = {"armor": one["armor"]} if native.read("")["subscores"] else None
    fields = {"time_ms": one["time_ms"]} if one["time_ms"] is not None else None
    body = {"member": one["member"], "score": one["score"], "team": one["team"], "subscores": subscores}
    sent = native.call("POST", "/scores", without_nothing({**body, "fields": fields}))
    meta = without_nothing({"amount": one["score"], "armor": one["armor"], "time_ms": one["time_ms"]})
    event = {"user_id": one["member"], "event_name": fed.board_id, "event_type": "single", "meta_data": meta}
    heard = service.call("POST", "/api/v1/events", {**event, "team_id": one["team"]}, auth="api_key")
    assert (sent.status, heard.status) == (200, 200), (sent.body, heard.body)


def shown_natively(board: BoardCalls, limit: int, offset: int, aggregate: str | None) -> dict[str, Any]:
    """What SCILL's door has to show, put together from native reads."""
    span = {"from": "2020-01-01", "to": "2999-12-31", "aggregate": aggregate.lower()} if aggregate else {}
    found = {}
    for kind in ("team", "user"):
        page = board.page(limit=limit, offset=offset, member_type=kind, **span)
        rows = [
            {
                "member_id": entry["member"],
                "member_type": kind,
                "score": entry["score"],
                "rank": entry["rank"],
                "metadata_results": [
                    {"key": "time_ms", "ranked": True, "score": entry["fields"]["time_ms"],
                     "rank": entry["field_ranks"]["time_ms"]}
                    if "time_ms" in entry["fields"] else {"key": "time_ms", "ranked": False}
                ],
                "additional_info": {},
            }
            for entry in page["entries"]
        ]  # fmt: skip
        found[kind] = {"type": kind, "count": page["total"], "members": rows}
    return found


def test_a_history_stands_alike_through_both_doors(store: StoreServer, tmp_path: Path) -> None:
    with service_on(store.url, tmp_path, apps=2) as service:

        @settings(max_examples=20 if IN_CI else 10, deadline=None)
        @given(definition=DEFINITIONS, history=HISTORIES, read=READS)
        def check(definition: dict[str, Any], history: list[dict[str, Any]], read: tuple[int, int, Any]) -> None:
            # given a board that is played natively, and one of the same settings that events feed
            native, fed = (service.board({**definition, **OF_ALL}, apps=2) for _ in range(2))
            assert fed.call("PATCH", "", {"source": {"event": fed.board_id, "score": "amount"}}).status == 200
            # when the same happens on both
            for one in history:
                tell(service, native, fed, one)
            # then each shows the same through both doors, and the one what the other shows
            size, page, aggregate = read
            wanted = shown_natively(native, size, size * (page - 1), aggregate)
            query = {"pageSize": size, "currentPage": page, "aggregate": aggregate}
            for board in (native, fed):
                shown = service.call("GET", f"/api/v2/leaderboards/{board.board_id}", **query).json
                assert shown["leaderboard_results_by_member_type"] == wanted
                assert shown["leaderboard_sort_order_ascending"] == (definition["order"] == "asc")
                for kind, results in wanted.items():
                    for row in results["members"]:
                        place = f"/api/v2/leaderboards-members/{kind}/{row['member_id']}/{board.board_id}"
                        assert service.call("GET", place, aggregate=aggregate).json["leaderboard_member"] == row

        check()
