"""GAMEPOT's document, request by request."""

from pathlib import Path
from typing import Any

from tests.conftest import ROOT_KEY
from tests.golden.form import play

FILE = Path(__file__).with_name("gamepot.http")


async def test_every_request_of_the_document_is_answered_as_it_says(app: Any) -> None:
    await play(app, FILE, {"root": ROOT_KEY})
