"""Projects, API keys, and who a key makes its bearer."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from rankd.domain.access import (
    MAX_KEY_CHARS,
    MIN_IMPORTED_BITS,
    Principal,
    Scope,
    Secrets,
    crude_bits,
    is_mistyped,
    key_digest,
    make_key,
    make_key_id,
)
from rankd.domain.boards import ID_PATTERN
from rankd.domain.projects import DEFAULT_PROJECT, KeyRecord, NewKey, Project, ProjectSettings
from rankd.domain.queries import CursorQuery
from rankd.domain.tokens import is_token
from rankd.errors import (
    KeyInUse,
    ProjectChanging,
    ProjectExists,
    ProjectNotFound,
    ProjectProtected,
    Unauthorized,
    ValidationFailed,
)
from rankd.service.scores import Operation
from rankd.service.tokens import KNOWN_FOR_S, Tokens
from rankd.store.projects import ProjectChanged, ProjectStore

# Deletes something of a project: all its boards, say.
Drop = Callable[[str], Awaitable[None]]

_MAX_KNOWN = 10_000
_PAGE = 100
_MAX_TRIES = 4


class Projects:
    """Tenants, their keys, and the authoriser that every door uses."""

    def __init__(
        self, store: ProjectStore, tokens: Tokens, drops: Sequence[Drop], access: Secrets, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._drops = drops
        self._secrets = access
        self._now_ms = now_ms
        self._callers: dict[tuple[str, str | None], tuple[float, Principal]] = {}
        self._unknown: dict[str, float] = {}
        self._facades: dict[str, tuple[float, frozenset[str]]] = {}

    async def authenticate(self, key: str | None, project: str | None) -> Principal:
        """Who calls. `project` is the one asked for; only the root key may ask for any.

        Raises Unauthorized, ProjectNotFound. Asks the store at most every five seconds a key.
        """
        principal, known_for_s = await self._identified(key, project)
        if len(self._callers) >= _MAX_KNOWN:
            self._callers.clear()
        self._callers[key or "", project] = (time.monotonic() + known_for_s, principal)
        return principal

    async def _identified(self, key: str | None, project: str | None) -> tuple[Principal, float]:
        if key and is_token(key) and not self._is_root(key):
            return await self._tokens.principal(key, project)
        return await self._holder(key, project), KNOWN_FOR_S

    async def _holder(self, key: str | None, project: str | None) -> Principal:
        if not key:
            raise Unauthorized("send the key as `Authorization: Bearer KEY` or `X-API-Key: KEY`")
        if self._is_root(key):
            chosen = project or DEFAULT_PROJECT
            if chosen != DEFAULT_PROJECT:
                await self.get(chosen)
            return Principal(chosen, frozenset(Scope) - {Scope.PLAY}, "root")
        record = await self._record_of(key)
        has_expired = record is not None and record.expires_at is not None and record.expires_at <= self._now()
        if record is None or has_expired:
            raise Unauthorized("the key is not known, was revoked or has expired", has_expired=has_expired)
        if project is not None and project != record.project:
            raise ProjectNotFound(f"this key opens no project {project!r}")
        return Principal(record.project, frozenset(record.scopes), record.id)

    async def was_revoked(self, key: str) -> bool:
        """Whether a key that is not known was one once."""
        if len(key) > MAX_KEY_CHARS or is_mistyped(key):
            return False
        return await self._store.was_revoked(key_digest(self._secrets.pepper, key))

    def known(self, key: str, project: str | None) -> Principal | None:
        """The caller, where that is still known; otherwise `authenticate` finds out, or why not."""
        known = self._callers.get((key, project))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        return None

    async def facades_of(self, project_id: str) -> frozenset[str]:
        """The families of routes that a project answers to, beside the native API, as known for five seconds.

        Raises ProjectNotFound.
        """
        known = self._facades.get(project_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        facades = frozenset((await self.get(project_id)).settings.facades)
        if len(self._facades) >= _MAX_KNOWN:
            self._facades.clear()
        self._facades[project_id] = (time.monotonic() + KNOWN_FOR_S, facades)
        return facades

    async def create(self, project: Project, operation: Operation | None) -> tuple[Project, bool]:
        """Creates a project; also whether this is a repeat's answer. Raises ProjectExists."""
        if project.id == DEFAULT_PROJECT:
            raise ProjectExists("the project 'default' always exists")
        named = operation.named(DEFAULT_PROJECT, "0") if operation else b""
        made = project.model_copy(update={"created_at": self._now()})
        try:
            return await self._store.create(made, named, self._now_ms())
        except ProjectExists:
            raise ProjectExists(f"a project {project.id!r} is already there") from None

    async def _standing(self, project_id: str) -> Project | None:
        (project,) = await self._store.read([project_id]) if ID_PATTERN.fullmatch(project_id) else (None,)
        return project

    async def get(self, project_id: str) -> Project:
        project = await self._standing(project_id)
        if project is not None:
            return project
        if project_id == DEFAULT_PROJECT:
            return Project(id=DEFAULT_PROJECT, name="Default")
        raise ProjectNotFound(f"there is no project {project_id!r}")

    async def change(self, project_id: str, name: str | None, settings: ProjectSettings | None) -> Project:
        changes = {"name": name, "settings": settings}
        for _ in range(_MAX_TRIES):
            standing = await self._standing(project_id)
            present = standing or await self.get(project_id)
            changed = present.model_copy(update={k: v for k, v in changes.items() if v is not None})
            try:
                await self._store.change(project_id, standing, changed)
            except ProjectChanged:
                continue
            self._facades.pop(project_id, None)
            return changed
        raise ProjectChanging(f"project {project_id!r} kept changing; try again")

    async def delete(self, project_id: str) -> None:
        """Deletes a project with its keys, boards and profiles, in steps that a repeat goes on with."""
        if project_id == DEFAULT_PROJECT:
            raise ProjectProtected("the project 'default' always exists; delete its boards and keys instead")
        await self.get(project_id)
        while keys := (await self._store.list_keys(project_id, _PAGE, "after", ""))[0].ids:
            for key_id in keys:
                await self._store.revoke(project_id, key_id)
        for drop in self._drops:
            await drop(project_id)
        with suppress(ProjectChanged):
            await self._store.change(project_id, await self._standing(project_id), None)
        # Again, now that none can be made any more: a project of the same id would take them.
        await self._tokens.void(project_id)
        self.forget_callers()

    async def page(self, query: CursorQuery) -> tuple[list[Project], str | None, str | None]:
        """A page of projects by id, the default one always among them."""
        binding = "projects"
        query, cursor = query.resumed()
        if cursor:
            cursor.check(binding)
        if await self._standing(DEFAULT_PROJECT) is None:
            with suppress(ProjectChanged):
                await self._store.change(DEFAULT_PROJECT, None, await self.get(DEFAULT_PROJECT))
        direction, place = (cursor.direction, cursor.place) if cursor else ("after", "")
        ids = await self._store.list_ids(query.limit, direction, place)
        projects = [project for project in await self._store.read(ids.ids) if project is not None]
        return projects, *query.cursors_beside(binding, ids.ids, ids.first, ids.total)

    async def create_key(
        self, project_id: str, wanted: NewKey, operation: Operation | None
    ) -> tuple[KeyRecord, str, bool]:
        """Makes a key, or brings in an existing secret: its record, its value, whether it is a repeat's answer.

        A repeat is given the same key again though its value is nowhere stored: it grows from a seed that
        is kept with the operation, and from the pepper, which is not.
        """
        await self.get(project_id)
        value = wanted.value
        if value is not None:
            _check_imported(value)
        seed, key_id = secrets.token_hex(16), make_key_id()
        key = value if value is not None else self._grown(key_id, seed)
        record = KeyRecord(
            id=key_id,
            project=project_id,
            name=wanted.name,
            scopes=wanted.scopes,
            created_at=self._now(),
            expires_at=wanted.expires_at,
            imported=value is not None,
        )
        named = operation.named(DEFAULT_PROJECT, "0") if operation else b""
        digest = key_digest(self._secrets.pepper, key)
        answer = f"{seed} {record.model_dump_json()}"
        if self._is_root(key):
            raise KeyInUse("this value is already a key; choose another one")
        try:
            given, is_replay = await self._store.create_key(record, digest, answer, named, self._now_ms())
        except KeyInUse:
            raise KeyInUse("this value is already a key; choose another one") from None
        self.forget_callers()
        first_seed, _, first_record = given.partition(" ")
        record = KeyRecord.model_validate_json(first_record)
        return record, value if value is not None else self._grown(record.id, first_seed), is_replay

    async def list_keys(self, project_id: str, query: CursorQuery) -> tuple[list[KeyRecord], str | None, str | None]:
        await self.get(project_id)
        binding = f"keys {project_id}"
        query, cursor = query.resumed()
        if cursor:
            cursor.check(binding)
        direction, place = (cursor.direction, cursor.place) if cursor else ("after", "")
        ids, records = await self._store.list_keys(project_id, query.limit, direction, place)
        return records, *query.cursors_beside(binding, ids.ids, ids.first, ids.total)

    async def revoke(self, project_id: str, key_id: str) -> None:
        """Revokes a key: here at once, in other processes within five seconds. Raises KeyNotFound."""
        await self.get(project_id)
        await self._store.revoke(project_id, key_id)
        self.forget_callers()

    async def _record_of(self, key: str) -> KeyRecord | None:
        if len(key) > MAX_KEY_CHARS or is_mistyped(key) or self._unknown.get(key, 0.0) > time.monotonic():
            return None
        record = await self._store.key_by_digest(key_digest(self._secrets.pepper, key))
        if record is None:
            if len(self._unknown) >= _MAX_KNOWN:
                self._unknown.clear()
            self._unknown[key] = time.monotonic() + KNOWN_FOR_S
        return record

    def forget_callers(self) -> None:
        """Asks the store anew who they are, since keys have changed."""
        self._callers.clear()
        self._unknown.clear()
        self._facades.clear()
        self._tokens.forget()

    def _is_root(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self._secrets.root_key.encode())

    def _grown(self, key_id: str, seed: str) -> str:
        return make_key(key_id, hmac.new(self._secrets.pepper, f"key {seed}".encode(), hashlib.sha256).digest())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._now_ms() / 1000, UTC)


def _check_imported(value: str) -> None:
    if is_mistyped(value):
        detail = "has the form of a rankd key but not its checksum, so it was mistyped; check it, or take a new key"
        raise ValidationFailed(faults=[{"pointer": "/value", "detail": detail}])
    if crude_bits(value) < MIN_IMPORTED_BITS:
        detail = "too easy to guess: bring in 16 or more random characters, or leave it out and take a new key"
        raise ValidationFailed(faults=[{"pointer": "/value", "detail": detail}])
