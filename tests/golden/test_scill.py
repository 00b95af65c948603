"""SCILL's document, request by request."""

from pathlib import Path
from typing import Any

from tests.asgi_calls import Calls
from tests.conftest import ROOT_KEY
from tests.golden.form import play

FILE = Path(__file__).with_name("scill.http")
KEY = "ai728S-1aSdgb9GP-R1Po2P-1Z3HSSTpdULDMUAlYX"


async def test_every_request_of_the_document_is_answered_as_it_says(app: Any) -> None:
    # given an app of SCILL that moves with its id and key, and a user of it
    root = Calls(app, ROOT_KEY)
    assert (await root("POST", "/v1/projects", {"id": "app"})).status == 201
    moved = {"name": "game", "scopes": ["read", "write", "admin"], "value": KEY}
    assert (await root("POST", "/v1/projects/app/keys", moved)).status == 201
    token = (await Calls(app, KEY)("POST", "/api/v1/auth/access-token", {"user_id": "1234567"})).json["token"]
    assert len(KEY) <= 64 < len(token)
    # then every request is answered as it has to be
    await play(app, FILE, {"key": KEY, "token": token})
