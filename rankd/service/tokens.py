"""Player tokens: made for a member, and the principal that one makes of its bearer."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rankd.domain.access import Principal, Scope, Secrets
from rankd.domain.tokens import Claims, TokenRefused, make_seed, project_in, signed, signing_secret, verified
from rankd.errors import ProjectNotFound, Unauthorized
from rankd.store.tokens import TokenStore

KNOWN_FOR_S = 5.0
_MAX_KNOWN = 10_000


class Tokens:
    """The player tokens of all projects. None is stored; what they are signed by is asked for every five seconds."""

    def __init__(self, store: TokenStore, access: Secrets, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._pepper = access.pepper
        self._now_ms = now_ms
        self._seeds: dict[str, tuple[float, str | None]] = {}

    async def mint(self, project: str, member: str, ttl_s: int) -> tuple[str, datetime]:
        """A token of a member, and when it expires. Raises ProjectNotFound."""
        seed = await self._store.seed_of(project)
        if seed is None:
            seed = await self._made(project)
        now_s = self._now_ms() // 1000
        claims = Claims(sub=member, project=project, iat=now_s, exp=now_s + ttl_s)
        token = signed(signing_secret(self._pepper, project, seed), claims)
        return token, datetime.fromtimestamp(claims.exp, UTC)

    async def _made(self, project: str) -> str:
        try:
            seed = await self._store.kept(project, make_seed())
        except ProjectNotFound:
            raise ProjectNotFound(f"there is no project {project!r}") from None
        self._seeds.pop(project, None)
        return seed

    async def principal(self, token: str, project: str | None) -> tuple[Principal, float]:
        """Who a token makes its bearer, and for how many seconds that may be remembered. Raises Unauthorized.

        `project` is the one asked for; a token opens no other than its own.
        """
        try:
            named = project_in(token)
            if project is not None and project != named:
                raise TokenRefused(f"it opens no project {project!r}")
            seed = await self._seed(named)
            if seed is None:
                raise TokenRefused("it was not signed for this project, or its tokens were voided since")
            now_ms = self._now_ms()
            claims = verified(token, signing_secret(self._pepper, named, seed), now_ms // 1000)
        except TokenRefused as refused:
            raise Unauthorized(f"the player token is not taken: {refused}") from None
        principal = Principal(named, frozenset((Scope.PLAY,)), "player", claims.sub)
        return principal, min(KNOWN_FOR_S, claims.exp - now_ms / 1000)

    async def void(self, project: str) -> None:
        """Ends all tokens of a project: here at once, in other processes within five seconds."""
        await self._store.drop(project)
        self._seeds.pop(project, None)

    def forget(self) -> None:
        """Asks the store anew what tokens are signed by."""
        self._seeds.clear()

    async def _seed(self, project: str) -> str | None:
        known = self._seeds.get(project)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        seed = await self._store.seed_of(project)
        if len(self._seeds) >= _MAX_KNOWN:
            self._seeds.clear()
        self._seeds[project] = (time.monotonic() + KNOWN_FOR_S, seed)
        return seed
