"""What holds for every family of routes beside the native API: switches, refusals of their own, and no secret told."""

import dataclasses
import http.client
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from rankd.app import FACADES, create_app
from rankd.domain.access import Secrets
from rankd.domain.projects import Facade as FacadeOfAProject
from rankd.http.edge import Edge
from rankd.settings import Facade, Settings
from tests.asgi_calls import Answer, Calls, lifespan, request
from tests.conftest import ROOT_KEY, app_on
from tests.rankd_processes import running_rankd
from tests.store_servers import StoreServer

LOGS = "/gpapps/v2/leaderboardlogs"
KEY = {"X-API-Key": ROOT_KEY, "X-Project-Id": "default"}


def app_with(store_url: str, data_dir: Path, facades: Any) -> Any:
    settings = Settings(data_dir=data_dir, redis_url=store_url, root_key=ROOT_KEY, facades=facades)
    return create_app(settings, Secrets(root_key=ROOT_KEY, pepper=b"p" * 32), store_url)


def without_its_id(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in answer.json.items() if name != "request_id"}


def test_the_environment_names_families_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(Settings().facades) == {"gamepot", "scill", "gamesparks", "lead"}
    monkeypatch.setenv("RANKD_FACADES", "lead, gamepot")
    assert Settings().facades == ("lead", "gamepot")
    monkeypatch.setenv("RANKD_FACADES", "")
    assert Settings().facades == ()
    assert Facade == FacadeOfAProject


async def test_a_family_switched_off_at_the_server_is_not_there(store: StoreServer, tmp_path: Path) -> None:
    app = app_with(store.url, tmp_path, "")
    async with lifespan(app):
        call = Calls(app, ROOT_KEY)
        off = await call("GET", LOGS, {}, KEY)
        document = (await call("GET", "/openapi.json")).json
        nowhere = await call("GET", "/nowhere", {}, KEY)
    assert (off.status, without_its_id(off)) == (404, without_its_id(nowhere))
    assert not [path for path in document["paths"] if path.startswith("/gpapps")]


async def test_a_family_switched_off_in_a_project_is_not_there(call: Calls) -> None:
    # given a project that answers to nobody but native clients
    await call("POST", "/v1/projects", {"id": "p1", "settings": {"facades": []}})
    key = {**KEY, "X-Project-Id": "p1"}

    # then GAMEPOT's routes are what any other path is, until they are switched on
    off = await call("GET", LOGS, {"leaderboardId": "b"}, key)
    assert (off.status, without_its_id(off)) == (404, without_its_id(await call("GET", "/nowhere", {}, key)))
    await call("PATCH", "/v1/projects/p1", {"settings": {"facades": ["gamepot"]}})
    on = await call("GET", LOGS, {"leaderboardId": "b"}, key)
    assert (on.status, on.json["status"]) == (404, -10)


@pytest.mark.parametrize("family", FACADES, ids=[family.name for family in FACADES])
async def test_a_family_refuses_unknown_routes_and_methods_in_its_own_words(app: Any, family: Any) -> None:
    call = Calls(app, ROOT_KEY)
    for mount in family.mounts:
        for path in (mount + "/no/such/route/at/all/here",):
            answer = await call("GET", path)
            assert answer.headers["content-type"] != "application/problem+json", path
    for route in family.routes:
        answer = await call("BREW", route.path.replace("{", "").replace("}", ""))
        assert answer.headers["content-type"] != "application/problem+json", route.path
        assert route.method in answer.headers["allow"]


async def test_the_stores_absence_is_told_in_the_familys_words(tmp_path: Path) -> None:
    app = app_on("redis://127.0.0.1:1/0", tmp_path)
    async with lifespan(app):
        answer = await Calls(app, ROOT_KEY)("GET", LOGS, {"leaderboardId": "b"}, KEY)
    assert (answer.status, set(answer.json), answer.json["status"]) == (503, {"status", "message"}, -10)
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("family", FACADES, ids=[family.name for family in FACADES])
async def test_further_spellings_of_a_path_take_its_parameters(family: Any) -> None:
    for route in family.routes:
        for path in route.also:
            assert sorted(_names(path)) == sorted(_names(route.path)), path


def _names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


async def test_a_failure_of_rankd_is_logged_without_the_path() -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    with capture_logs() as lines:
        answer = await request(Edge(broken), "GET", "/callback/p/c/s3cret?adminKey=s3cret", [], b"")
    assert (answer.status, [line["event"] for line in lines]) == (500, ["request_failed"])
    assert "s3cret" not in str(lines) + answer.body.decode()


def test_secrets_in_paths_and_queries_reach_no_log_and_no_metric(tmp_path: Path) -> None:
    """What is asked of a running server, with a secret wherever a client of another system may put one."""
    secret = "s3cretS3cretS3cretS3cret"
    targets = (
        f"/callback/p/cred/{secret}",
        f"/callback/p/cred/{secret}/",
        f"/callback/p/cred/{secret}/more?key={secret}",
        f"/lead/app/dump?adminKey={secret}",
        f"/lead/v1/app/add?writeKey={secret}",
        f"/api/v1/events?auth=api_key&secret_key={secret}",
        f"/gpapps/v2/leaderboardlogs?x-api-key={secret}",
        f"/{secret}",
        f"/v1/boards/b?key={secret}",
        f"/callback/p/cred/{secret}%zz?%ff={secret}",
    )
    with running_rankd(tmp_path, None) as process:
        host = process.url.removeprefix("http://")
        for target in targets:
            for method in ("GET", "POST", "BREW"):
                connection = http.client.HTTPConnection(host)
                connection.request(method, target, body=f"key={secret}", headers={"Authorization": f"Bearer {secret}"})
                answer = connection.getresponse().read().decode()
                assert secret not in answer, (method, target)
                connection.close()
        connection = http.client.HTTPConnection(host)
        connection.request("GET", "/metrics")
        assert secret not in connection.getresponse().read().decode()
        connection.close()
    assert process.output
    assert secret not in "".join(process.output)


def test_routes_of_families_have_names_of_their_own() -> None:
    names = [route.name for family in FACADES for route in family.routes]
    assert len(set(names)) == len(names)
    assert all(dataclasses.is_dataclass(route) and route.summary for family in FACADES for route in family.routes)
