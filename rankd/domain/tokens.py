"""Player tokens: JSON Web Tokens that make their bearer one member of one project. No I/O.

HS256 alone is signed and taken, by a secret of the project that grows from a seed and the server's pepper: who reads
the store cannot make tokens. A token is always longer than an API key may be, which tells them apart.
"""

import hashlib
import hmac
import secrets

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rankd.domain.access import MAX_KEY_CHARS
from rankd.domain.boards import ID_PATTERN
from rankd.domain.submissions import Member

MAX_TOKEN_CHARS = 4096
DEFAULT_TTL_S = 86_400
MAX_TTL_S = 30 * 86_400
# How far the clocks of two servers may be apart before one refuses what the other has just signed.
LEEWAY_S = 5
_ALGORITHM = "HS256"
# The claims are held against the store's clock, which the library does not know.
_SIGNATURE_ONLY: jwt.types.Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "require": ["exp", "sub", "project"],
}


class TokenRefused(ValueError):
    """Why a text is no token that opens anything now."""


class NewToken(BaseModel):
    """A token that is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    member: Member
    ttl_s: int = Field(DEFAULT_TTL_S, ge=1, le=MAX_TTL_S, description="seconds until it expires")


class Claims(BaseModel):
    """What a token says; other claims mean nothing here."""

    model_config = ConfigDict(strict=True, frozen=True)

    sub: Member
    project: str = Field(pattern=ID_PATTERN.pattern)
    exp: int
    iat: int = 0
    nbf: int = 0


def is_token(value: str) -> bool:
    """Whether a value is one that only a token can be."""
    return len(value) > MAX_KEY_CHARS


def make_seed() -> str:
    return secrets.token_hex(16)


def signing_secret(pepper: bytes, project: str, seed: str) -> bytes:
    return hmac.new(pepper, f"player tokens {project} {seed}".encode(), hashlib.sha256).digest()


def signed(secret: bytes, claims: Claims) -> str:
    return jwt.encode(claims.model_dump(exclude={"nbf"}), secret, algorithm=_ALGORITHM)


def project_in(token: str) -> str:
    """The project that a token names, which nothing has vouched for yet. Raises TokenRefused."""
    if len(token) > MAX_TOKEN_CHARS:
        raise TokenRefused(f"it is longer than {MAX_TOKEN_CHARS} characters")
    try:
        project = jwt.decode(token, options={"verify_signature": False}).get("project")
    except jwt.InvalidTokenError:
        raise TokenRefused("it is no JSON Web Token") from None
    if not isinstance(project, str) or not ID_PATTERN.fullmatch(project):
        raise TokenRefused("it names no project")
    return project


def verified(token: str, secret: bytes, now_s: int) -> Claims:
    """The claims of a token that was signed by a secret and is valid now. Raises TokenRefused."""
    try:
        claims = Claims.model_validate(jwt.decode(token, secret, algorithms=[_ALGORITHM], options=_SIGNATURE_ONLY))
    except (jwt.InvalidTokenError, ValidationError):
        raise TokenRefused("it was not signed for this project, or its tokens were voided since") from None
    if claims.exp <= now_s:
        raise TokenRefused("it has expired")
    if max(claims.nbf, claims.iat) > now_s + LEEWAY_S:
        raise TokenRefused("it is not valid yet")
    return claims
