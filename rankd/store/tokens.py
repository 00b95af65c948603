"""The seeds that projects' player tokens grow from. A seed signs nothing without the server's pepper."""

from rankd.domain.projects import DEFAULT_PROJECT
from rankd.errors import ProjectNotFound
from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load

_SEED, _READ_FIELDS = load("seed"), load("read_fields")


class TokenStore:
    """One seed a project, for as long as its tokens are to be taken."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def kept(self, project: str, seed: str) -> str:
        """The project's seed: the one given, where it has none. Raises ProjectNotFound."""
        return await self._set(project, seed)

    async def drop(self, project: str) -> None:
        """Drops the seed, so that every token signed by it opens nothing more."""
        await self._set(project, "")

    async def seed_of(self, project: str) -> str | None:
        reply = await self._client.call(_READ_FIELDS, new_call(), [keys.SEEDS], [project])
        ((seed,),) = checked(reply)
        return seed.decode() or None

    async def _set(self, project: str, seed: str) -> str:
        call = new_call()
        names = [keys.PROJECT, keys.SEEDS, keys.kept_call(keys.SYSTEM_TAG, call)]
        reply = await self._client.call(_SEED, call, names, [project, seed, DEFAULT_PROJECT])
        (standing,) = checked(reply, {b"PROJECT_NOT_FOUND": ProjectNotFound})
        return str(standing.decode())
