"""What holds for every route: scopes, documents, paths."""

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from rankd.app import FACADES, HOT, ROUTES
from rankd.errors import catalogue
from rankd.settings import Settings
from tests.asgi_calls import Calls

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SCOPES = {"public", "read", "write", "admin", "root"}
ALL_ROUTES = [*ROUTES, *(route for family in FACADES for route in family.routes)]


def test_every_route_declares_its_scope() -> None:
    assert {route.scope for route in ROUTES} <= SCOPES
    public = {route.path for route in ROUTES if route.scope == "public"}
    assert public == {"/healthz", "/readyz", "/metrics", "/v1/info", "/openapi.json", "/problems/{code}"}


def test_no_two_routes_share_a_name_or_a_place() -> None:
    assert len({route.name for route in ALL_ROUTES}) == len(ALL_ROUTES)
    places = [(route.method, path) for route in ALL_ROUTES for path in (route.path, *route.also)]
    assert len(set(places)) == len(places)


def test_paths_with_a_short_way_are_matched_by_no_other_route() -> None:
    for hot in HOT:
        pattern = re.compile(re.sub(r"{\w+}", "[^/]+", hot))
        concrete = [route.path.replace("{", "").replace("}", "") for route in ALL_ROUTES if route.path != hot]
        assert not [path for path in concrete if pattern.fullmatch(path)]


async def test_every_route_but_public_ones_refuses_a_caller_without_a_key(app: Any) -> None:
    for route in ROUTES:
        target = re.sub(r"{\w+}", "x", route.path)
        answer = await Calls(app, "")(route.method, target, {})
        assert (answer.status == 401) == (route.scope != "public"), route.name


async def test_the_openapi_document_is_valid_and_whole(call: Calls) -> None:
    document = (await call("GET", "/openapi.json")).json
    OpenAPIV31SpecValidator(document).validate()
    operations = {op["operationId"] for path in document["paths"].values() for op in path.values()}
    assert operations == {route.name for route in ALL_ROUTES}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))


@pytest.mark.parametrize("code", catalogue())
async def test_every_problem_code_has_a_page(call: Calls, code: str) -> None:
    page = await call("GET", f"/problems/{code}")
    assert page.status == 200
    assert code.encode() in page.body
    assert (await call("GET", f"/problems/{code}X")).code == "PROBLEM_NOT_FOUND"


async def test_a_problem_document_has_one_shape(call: Calls) -> None:
    for method, target in (
        ("GET", "/nope"),
        ("PUT", "/healthz"),
        ("GET", "/v1/boards/none"),
        ("GET", "/v1/boards?x=1"),
    ):
        answer = await call(method, target, headers={"X-Request-Id": "r-1"})
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json
        assert {"type", "title", "status", "detail", "code", "request_id"} <= set(problem)
        assert (problem["status"], problem["request_id"], answer.headers["x-request-id"]) == (
            answer.status,
            "r-1",
            "r-1",
        )
        assert problem["type"] == f"/problems/{problem['code']}"


async def test_head_answers_as_get_without_the_body(call: Calls) -> None:
    answer = await call("HEAD", "/healthz")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "15")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert Settings.model_fields[name].description


@pytest.mark.parametrize(
    "text", ["RANKD_MIN_REPLICAS_ACK", "RANKD_ROOT_KEY", "RANKD_PEPPER", "RANKD_FACADES", "--redis-url", "--workers"]
)
def test_the_readme_names_what_operators_set(text: str) -> None:
    assert text in README


@pytest.mark.parametrize("what", ["entries", "entries/{member}/around", "around", "stats", "import"])
async def test_every_parameter_of_a_board_says_what_it_means(call: Calls, what: str) -> None:
    calls = (await call("GET", "/openapi.json")).json["paths"]["/v1/boards/{board}/" + what].values()
    queries = [one for operation in calls for one in operation["parameters"] if one["in"] == "query"]
    unsaid = [one["name"] for one in queries if not (one.get("description") or one["schema"].get("description"))]
    assert (unsaid, bool(queries)) == ([], True)
