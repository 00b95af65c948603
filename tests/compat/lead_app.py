"""An app that speaks Lead's API to the service in this process."""

from typing import Any
from urllib.parse import urlencode

from tests.asgi_calls import Answer, Calls, request

FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


class App:
    """One app with its two keys. `root` makes native calls in its project."""

    def __init__(self, call: Calls, appid: str, write_key: str, admin_key: str) -> None:
        self._call = call
        self.appid = appid
        self.keys = {"writeKey": write_key, "adminKey": admin_key}

    def through(self, call: Calls) -> "App":
        """The same app, asked of another process."""
        return App(call, self.appid, *self.keys.values())

    async def root(self, method: str, target: str, body: Any = None) -> Answer:
        return await self._call(method, target, body, {"X-Project-Id": self.appid})

    async def post(self, name: str, form: dict[str, Any], **headers: str) -> Answer:
        """A form as a client sends it; the keys are put in where the call needs them."""
        key = "writeKey" if name == "add" else "adminKey"
        content = urlencode({key: self.keys[key], **form}).encode()
        sent = {"content-type": FORM, "content-length": str(len(content)), **headers}
        return await self.send("POST", f"/lead/{self.appid}/{name}", content, sent)

    async def send(
        self, method: str, target: str, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        pairs = [(b"host", b"test"), *[(k.encode(), v.encode()) for k, v in (headers or {}).items()]]
        return await request(self._call.app, method, target, pairs, content)

    async def did(self, what: str, /, **form: Any) -> Any:
        answer = await self.post(what, form)
        assert answer.status == 200 and "error" not in answer.json, answer.body
        return answer.json

    async def add(self, **values: Any) -> Any:
        return await self.did("add", **{"win": "", "board": "b", "mods": "", "cheats": "", **values})

    async def list(self, *filters: str, **asked: Any) -> Any:
        query = urlencode([*(("filter", text) for text in filters), *asked.items()])
        answer = await self.send("GET", f"/lead/{self.appid}/list?{query}")
        assert answer.status == 200, answer.body
        return answer.json

    async def dump(self) -> Any:
        answer = await self.send("GET", f"/lead/{self.appid}/dump?adminKey={self.keys['adminKey']}")
        assert answer.status == 200, answer.body
        return answer.json


async def new_app(call: Calls, appid: str = "app") -> App:
    made = await call("POST", "/v1/projects", {"id": appid, "settings": {"facades": ["lead"]}})
    assert made.status == 201, made.body
    keys = []
    for scope in ("write", "admin"):
        key = await call("POST", f"/v1/projects/{appid}/keys", {"name": scope, "scopes": [scope]})
        assert key.status == 201, key.body
        keys.append(key.json["key"])
    return App(call, appid, *keys)
