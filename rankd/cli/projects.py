"""`rankd project`: tenants. Only the root key makes them."""

from typing import Annotated, Any

import typer

from rankd.cli.client import Client, path
from rankd.cli.confirmation import Yes, ask
from rankd.cli.connection import client_command
from rankd.cli.json_options import json_object
from rankd.cli.output import Output
from rankd.cli.tables import Column

app = typer.Typer(no_args_is_help=True)

ProjectId = Annotated[str, typer.Argument(metavar="PROJECT", help="Id of the project.", show_default=False)]
Settings = Annotated[
    str | None,
    typer.Option("--settings", metavar="JSON", help="JSON object of project settings.", show_default=False),
]


@app.callback()
def project() -> None:
    """Make, list and delete projects: each has its own boards and keys.

    Wants the root key.

    Examples:

      rankd project create mygame --name "My Game"
      rankd project list
    """


@client_command(app, "list")
def list_(client: Client, out: Output) -> None:
    """List the projects.

    Examples:

      rankd project list
      rankd project list --json
    """
    projects = list(client.pages(path("projects"), "projects"))
    columns = [Column("PROJECT"), Column("NAME", elastic=True)]
    out.table({"projects": projects}, columns, [(p["id"], p.get("name")) for p in projects])


@client_command(app, "create")
def create(
    client: Client,
    out: Output,
    project_id: ProjectId,
    name: Annotated[str | None, typer.Option(help="What people see.", show_default=False)] = None,
    settings: Settings = None,
) -> None:
    """Create a project.

    Examples:

      rankd project create mygame
      rankd project create mygame --name "My Game"
    """
    wanted: dict[str, Any] = {"id": project_id}
    if name is not None:
        wanted["name"] = name
    if settings is not None:
        wanted["settings"] = json_object(settings, "--settings")
    _show(out, client.post(path("projects"), wanted))


@client_command(app, "get")
def get(client: Client, out: Output, project_id: ProjectId) -> None:
    """Show a project.

    Examples:

      rankd project get mygame
    """
    _show(out, client.get(path("projects", project_id)))


@client_command(app, "delete")
def delete(client: Client, out: Output, project_id: ProjectId, yes: Yes = False) -> None:
    """Delete a project with its boards, entries, profiles and keys. Nothing brings them back.

    It asks first; where there is no terminal, --yes is needed.

    Examples:

      rankd project delete mygame
      rankd project delete mygame --yes
    """
    ask(f"Delete project {project_id}, its boards and its keys?", yes)
    client.delete(path("projects", project_id))
    out.done({"deleted": project_id}, f"Deleted project {project_id}.")


def _show(out: Output, project: dict[str, Any]) -> None:
    out.fields(project, list(project.items()))
