"""`owui local`: a throw-away Open WebUI in the background."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ._app import Problem, Settings

if TYPE_CHECKING:
    from ..local.background import BackgroundServer

NONE_RUNS = "no local server runs"
SECRETS = ("token", "jwt")
EXAMPLES = """\b
Examples:
  owui local up
  owui ask "Hello!"
  owui local down
"""


@click.group("local", epilog=EXAMPLES)
def command() -> None:
    """A throw-away Open WebUI of your own, with a small real model, on this machine only.

    While it runs, all other commands use it, unless OPEN_WEBUI_URL or OPEN_WEBUI_API_KEY is set.
    """


@command.command("up", epilog="Example: owui local up --data ~/owui --port 3000")
@click.option("--version", help="The version of Open WebUI; by default the newest that was tested.")
@click.option(
    "--model", type=click.Choice(["small", "scripted"]), default="small", show_default=True, help="The model behind it."
)
@click.option("--data", type=click.Path(file_okay=False), help="A directory that keeps accounts and chats.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port; by default any free one.")
@click.pass_obj
def up(settings: Settings, version: str | None, model: str, data: str | None, port: int | None) -> None:
    """Start it, and return when it answers. The first start installs it, about 1 GB."""
    from ..local import background
    from ..local.install import server_recipe
    from ..local.server import DEFAULT_VERSION

    version = version or DEFAULT_VERSION
    server_recipe(version)  # refuses what is no version before anything is started
    running = background.up(version, model, data, port, progress=settings.output.note)
    settings.output.pairs(_facts(running))
    settings.output.note('Try `owui ask "Hello!"`; `owui local down` ends it.')


@command.command("down", epilog="Example: owui local down")
@click.pass_obj
def down(settings: Settings) -> None:
    """Stop it, and remove its files, except a directory of your own."""
    from ..local import background

    stopped = background.down()
    settings.output.note(f"Stopped the server at {stopped.url}." if stopped else f"{NONE_RUNS.capitalize()}.")


@command.command("status", epilog="Example: owui local status --json")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def status(settings: Settings, *, as_json: bool) -> None:
    """Tell where it runs, and how to sign in. Exit code 3 if none runs."""
    from dataclasses import asdict

    from ..local import background

    running = background.status()
    if as_json:
        known: dict[str, Any] = asdict(running) if running else {}
        shown = {name: value for name, value in known.items() if name not in SECRETS}
        settings.output.json({"running": running is not None, **shown})
    elif running:
        settings.output.pairs(_facts(running))
    if running is None:
        raise Problem(NONE_RUNS, "`owui local up` starts one.", 3)


@command.command("logs", epilog="Example: owui local logs -n 200")
@click.option("-n", "--lines", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.pass_obj
def logs(settings: Settings, lines: int) -> None:
    """Show the last lines of its log; if none runs, of the last start."""
    from ..local import background

    settings.output.say(background.logs(lines))


def _facts(running: BackgroundServer) -> dict[str, str]:
    return {
        "address": running.url,
        "login": f"{running.email}  password {running.password}",
        "version": f"Open WebUI {running.version}",
        "model": running.model_id,
        "since": datetime.fromtimestamp(running.started, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "log": running.log_path,
    }
