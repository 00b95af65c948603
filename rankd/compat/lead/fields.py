"""Lead's routes of custom fields: adding one or bringing one back, under any type, and hiding one."""

import re

from pydantic import BaseModel, ConfigDict, Field

from rankd.compat.lead.apps import declare, prepare, with_fields
from rankd.compat.lead.columns import BOARD, RESERVED, rule_of
from rankd.compat.lead.doorway import APP, both, given, parameters, wrong
from rankd.domain.boards import Board, BoardSettings
from rankd.errors import BoardNotFound
from rankd.http.endpoints import Answer, Call, Route

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


class FieldForm(BaseModel):
    """A field by its name."""

    model_config = ConfigDict(extra="ignore")

    adminKey: str
    name: str


class NewFieldForm(FieldForm):
    """A field to be added, or to come back."""

    type: str = Field(description="bool, int, long, double, str, Date or Time")


async def add(call: Call) -> Answer:
    form = await parameters(call, "name", "type")
    name, kind = form["name"], form["type"]
    if not _NAME.fullmatch(name) or name in RESERVED:
        return wrong(f'invalid field name "{name}"')
    try:
        rule = rule_of(name, kind)
    except ValueError:
        return wrong(f'invalid field type "{kind}"')
    try:
        await declare(call, rule)
    except BoardNotFound:
        await prepare(call)
        await declare(call, rule)
    return given({})


async def delete(call: Call) -> Answer:
    """Hides a field; one that is not there, or is no custom one, stays as it is."""
    name = (await parameters(call, "name"))["name"]

    def merged(present: Board) -> BoardSettings:
        hidden = {"hidden": True, "segment": False, "rank": None}
        rules = [one.model_copy(update=hidden) if one.name == name else one for one in present.fields]
        return with_fields(present, rules)

    try:
        board = await call.services.boards.get(call.project, BOARD)
    except BoardNotFound:
        return given({})
    if name not in RESERVED and any(rule.name == name and not rule.hidden for rule in board.fields):
        await call.services.boards.patch(call.project, BOARD, merged)
    return given({})


ADD, DELETE = APP + "/add-field", APP + "/del-field"
ROUTES = [
    Route("POST", ADD, "leadAddField", "admin", add, "Add a field to an app's scores, or bring one back",
          body=NewFieldForm, also=both(ADD)),
    Route("POST", DELETE, "leadDeleteField", "admin", delete, "Hide a field; its values are kept",
          body=FieldForm, also=both(DELETE)),
]  # fmt: skip
