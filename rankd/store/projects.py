"""Projects and API keys in the store."""

from rankd.domain.projects import KeyRecord, Project
from rankd.errors import IdempotencyMismatch, KeyInUse, KeyNotFound, ProjectExists, RankdError
from rankd.store import keys
from rankd.store.boards import IdPage, read_ids
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load

_CREATE_PROJECT, _CHANGE_PROJECT = load("create_project"), load("change_project")
_CREATE_KEY, _REVOKE_KEY, _READ_FIELDS = load("create_key"), load("revoke_key"), load("read_fields")
_WAS_REVOKED = load("was_revoked")
_MISMATCH = {b"IDEMPOTENCY_MISMATCH": IdempotencyMismatch}


class ProjectChanged(RankdError):
    """The project is no longer the one that was read. Never leaves the service."""


class ProjectStore:
    """Tenants and what opens them."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def create(self, project: Project, operation: bytes, now_ms: int) -> tuple[Project, bool]:
        """Creates a project, or gives an earlier operation's one. Raises ProjectExists."""
        call, first = new_call(), keys.first_day(now_ms)
        names = [keys.PROJECT, keys.PROJECTS, keys.kept_call(keys.SYSTEM_TAG, call)]
        names += keys.kept_operations(keys.SYSTEM_TAG, "", operation or b"\0\0", first)
        args = [first, operation, project.id, project.model_dump_json()]
        reply = await self._client.call(_CREATE_PROJECT, call, names, args)
        record, is_replay = checked(reply, {b"PROJECT_EXISTS": ProjectExists, **_MISMATCH})
        return Project.model_validate_json(record), bool(is_replay)

    async def read(self, project_ids: list[str]) -> list[Project | None]:
        values = await self._fields(keys.PROJECT, project_ids)
        return [Project.model_validate_json(value) if value else None for value in values]

    async def list_ids(self, limit: int, direction: str, place: str) -> IdPage:
        return await read_ids(self._client, keys.PROJECTS, limit, direction, place)

    async def change(self, project_id: str, standing: Project | None, changed: Project | None) -> None:
        """Writes a project over the one that was read, makes it, or deletes it. Raises ProjectChanged."""
        call = new_call()
        names = [keys.PROJECT, keys.PROJECTS, keys.kept_call(keys.SYSTEM_TAG, call)]
        records = [project.model_dump_json() if project else "" for project in (standing, changed)]
        reply = await self._client.call(_CHANGE_PROJECT, call, names, [project_id, *records])
        checked(reply, {b"PROJECT_CHANGED": ProjectChanged})

    async def create_key(
        self, record: KeyRecord, digest: str, answer: str, operation: bytes, now_ms: int
    ) -> tuple[str, bool]:
        """Keeps a key's digest. Returns the answer, or an earlier operation's one. Raises KeyInUse."""
        call, first = new_call(), keys.first_day(now_ms)
        names = [keys.DIGESTS, keys.DIGEST_OF, keys.project_keys(record.project), keys.kept_call(keys.SYSTEM_TAG, call)]
        names += keys.kept_operations(keys.SYSTEM_TAG, "", operation or b"\0\0", first)
        args = [first, operation, record.id, digest, record.model_dump_json(), answer]
        reply = await self._client.call(_CREATE_KEY, call, names, args)
        given, is_replay = checked(reply, {b"KEY_IN_USE": KeyInUse, **_MISMATCH})
        return given.decode(), bool(is_replay)

    async def key_by_digest(self, digest: str) -> KeyRecord | None:
        (value,) = await self._fields(keys.DIGESTS, [digest])
        return KeyRecord.model_validate_json(value) if value else None

    async def digests_of(self, key_ids: list[str]) -> list[str | None]:
        """The digest of each key, or None where there is no such key."""
        return [value.decode() if value else None for value in await self._fields(keys.DIGEST_OF, key_ids)]

    async def list_keys(self, project: str, limit: int, direction: str, place: str) -> tuple[IdPage, list[KeyRecord]]:
        page = await read_ids(self._client, keys.project_keys(project), limit, direction, place)
        digests = [value.decode() for value in await self._fields(keys.DIGEST_OF, page.ids) if value]
        values = await self._fields(keys.DIGESTS, digests)
        return page, [KeyRecord.model_validate_json(value) for value in values if value]

    async def revoke(self, project: str, key_id: str) -> None:
        """Forgets a key. Raises KeyNotFound."""
        call = new_call()
        names = [keys.DIGESTS, keys.DIGEST_OF, keys.project_keys(project), keys.kept_call(keys.SYSTEM_TAG, call)]
        names.append(keys.REVOKED)
        reply = await self._client.call(_REVOKE_KEY, call, names, [key_id])
        checked(reply, {b"KEY_NOT_FOUND": KeyNotFound})

    async def was_revoked(self, digest: str) -> bool:
        """Whether a key of this digest is among the last ones that were revoked."""
        (found,) = checked(await self._client.call(_WAS_REVOKED, new_call(), [keys.REVOKED], [digest]))
        return bool(found)

    async def _fields(self, key: bytes, fields: list[str]) -> list[bytes]:
        if not fields:
            return []
        (values,) = checked(await self._client.call(_READ_FIELDS, new_call(), [key], fields))
        return list(values)
