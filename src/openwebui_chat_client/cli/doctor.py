"""`owui doctor`: what works with the present settings, and why the rest does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ._app import Problem, Settings

if TYPE_CHECKING:
    from ._checks import Check

EXAMPLES = """\b
Examples:
  owui doctor
  owui doctor --json --url http://localhost:3000
"""


@click.command("doctor", epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Look at the server, the credential and the models, and tell what will work.

    Exit code 0 if chats will work; 3 or 4 if something is not there or not allowed; else 1.
    """
    settings = ctx.ensure_object(Settings)
    checks: list[Check] = []
    for check in _checks(settings):
        checks.append(check)
        if not as_json:
            settings.output.check(check.state, check.name, check.text, check.hint)
    code = next((check.code for check in checks if check.state == "fail"), 0)
    if as_json:
        shown = [{"name": one.name, "state": one.state, "text": one.text, "hint": one.hint} for one in checks]
        settings.output.json({"ok": code == 0, "checks": shown})
    ctx.exit(code)


def _checks(settings: Settings) -> Iterator[Check]:
    from ._checks import Check, examine
    from ._connection import connect

    try:
        client = connect(settings)
    except Problem as problem:
        yield Check("settings", "fail", problem.message, problem.hint, problem.code)
        return
    with client:
        yield from examine(client)
