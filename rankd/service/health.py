"""Whether rankd can do its work now, and what it runs on."""

import asyncio
from dataclasses import dataclass

import structlog

from rankd import __version__
from rankd.errors import RankdError, StoreUnfit
from rankd.settings import Settings
from rankd.store.client import StoreClient
from rankd.store.fitness import CONFIG_NAMES, consequence_of, facts_from, parse_info, promise_of, unfit

log = structlog.get_logger()

LOOK_WITHIN_S = 0.5  # who asks what this server is gets an answer during an outage as well


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an acknowledged write survives, and on which server."""

    store: str
    store_version: str
    durability: str
    promise: str
    warnings: list[str]


class Health:
    """Looks at the store on demand."""

    def __init__(self, client: StoreClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def readiness(self) -> Readiness:
        """The store's state. Raises StoreAway, and StoreUnfit where it would not keep its promise."""
        info = parse_info((await self._client.command("INFO")).decode())
        facts = facts_from(info, await self._config())
        settings = self._settings
        flaws = unfit(facts, settings.durability, settings.min_replicas_ack)
        if refused := [flaw for flaw in flaws if flaw.refused]:
            raise StoreUnfit(" ".join(map(str, refused)) + f" {consequence_of(refused)}")
        return Readiness(
            facts.name,
            facts.version_text,
            settings.durability,
            promise_of(facts, settings.replicas_to_wait_for),
            [str(flaw) for flaw in flaws],
        )

    async def _config(self) -> dict[str, str] | None:
        """What CONFIG GET tells, or None where it is denied."""
        try:
            words: list[bytes] = await self._client.command("CONFIG", "GET", *CONFIG_NAMES)
        except StoreUnfit:
            return None
        texts = [word.decode() for word in words]
        return dict(zip(texts[::2], texts[1::2], strict=True))

    async def description(self) -> dict[str, object]:
        """What this server is, whether or not its store answers."""
        store: dict[str, str | None] = {"name": None, "version": None}
        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                facts = facts_from(parse_info((await self._client.command("INFO")).decode()), None)
            store = {"name": facts.name, "version": facts.version_text}
        except (RankdError, TimeoutError) as error:
            log.warning("store_unknown", reason=str(error) or "no answer in time")
        return {"name": "rankd", "version": __version__, "store": store, "durability": self._settings.durability}
