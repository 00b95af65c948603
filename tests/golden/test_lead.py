"""Lead's API, request by request, at a time that stands, so that every id is known."""

from pathlib import Path

from tests.conftest import ROOT_KEY
from tests.golden.form import play
from tests.timed_service import TimedService

FILE = Path(__file__).with_name("lead.http")


async def test_every_call_of_lead_is_answered_as_it_was(timed: TimedService) -> None:
    timed.at("2026-11-21T23:30:02.944495+00:00")
    await play(await timed.app(), FILE, {"root": ROOT_KEY}, timed.at)
