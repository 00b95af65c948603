"""API keys on their way from one store to another: their records and digests, never their values."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Literal

from rankd.domain.access import Secrets
from rankd.domain.projects import KeyRecord, StoredKey
from rankd.domain.queries import CursorQuery
from rankd.errors import KeyInUse, PepperDiffers
from rankd.service.projects import Projects
from rankd.store.projects import ProjectStore

Restored = Literal["restored", "unchanged", "in_use"]


class KeyDigests:
    """A project's keys as they are stored. A digest opens nothing without the pepper it was made with."""

    def __init__(self, store: ProjectStore, projects: Projects, access: Secrets, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._projects = projects
        self._now_ms = now_ms
        # Tells servers with another pepper apart, and says nothing else of it.
        self.pepper_mark = hmac.new(access.pepper, b"mark of the pepper", hashlib.sha256).hexdigest()[:16]

    async def listed(self, project: str, query: CursorQuery) -> tuple[list[StoredKey], str | None, str | None]:
        """A page of stored keys by id. Raises ProjectNotFound."""
        records, following, previous = await self._projects.list_keys(project, query)
        digests = await self._store.digests_of([record.id for record in records])
        pairs = zip(records, digests, strict=True)
        stored = [
            StoredKey(digest=digest, **record.model_dump(exclude={"project"})) for record, digest in pairs if digest
        ]
        return stored, following, previous

    async def restored(self, project: str, pepper_mark: str, keys: list[StoredKey]) -> list[Restored]:
        """Keeps keys under the digests they came with, so that their values open this project as they did there.

        Repeated, it changes nothing. Raises PepperDiffers, ProjectNotFound.
        """
        if not hmac.compare_digest(pepper_mark, self.pepper_mark):
            raise PepperDiffers(
                "the digests were made with another pepper, so no key would open anything here; start this server "
                "with the RANKD_PEPPER of the one they come from (its data directory holds it), or make new keys"
            )
        await self._projects.get(project)
        outcomes = [await self._restored_one(project, key) for key in keys]
        self._projects.forget_callers()
        return outcomes

    async def _restored_one(self, project: str, key: StoredKey) -> Restored:
        record = KeyRecord.model_validate({**key.model_dump(exclude={"digest"}), "project": project})
        (known,) = await self._store.digests_of([key.id])
        if known is not None and known != key.digest:
            return "in_use"
        try:
            await self._store.create_key(record, key.digest, record.model_dump_json(), b"", self._now_ms())
        except KeyInUse:
            standing = await self._store.key_by_digest(key.digest)
            return "unchanged" if standing == record else "in_use"
        return "restored"
