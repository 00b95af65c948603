"""Projects and API keys: who may do what, and where."""

from typing import Any

import pytest

from tests.asgi_calls import Answer, Calls

KEYS = "/v1/projects/default/keys"


async def key_of(call: Calls, *scopes: str, project: str = "default", **more: Any) -> str:
    made = await call("POST", f"/v1/projects/{project}/keys", {"name": "k", "scopes": list(scopes), **more})
    assert made.status == 201
    return str(made.json["key"])


async def with_key(app: Any, key: str, method: str, target: str, body: Any = None, **headers: str) -> Answer:
    return await Calls(app, key)(method, target, body, {k.replace("_", "-"): v for k, v in headers.items()})


async def test_without_a_key_only_public_routes_answer(app: Any) -> None:
    for target in ("/healthz", "/readyz", "/v1/info", "/openapi.json", "/problems/BOARD_NOT_FOUND"):
        assert (await with_key(app, "", "GET", target)).status == 200, target
    refused = await with_key(app, "", "GET", "/v1/boards")
    assert (refused.status, refused.code) == (401, "UNAUTHORIZED")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", ["GET /v1/boards/b/entries"]),
        ("write", ["POST /v1/boards/b/scores"]),
        ("admin", ["PATCH /v1/boards/b", "DELETE /v1/boards/b/entries/u"]),
    ],
)
async def test_a_scope_opens_its_own_calls_and_no_others(app: Any, call: Calls, scope: str, allowed: list[str]) -> None:
    await call("PUT", "/v1/boards/b", {})
    await call("POST", "/v1/boards/b/scores", {"member": "u", "score": 1})
    key = await key_of(call, scope)
    calls = {
        "GET /v1/boards/b/entries": None,
        "POST /v1/boards/b/scores": {"member": "u", "score": 1},
        "PATCH /v1/boards/b": {"name": "n"},
        "DELETE /v1/boards/b/entries/u": None,
        "GET /v1/projects": None,
    }
    for line, body in calls.items():
        method, target = line.split()
        status = (await with_key(app, key, method, target, body)).status
        assert (status < 300) == (line in allowed), line
        assert status < 300 or status == 403


async def test_a_key_travels_in_either_header(app: Any, call: Calls) -> None:
    key = await key_of(call, "read")
    assert (await with_key(app, "nonsense", "GET", "/v1/boards", X_API_Key=key)).status == 200
    assert (await with_key(app, key, "GET", "/v1/boards")).status == 200


async def test_a_revoked_key_is_refused_at_once(app: Any, call: Calls) -> None:
    key = await key_of(call, "read")
    assert (await with_key(app, key, "GET", "/v1/boards")).status == 200
    (listed,) = (await call("GET", KEYS)).json["keys"]
    assert "key" not in listed
    assert (await call("DELETE", f"{KEYS}/{listed['id']}")).status == 204
    assert (await with_key(app, key, "GET", "/v1/boards")).status == 401
    assert (await call("DELETE", f"{KEYS}/{listed['id']}")).code == "KEY_NOT_FOUND"


async def test_an_expired_key_is_refused(app: Any, call: Calls) -> None:
    key = await key_of(call, "read", expires_at="2020-01-01T00:00:00Z")
    assert (await with_key(app, key, "GET", "/v1/boards")).status == 401


async def test_a_key_of_another_system_is_brought_in_once(app: Any, call: Calls) -> None:
    value = "legacy-6f1c8e02b94d4a7e"
    assert await key_of(call, "read", value=value) == value
    assert (await with_key(app, value, "GET", "/v1/boards")).status == 200
    again = await call("POST", KEYS, {"name": "k", "scopes": ["read"], "value": value})
    assert (again.status, again.code) == (409, "KEY_IN_USE")
    (listed,) = (await call("GET", KEYS)).json["keys"]
    assert listed["imported"] is True


@pytest.mark.parametrize("value", ["short", "aaaaaaaaaaaaaaaaaaaa", "1234567812345678", "x" * 65, "with space 1234567"])
async def test_values_that_are_easy_to_guess_or_of_the_wrong_form_are_refused(call: Calls, value: str) -> None:
    answer = await call("POST", KEYS, {"name": "k", "scopes": ["read"], "value": value})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/value")


async def test_creating_a_key_again_with_its_idempotency_key_gives_the_same_secret(call: Calls) -> None:
    body, headers = {"name": "k", "scopes": ["read"]}, {"Idempotency-Key": "make-1"}
    first = await call("POST", KEYS, body, headers)
    again = await call("POST", KEYS, body, headers)
    assert (again.status, again.json, again.headers["idempotent-replayed"]) == (201, first.json, "true")
    assert len((await call("GET", KEYS)).json["keys"]) == 1
    other = await call("POST", KEYS, {"name": "other", "scopes": ["read"]}, headers)
    assert (other.status, other.code) == (422, "IDEMPOTENCY_MISMATCH")


async def test_projects_are_apart(app: Any, call: Calls) -> None:
    # given two projects with a board of one name
    assert (await call("POST", "/v1/projects", {"id": "p1", "name": "One"})).status == 201
    assert (await call("POST", "/v1/projects", {"id": "p1"})).code == "PROJECT_EXISTS"
    key = await key_of(call, "read", "write", "admin", project="p1")
    await call("PUT", "/v1/boards/b", {})
    await call("POST", "/v1/boards/b/scores", {"member": "u", "score": 1})

    # then a key sees its own only, and cannot ask for another
    assert (await with_key(app, key, "GET", "/v1/boards/b")).status == 404
    assert (await with_key(app, key, "GET", "/v1/boards", X_Project_Id="default")).status == 404
    assert (await with_key(app, key, "PUT", "/v1/boards/b", {})).status == 201
    assert (await with_key(app, key, "GET", "/v1/boards/b/entries")).json["total"] == 0

    # and the root key picks
    picked = await call("GET", "/v1/boards/b/entries", headers={"X-Project-Id": "p1"})
    assert picked.json["total"] == 0
    assert (await call("GET", "/v1/boards", headers={"X-Project-Id": "nope"})).code == "PROJECT_NOT_FOUND"


async def test_a_deleted_project_takes_its_boards_and_keys_along(app: Any, call: Calls) -> None:
    await call("POST", "/v1/projects", {"id": "p1"})
    key = await key_of(call, "read", "admin", project="p1")
    await with_key(app, key, "PUT", "/v1/boards/b", {})
    assert (await call("DELETE", "/v1/projects/p1")).status == 204
    assert (await with_key(app, key, "GET", "/v1/boards")).status == 401
    await call("POST", "/v1/projects", {"id": "p1"})
    assert (await call("GET", "/v1/boards", headers={"X-Project-Id": "p1"})).json["total"] == 0


async def test_the_default_project_always_exists(call: Calls) -> None:
    assert (await call("GET", "/v1/projects/default")).json["id"] == "default"
    assert [project["id"] for project in (await call("GET", "/v1/projects")).json["projects"]] == ["default"]
    assert (await call("DELETE", "/v1/projects/default")).code == "PROJECT_PROTECTED"
    assert (await call("PATCH", "/v1/projects/default", {"name": "Mine"})).json["name"] == "Mine"


async def test_a_projects_settings_not_built_yet_are_refused(call: Calls) -> None:
    answer = await call("POST", "/v1/projects", {"id": "p2", "settings": {"cors_origins": ["https://x"]}})
    assert (answer.status, answer.code) == (422, "NOT_SUPPORTED")
    assert answer.json["errors"][0]["pointer"] == "/settings/cors_origins"
