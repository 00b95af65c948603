"""The OpenAPI 3.1 document, made from the route table."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from rankd import __version__
from rankd.http.endpoints import OPEN, PUBLIC, Answer, Call, Route, answered
from rankd.http.families import Description, Family

_REFS = "#/components/schemas/{model}"

_PROJECT = {"type": "string", "description": "the project that the root key acts in; left out, default"}
_OPERATION = {
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "description": "sent again with the same key and body within 24 hours, it counts once",
}


def document(families: Sequence[Family]) -> dict[str, Any]:
    """The whole document; operation ids are the routes' names."""
    schemas: dict[str, Any] = {}
    schemes: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for family in families:
        words = family.description
        schemes.update(words.schemes)
        if words.error is not None:
            schemas[words.error_name] = words.error
        for route in family.routes:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(family, route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "rankd", "version": __version__, "description": "Leaderboards on Redis sorted sets."},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def _operation(family: Family, route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    words = family.description
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _parameters(route, schemas, is_native=not family.name),
        "responses": {
            **{str(status): _success(route) for status in route.success},
            "default": _refusal(words),
        },
    }
    if family.name:
        operation["tags"] = [family.name]
    if route.name == "eraseMember":
        told = {"description": "Reads back at /v1/erasures/{receipt}", "schema": {"type": "string"}}
        operation["responses"]["204"]["headers"] = {"Erasure-Receipt": told}
    if route.scope not in (PUBLIC, OPEN):
        operation["security"] = [dict(one) for one in words.security]
        operation["description"] = f"Needs a key with the scope {route.scope}."
    if route.body is not None:
        content = {words.body_kind: {"schema": _schema(route.body, schemas)}}
        operation["requestBody"] = {"required": route.needs_body, "content": content}
    elif route.takes:
        operation["requestBody"] = {"required": True, "content": _streamed(route.takes)}
    return operation


def _success(route: Route) -> dict[str, Any]:
    return {"description": "Success", **({"content": _streamed(route.gives)} if route.gives else {})}


def _refusal(words: Description) -> dict[str, Any]:
    schema = {"$ref": _REFS.format(model=words.error_name)} if words.error is not None else {"type": "string"}
    return {"description": "A refusal", "content": {words.error_kind: {"schema": schema}}}


def _streamed(kinds: tuple[str, ...]) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string"}} for kind in kinds}


def _parameters(route: Route, schemas: dict[str, Any], *, is_native: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        schema = TypeAdapter(route.query).json_schema(ref_template=_REFS)
        needed = schema.get("required", [])
        for name, part in schema["properties"].items():
            found.append({"name": name, "in": "query", "required": name in needed, "schema": part})
    if route.name == "aroundScore":
        # One for each of the board's subscores, so no single name can be declared.
        schema = {"type": "integer", "description": "of the score that is looked up, one parameter each by its name"}
        found.append({"name": "subscore.NAME", "in": "query", "required": False, "schema": schema})
    if is_native and route.scope not in (PUBLIC, "root"):
        found.append({"name": "X-Project-Id", "in": "header", "required": False, "schema": _PROJECT})
    if route.takes_operation:
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": _OPERATION})
    return found


def _schema(body: type[BaseModel] | TypeAdapter[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    adapter: TypeAdapter[Any] = body if isinstance(body, TypeAdapter) else TypeAdapter(body)
    schema = adapter.json_schema(ref_template=_REFS)
    schemas.update(schema.pop("$defs", {}))
    if isinstance(body, TypeAdapter):
        return schema
    schemas[body.__name__] = schema
    return {"$ref": _REFS.format(model=body.__name__)}


async def openapi(call: Call) -> Answer:
    return answered(call.services.openapi)


ROUTES = [Route("GET", "/openapi.json", "openapi", PUBLIC, openapi, "This API as an OpenAPI 3.1 document")]
