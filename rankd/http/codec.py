"""Bytes to values and back: strict JSON in, every fault named at once, problem documents out."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import orjson
from pydantic import BaseModel, ValidationError

from rankd.errors import BadJson, BadRequest, RankdError, ValidationFailed, pointer_part

M = TypeVar("M", bound=BaseModel)
MAX_DEPTH = 16
_MAX_DIGITS = 400
_MAX_FAULTS = 100
_FEW_KEYS = 8
UNKNOWN_KEY = "is not a known key"
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_NESTED = {dict, list}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# Words of pydantic that need the reader's context, put as what to send instead.
_DETAILS: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda error: "is needed",
    "extra_forbidden": lambda error: f"{UNKNOWN_KEY}; check its spelling, or leave it out",
    "value_error": lambda error: str(error["ctx"]["error"]),
    "string_type": lambda error: "must be text",
    "bool_type": lambda error: "must be true or false",
    "list_type": lambda error: "must be an array",
    "dict_type": lambda error: "must be an object",
    "model_type": lambda error: "must be an object",
    "model_attributes_type": lambda error: "must be an object",
}


def decode(body: bytes) -> Any:
    """The JSON value of a body. Raises BadJson: not JSON, duplicate keys, or nested past 16."""
    if not body:
        raise BadJson("the body is empty; send a JSON value")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "infinity" not in str(error):
            raise BadJson(f"the body is not JSON: {error}") from None
        value = _decode_slowly(body)
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise BadJson(f"the body is nested more than {MAX_DEPTH} deep")
    # Colons are keys plus those inside text; as many as keys found means that no key came twice.
    colons = body.count(b":")
    if (colons != len(value) if type(value) is dict else True) and colons != _count_keys(value):
        return _decode_slowly(body)
    return _decode_slowly(body) if _LONG_NUMBER.search(body) else value


def _count_keys(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum([_count_keys(item) for item in value.values() if type(item) in (dict, list)])
    if type(value) is list:
        # Most arrays hold plain objects: those are counted without a call each.
        return sum([_count_keys(item) if type(item) is not dict or _NESTED & {*map(type, item.values())} else len(item)
                    for item in value if type(item) in (dict, list)])  # fmt: skip
    return 0


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [item for item in level if type(item) in (dict, list)]
        depth += bool(level)
        level = [part for item in level for part in (item.values() if type(item) is dict else item)]
    return depth


def _decode_slowly(body: bytes) -> Any:
    """The same value with whole numbers of any length exact, and duplicate keys noticed."""
    if _SURROGATE.search(body) and not _encodable(body):
        raise BadJson("the body holds half of a surrogate pair")
    try:
        return json.loads(body, object_pairs_hook=_object, parse_int=_whole, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadJson(f"the body is not JSON: {error}") from None


def _encodable(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJson(f"the key {twice!r} comes twice in one object")
    return found


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _MAX_DIGITS else math.inf


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def encode(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def validated(model: type[M], value: Any, where: str = "") -> M:
    """The model of a value. Raises ValidationFailed with every fault at once."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = faults_of(error, where, model)
        if len(faults) > _MAX_FAULTS:
            rest = {"pointer": where, "detail": f"has {len(faults) - _MAX_FAULTS} more faults of these kinds"}
            faults = [*faults[:_MAX_FAULTS], rest]
        raise ValidationFailed(faults=faults) from None


def faults_of(error: ValidationError, where: str = "", model: type[BaseModel] | None = None) -> list[dict[str, Any]]:
    """Every fault with its place. Of a `model` with few keys an unknown one is told which there are."""
    known = [field.alias or name for name, field in model.model_fields.items()] if model else []
    choice = f"; it takes {', '.join(known)}" if 0 < len(known) <= _FEW_KEYS else ""
    return [
        {
            "pointer": where + "".join(f"/{pointer_part(part)}" for part in fault["loc"]),
            "detail": _detail(fault)
            + (choice if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1 else ""),
        }
        for fault in error.errors(include_url=False)
    ]


def _detail(fault: Any) -> str:
    say = _DETAILS.get(fault["type"])
    if say:
        return say(fault)
    text = str(fault["msg"]).replace(" after validation", "")
    return re.sub(r"^(Input|String|List|Dictionary|Value|Tuple) should ", "must ", text)


# Parameters that may come several times; they are lists.
_REPEATABLE = ("filter", "top")


def decode_query(raw: bytes) -> dict[str, Any]:
    """The parameters of a query string. Raises BadRequest, ValidationFailed where one comes twice."""
    found: dict[str, Any] = {}
    for key, text in decode_pairs(raw):
        if key in _REPEATABLE:
            found.setdefault(key, []).append(text)
        elif key in found:
            raise ValidationFailed(faults=[{"parameter": key, "detail": "comes twice"}])
        else:
            found[key] = text
    return found


def decode_pairs(raw: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string, or of an urlencoded body, in their order. Raises BadRequest."""
    found = []
    for pair in raw.split(b"&"):
        if pair:
            name, _, text = pair.replace(b"+", b" ").partition(b"=")
            found.append((decode_percent(name), decode_percent(text)))
    return found


def decode_percent(text: bytes | str) -> str:
    """Percent-decoded text. Raises BadRequest where it is not UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadRequest("the URL is not percent-encoded UTF-8") from None


def problem(error: RankdError, request_id: str) -> dict[str, Any]:
    """The problem document (RFC 9457) of an error."""
    document: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
    }
    if error.faults:
        document["errors"] = error.faults
    return document
