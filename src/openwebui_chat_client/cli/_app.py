"""The command `owui`: its options, the table of its commands, and how it ends."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import click

from .._version import __version__
from ._output import Output

COMMANDS = {
    "ask": "Ask a question; the chat is in the web page too.",
    "demo": "See it work: a real server, a real model, one chat.",
    "doctor": "Tell what works with your settings, and why the rest does not.",
    "local": "A throw-away Open WebUI of your own: up, down, status, logs.",
}
EXAMPLES = """\b
Examples:
  owui demo
  owui ask "What is a monad?" -t Monads
  cat error.log | owui ask -
"""
INTERRUPTED = 130


@dataclass
class Settings:
    """What holds for every command."""

    output: Output
    url: str | None = None
    debug: bool = False


class Problem(click.ClickException):
    """Something that keeps a command from doing its work, and what to do about it."""

    def __init__(self, text: str, hint: str = "", code: int = 1) -> None:
        super().__init__(text)
        self.hint = hint
        self.code = code


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if value and option.name:
        setattr(ctx.find_object(Settings), option.name, value)


def _everywhere(*, hidden: bool) -> list[click.Parameter]:
    """The options that hold for every command; they may also stand after its name."""
    about: dict[str, Any] = {"expose_value": False, "callback": _keep, "hidden": hidden}
    return [
        click.Option(["--url"], metavar="ADDRESS", help="The server's address, instead of OPEN_WEBUI_URL.", **about),
        click.Option(["--debug"], is_flag=True, help="Show each request, and where an error comes from.", **about),
    ]


@cache
def _command(name: str) -> click.Command:
    command: click.Command = import_module(f".{name}", __package__).command
    for one in (command, *getattr(command, "commands", {}).values()):
        one.params += _everywhere(hidden=True)
    return command


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, from the module of that name."""
        return _command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


owui = Commands(
    "owui",
    params=_everywhere(hidden=False),
    help="The terminal for Open WebUI. The server is that of OPEN_WEBUI_URL and OPEN_WEBUI_API_KEY; without both, "
    "the one that `owui local up` runs.",
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.version_option(__version__, "--version", prog_name="owui", message="%(prog)s %(version)s")(owui)


def run(output: Output, arguments: list[str] | None = None) -> int:
    """Run a command, by default the process's own, and turn whatever happens into an exit code."""
    settings = Settings(output)
    try:
        return owui.main(arguments, prog_name="owui", obj=settings, standalone_mode=False) or 0
    except (click.Abort, KeyboardInterrupt):
        output.fail("interrupted")
        return INTERRUPTED
    except click.ClickException as error:
        return _refused(output, error)
    except Exception as error:
        from ._errors import explain

        if settings.debug:
            output.note(traceback.format_exc().rstrip())
        meaning = explain(error)
        output.fail(meaning.text, meaning.hint)
        return meaning.code


def _refused(output: Output, error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        output.note(error.format_message())
        return error.exit_code
    if isinstance(error, Problem):
        output.fail(error.message, error.hint)
        return error.code
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx:
        hint = f"`{error.ctx.command_path} --help` tells more."
    output.fail(error.format_message(), hint)
    return error.exit_code
