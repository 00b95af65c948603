"""Whether rankd can do its work now, and what it runs on."""

from dataclasses import dataclass

import structlog

from rankd import __version__
from rankd.errors import RankdError, StoreUnfit
from rankd.settings import Settings
from rankd.store.client import StoreClient
from rankd.store.fitness import CONFIG_NAMES, facts_from, parse_info, unfit

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an acknowledged write survives, and on which server."""

    store: str
    store_version: str
    durability: str
    promise: str
    warnings: list[str]


PROMISES = {
    "standard": "survives a crash of rankd and of the store; a crash of the machine may lose about one second",
    "strict": "is on the store's disk before it is acknowledged",
    "replicated": "is on the asked number of replicas before it is acknowledged",
}


class Health:
    """Looks at the store on demand."""

    def __init__(self, client: StoreClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def readiness(self) -> Readiness:
        """The store's state. Raises StoreAway, and StoreUnfit where it would not keep its promise."""
        info = parse_info((await self._client.command("INFO")).decode())
        flaws = unfit(facts := facts_from(info, await self._config()), self._settings.durability)
        refused = [str(flaw) for flaw in flaws if flaw.refused]
        if refused:
            raise StoreUnfit(" ".join(refused))
        return Readiness(
            facts.name,
            facts.version_text,
            self._settings.durability,
            PROMISES[self._settings.durability],
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
            facts = facts_from(parse_info((await self._client.command("INFO")).decode()), None)
            store = {"name": facts.name, "version": facts.version_text}
        except RankdError as error:
            log.warning("store_unknown", reason=error.detail)
        return {"name": "rankd", "version": __version__, "store": store, "durability": self._settings.durability}
