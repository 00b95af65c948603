"""The requests of GameSparks' tutorial, byte for byte."""

from pathlib import Path
from typing import Any

from tests.conftest import ROOT_KEY
from tests.golden.form import play

FILE = Path(__file__).with_name("gamesparks.http")


async def test_the_callback_answers_what_the_cloud_code_does(app: Any) -> None:
    await play(app, FILE, {"root": ROOT_KEY})
