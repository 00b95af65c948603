"""GAMEPOT's document, request by request, at the times that its samples show."""

from pathlib import Path

from tests.conftest import ROOT_KEY
from tests.golden.form import play
from tests.timed_service import TimedService

FILE = Path(__file__).with_name("gamepot.http")


async def test_every_request_of_the_document_is_answered_as_it_says(timed: TimedService) -> None:
    timed.at("2023-01-25T12:00:00-08:00")
    await play(await timed.app(), FILE, {"root": ROOT_KEY}, timed.at)
