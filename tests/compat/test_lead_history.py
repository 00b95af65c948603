"""A history through Lead, held against a plain list of rows, and the same rows seen natively."""

import contextlib
import itertools
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.asgi_calls import Calls
from tests.compat.lead_app import App, new_app

NUMBERS = itertools.count()
KINDS = {"bool": bool, "int": int, "long": int, "Time": int, "double": float, "str": str}
DEFAULTS = {"bool": False, "int": 0, "long": 0, "Time": None, "double": 0.0, "str": ""}
NATIVE = {"win": "bool", "board": "str", "mods": "str", "cheats": "str"}
NAMES = ["a", "b2", "long_name"]
TEXTS = {
    "bool": st.sampled_from(["", "1", "False", "null"]),
    "double": st.sampled_from(["7", "-0.5", "1e300", "null", "2.25"]),
    "str": st.sampled_from(["", "12", "é", "a,b", "Z", "null", "x" * 300, "z"]),
}
WHOLE = st.sampled_from(["0", "5", "-3", "65432", "null", "9007199254740993"])


def parsed(kind: str, text: str) -> Any:
    if text == "null":
        return None
    return text[:256] if kind == "str" else text != "" if kind == "bool" else KINDS[kind](text)


def shown(kind: str, value: Any) -> Any:
    if kind != "Time" or value is None:
        return value
    seconds, rest = divmod(abs(value), 1000)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
    return ["-" * (value < 0) + clock, value]


class Oracle:
    """The rows of an app in the order of their adding. A value is kept with the type it was read by."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.hidden: dict[str, str] = {}
        self.rows: list[dict[str, Any]] = []

    def add(self, answer: dict[str, Any], form: dict[str, str]) -> None:
        kinds = {**NATIVE, **self.fields}
        values = {
            name: (KINDS[kind], parsed(kind, form[name]) if name in form else DEFAULTS[kind])
            for name, kind in kinds.items()
        }
        self.rows.append({"id": answer["id"], "submission": answer["submission"], "values": values, "is_hidden": False})

    def add_field(self, name: str, kind: str) -> None:
        self.fields[name] = kind
        self.hidden.pop(name, None)
        for row in self.rows:
            was, value = row["values"].get(name, (None, None))
            if value is None or was is KINDS[kind]:
                continue
            with contextlib.suppress(ValueError):  # what cannot be read is shown again when its type comes back
                row["values"][name] = (KINDS[kind], self._read_anew(value, KINDS[kind]))

    @staticmethod
    def _read_anew(value: Any, kind: Any) -> Any:
        if kind is int and isinstance(value, float):
            found = int(value)
            if found != value or abs(found) >= 2**63:
                raise ValueError
            return found
        return kind(str(value))

    def delete_field(self, name: str) -> None:
        if name in self.fields:
            self.hidden[name] = self.fields.pop(name)

    def value(self, row: dict[str, Any], name: str) -> Any:
        if name in ("id", "submission"):
            return row["id"]
        kind, value = row["values"].get(name, (None, None))
        return value if kind is KINDS[{**NATIVE, **self.fields}[name]] else None

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        kinds = {**NATIVE, **self.fields}
        values = {name: shown(kind, self.value(row, name)) for name, kind in kinds.items()}
        return {"id": row["id"], "submission": row["submission"], **values}

    def listed(self, filters: list[tuple[str, str]], sort: str, order: str, count: int) -> list[dict[str, Any]]:
        kinds = {**NATIVE, **self.fields}
        found = [row for row in self.rows if not row["is_hidden"] and self.value(row, sort) is not None]
        for name, text in filters:
            wanted = parsed(kinds[name], text)
            found = [row for row in found if wanted is not None and self.value(row, name) == wanted]
        # Python's sort leaves equal ones where they are, also in reverse.
        found = sorted(found, key=lambda row: self.value(row, sort), reverse=order == "desc")
        return [self.shape(row) for row in found[:count]]


@pytest.fixture
def call_of(call: Calls) -> Calls:
    return call


@given(st.data())
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_a_history_through_lead_is_a_plain_list_of_rows(call_of: Calls, data: st.DataObject) -> None:
    random.seed()  # else calls of every example have the same ids, and are taken for repeats
    app, oracle = await new_app(call_of, f"app{next(NUMBERS)}"), Oracle()
    steps = st.sampled_from(["add"] * 4 + ["list"] * 3 + ["add-field", "add-field", "del-field", "hide", "restore"])
    for _ in range(30):
        await step(app, oracle, data, data.draw(steps))
    await look(app, oracle, data)
    await seen_natively(app, oracle)
    await dumped(app, oracle)


async def step(app: App, oracle: Oracle, data: st.DataObject, what: str) -> None:
    if what == "add":
        kinds = {**NATIVE, **oracle.fields}
        chosen = {name for name in oracle.fields if data.draw(st.booleans())} | set(NATIVE)
        form = {name: data.draw(TEXTS.get(kinds[name], WHOLE)) for name in sorted(chosen)}
        form["win" if data.draw(st.booleans()) else "unknown"] = "1"
        answer = await app.did("add", **form)
        oracle.add(answer, form)
        assert answer == oracle.shape(oracle.rows[-1])
    elif what == "list":
        await look(app, oracle, data)
    elif what == "add-field":
        name, kinds = data.draw(st.sampled_from(NAMES)), sorted(KINDS)
        known = {**oracle.fields, **oracle.hidden}.get(name)
        if known:  # booleans keep their type: their texts differ
            kinds = ["bool"] if known == "bool" else [kind for kind in kinds if kind != "bool"]
        kind = data.draw(st.sampled_from(kinds))
        await app.did("add-field", name=name, type=kind)
        oracle.add_field(name, kind)
    elif what == "del-field":
        name = data.draw(st.sampled_from(NAMES))
        await app.did("del-field", name=name)
        oracle.delete_field(name)
    elif oracle.rows:
        row = data.draw(st.sampled_from(oracle.rows))
        await app.did("del-score" if what == "hide" else "restore-score", id=row["id"])
        row["is_hidden"] = what == "hide"


async def look(app: App, oracle: Oracle, data: st.DataObject) -> None:
    kinds = {**NATIVE, **oracle.fields}
    names = data.draw(st.lists(st.sampled_from(sorted(kinds)), max_size=3))
    filters = [(name, data.draw(TEXTS.get(kinds[name], WHOLE))) for name in names]
    sort = data.draw(st.sampled_from([*sorted(kinds), "submission", "id"]))
    order, count = data.draw(st.sampled_from(["asc", "desc"])), data.draw(st.integers(0, 25))
    given_rows = await app.list(*(f"{name},{text}" for name, text in filters), sort=sort, order=order, count=count)
    assert given_rows == oracle.listed(filters, sort, order, count)


async def seen_natively(app: App, oracle: Oracle) -> None:
    if not oracle.rows:
        return
    rows = [row for row in oracle.rows if not row["is_hidden"]]
    page = (await app.root("GET", "/v1/boards/lead/entries?limit=100")).json
    seen = [(one["rank"], one["member"], one["entry_id"], one["score"]) for one in page["entries"]]
    assert seen == [(n, str(row["id"]), row["id"], row["submission"][1]) for n, row in enumerate(rows, 1)]
    for name in (*NATIVE, *oracle.fields):
        for order, sign in (("asc", ""), ("desc", "-")):
            ids = [row["id"] for row in oracle.listed([], name, order, 100)]
            sorted_page = await app.root("GET", f"/v1/boards/lead/entries?limit=100&sort={sign}{name}")
            assert [one["entry_id"] for one in sorted_page.json["entries"]] == ids, (name, order)


async def dumped(app: App, oracle: Oracle) -> None:
    dump = await app.dump()
    assert {row["id"]: row["hidden"] for row in dump["score"]} == {row["id"]: row["is_hidden"] for row in oracle.rows}
    assert {(one["name"], one["type"], one["hidden"]) for one in dump["field"]} == {
        *((name, kind, False) for name, kind in oracle.fields.items()),
        *((name, kind, True) for name, kind in oracle.hidden.items()),
    }
    values = {(one["id"], one["name"]): one["value"] for one in dump["score_field"]}
    expected = {(row["id"], name): oracle.value(row, name) for row in oracle.rows for name in oracle.fields}
    told = {place: text for place, text in values.items() if place[1] in oracle.fields}
    assert told == {place: str(value) for place, value in expected.items() if value is not None}
