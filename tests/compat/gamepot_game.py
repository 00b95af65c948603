"""A game that speaks GAMEPOT's API to the service in this process."""

import json
from typing import Any

from tests.asgi_calls import Answer, Calls, request

LOGS, BOARDS = "/gpapps/v2/leaderboardlogs", "/gpapps/v2/leaderboards"


class Game:
    """One project with a key of all scopes, and what a game asks for. `root` makes native calls in the project."""

    def __init__(self, call: Calls, project: str, key: str) -> None:
        self._call = call
        self.project = project
        self.key = key

    async def root(self, method: str, target: str, body: Any = None) -> Answer:
        return await self._call(method, target, body, {"X-Project-Id": self.project})

    async def __call__(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        sent = {"x-api-key": self.key, "x-project-id": self.project, **headers}
        return await gamepot(self._call.app, method, target, body, sent)

    async def board(self, board_id: str = "lb", **settings: Any) -> Any:
        """A leaderboard that is made, as it is answered."""
        body = {"id": board_id, "status": True, "ranking": "best", "tie_breaking": "first", **settings}
        answer = await self("POST", BOARDS, body)
        assert answer.status == 200, answer.body
        return answer.json["leaderboard"]

    async def score(self, user: str, score: int, board_id: str = "lb", **more: Any) -> Any:
        answer = await self("POST", LOGS, {"leaderboardId": board_id, "userId": user, "score": score, **more})
        assert answer.status == 200, answer.body
        return answer.json["leaderboardlog"]

    async def rows(self, board_id: str = "lb", **asked: Any) -> list[dict[str, Any]]:
        answer = await self("GET", LOGS, {"leaderboardId": board_id, "per_page": 1000, **asked})
        assert answer.status == 200, answer.body
        return list(answer.json)

    async def one(self, user: str, board_id: str = "lb") -> Any:
        answer = await self("GET", f"/gpapps/v2/leaderboard/{board_id}/user/{user}")
        assert answer.status == 200, answer.body
        return answer.json


async def gamepot(app: Any, method: str, target: str, body: Any, headers: dict[str, str]) -> Answer:
    """A request with exactly these headers, and the length of its body."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = [(b"host", b"test"), *[(name.encode(), value.encode("latin-1")) for name, value in headers.items()]]
    if body is not None:
        sent.append((b"content-length", str(len(content)).encode()))
    return await request(app, method, target, sent, content)


async def new_game(call: Calls, project: str = "p", **key: Any) -> Game:
    assert (await call("POST", "/v1/projects", {"id": project})).status in (201, 409)
    asked = {"name": "game", "scopes": ["read", "write", "admin"], **key}
    made = await call("POST", f"/v1/projects/{project}/keys", asked)
    assert made.status == 201, made.body
    return Game(call, project, made.json["key"])
