"""Routes of projects and API keys: for the root key."""

from pydantic import BaseModel, ConfigDict, Field

from rankd.domain.boards import Text
from rankd.domain.projects import KeyRecord, NewKey, Project, ProjectSettings
from rankd.domain.queries import CursorQuery
from rankd.domain.submissions import BoardId
from rankd.errors import NotSupported
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers, with_replay

_PROJECT = "/v1/projects/{project}"
_UNBUILT = ("cors_origins",)


class NewProject(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: BoardId
    name: Text = Field("", max_length=200)
    settings: ProjectSettings | None = None


class ProjectChanges(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Text | None = Field(None, max_length=200)
    settings: ProjectSettings | None = None


def _built(settings: ProjectSettings) -> ProjectSettings:
    """The settings, if they can be carried out. Raises NotSupported."""
    defaults = ProjectSettings()
    faults = [
        {"pointer": f"/settings/{name}", "detail": "is not supported by this server yet; leave it out"}
        for name in _UNBUILT
        if getattr(settings, name) != getattr(defaults, name)
    ]
    if faults:
        raise NotSupported(faults=faults)
    return settings


def _key_shape(record: KeyRecord) -> dict[str, object]:
    return record.model_dump(exclude={"project"})


async def create(call: Call) -> Answer:
    body = await call.model(NewProject)
    project = Project(id=body.id, name=body.name, settings=_built(body.settings or ProjectSettings()))
    made, is_replay = await call.services.projects.create(project, call.operation())
    return with_replay(answered(made.model_dump(), 201), is_replay)


async def listed(call: Call) -> Answer:
    projects, following, previous = await call.services.projects.page(call.query(CursorQuery))
    value = {"projects": [project.model_dump() for project in projects], "next": following, "prev": previous}
    return answered(value, headers=link_headers(call, following, previous))


async def get(call: Call) -> Answer:
    return answered((await call.services.projects.get(call.param("project"))).model_dump())


async def change(call: Call) -> Answer:
    body = await call.model(ProjectChanges)
    settings = None if body.settings is None else _built(body.settings)
    changed = await call.services.projects.change(call.param("project"), body.name, settings)
    return answered(changed.model_dump())


async def delete(call: Call) -> Answer:
    await call.services.projects.delete(call.param("project"))
    return Answer(204)


async def create_key(call: Call) -> Answer:
    body = await call.model(NewKey)
    project = call.param("project")
    record, value, is_replay = await call.services.projects.create_key(project, body, call.operation())
    return with_replay(answered({**_key_shape(record), "key": value}, 201), is_replay)


async def list_keys(call: Call) -> Answer:
    project = call.param("project")
    records, following, previous = await call.services.projects.list_keys(project, call.query(CursorQuery))
    value = {"keys": [_key_shape(record) for record in records], "next": following, "prev": previous}
    return answered(value, headers=link_headers(call, following, previous))


async def revoke_key(call: Call) -> Answer:
    await call.services.projects.revoke(call.param("project"), call.param("key"))
    return Answer(204)


ROUTES = [
    Route("GET", "/v1/projects", "listProjects", "root", listed, "All projects", query=CursorQuery),
    Route("POST", "/v1/projects", "createProject", "root", create, "Create a project", body=NewProject, success=(201,),
          takes_operation=True),
    Route("GET", _PROJECT, "getProject", "root", get, "A project"),
    Route("PATCH", _PROJECT, "patchProject", "root", change, "Change a project", body=ProjectChanges),
    Route("DELETE", _PROJECT, "deleteProject", "root", delete, "Delete a project, its keys, boards and profiles",
          success=(204,)),
    Route("GET", _PROJECT + "/keys", "listKeys", "root", list_keys, "A project's API keys", query=CursorQuery),
    Route("POST", _PROJECT + "/keys", "createKey", "root", create_key, "Create an API key, or bring in one",
          body=NewKey, success=(201,), takes_operation=True),
    Route("DELETE", _PROJECT + "/keys/{key}", "revokeKey", "root", revoke_key, "Revoke an API key", success=(204,)),
]  # fmt: skip
