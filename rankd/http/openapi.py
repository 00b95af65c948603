"""The OpenAPI 3.1 document, made from the route table."""

import re
from typing import Any

from pydantic import BaseModel, TypeAdapter

from rankd import __version__
from rankd.http.endpoints import PUBLIC, Answer, Call, Route, answered

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_REFS = "#/components/schemas/{model}"


def document(routes: list[Route]) -> dict[str, Any]:
    """The whole document; operation ids are the routes' names."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "rankd", "version": __version__, "description": "Leaderboards on Redis sorted sets."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _parameters(route, schemas),
        "responses": {
            **{str(status): _success(route) for status in route.success},
            "default": _problem_response(),
        },
    }
    if route.name == "eraseMember":
        told = {"description": "Reads back at /v1/erasures/{receipt}", "schema": {"type": "string"}}
        operation["responses"]["204"]["headers"] = {"Erasure-Receipt": told}
    if route.scope != PUBLIC:
        operation["security"] = [{"bearer": []}, {"key": []}]
        operation["description"] = f"Needs a key with the scope {route.scope}."
    if route.body is not None:
        content = {"application/json": {"schema": _schema(route.body, schemas)}}
        operation["requestBody"] = {"required": route.needs_body, "content": content}
    elif route.takes:
        operation["requestBody"] = {"required": True, "content": _streamed(route.takes)}
    return operation


def _success(route: Route) -> dict[str, Any]:
    return {"description": "Success", **({"content": _streamed(route.gives)} if route.gives else {})}


def _streamed(kinds: tuple[str, ...]) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string"}} for kind in kinds}


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": _REFS.format(model="Problem")}
    return {"description": "A problem document", "content": {"application/problem+json": {"schema": schema}}}


def _parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
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
        schema = {"type": "object", "additionalProperties": {"type": "integer"}}
        found.append({"name": "subscore.NAME", "in": "query", "required": False, "schema": schema})
    if route.scope not in (PUBLIC, "root"):
        found.append({"name": "X-Project-Id", "in": "header", "required": False, "schema": {"type": "string"}})
    if route.takes_operation:
        text = {"type": "string", "minLength": 1, "maxLength": 128}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": text})
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
