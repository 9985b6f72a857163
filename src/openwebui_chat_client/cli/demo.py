"""`owui demo`: from nothing to an answer that is stored in a real Open WebUI."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ._app import Settings

if TYPE_CHECKING:
    from ..local import LocalServer
    from ..local.background import BackgroundServer

QUESTION = "What is the capital of France?"
TITLE = "A first chat"
GONE = """\
The server has been stopped, its files are gone. Next:
  owui demo --keep       leaves it running: open the chat in your browser, and go on there
  owui local up          a server to play with; then: owui ask "Hello!"
  owui doctor            with OPEN_WEBUI_URL and OPEN_WEBUI_API_KEY set: whether your own server is ready"""
KEPT = f"""\
The server goes on. Next:
  open the address in your browser and sign in
  owui ask "And of Italy?" -t "{TITLE}"
  owui local down        ends it"""
EXAMPLES = """\b
Examples:
  owui demo
  owui demo --keep
"""


@click.command("demo", epilog=EXAMPLES)
@click.option("--keep", is_flag=True, help="Leave the server running; `owui local down` ends it.")
@click.pass_obj
def command(settings: Settings, *, keep: bool) -> None:
    """See it work: start a real Open WebUI with a small real model, and have one chat with it.

    The first time it installs both, about 1.2 GB, into your cache directory. It needs no account and no key.
    """
    from .. import OpenWebUIClient
    from ._answer import answer

    output = settings.output
    with _server(settings, keep=keep) as server, OpenWebUIClient(server.url, server.jwt, server.model_id) as client:
        output.say(f"> {QUESTION}\n")
        turn = answer(client, output, QUESTION, TITLE)
        output.say("")
        output.pairs(
            {
                "chat": turn.chat_id,
                "address": f"{server.url}/c/{turn.chat_id}",
                "login": f"{server.email}  password {server.password}",
            }
        )
    output.note(KEPT if keep else GONE)


@contextmanager
def _server(settings: Settings, *, keep: bool) -> Generator[LocalServer | BackgroundServer]:
    from ..local import LocalServer, background

    if keep:
        yield background.up(model="small", progress=settings.output.note)
        return
    with LocalServer(model="small", progress=settings.output.note) as server:
        yield server
