"""`owui ask`: a question, and its answer as it comes."""

from __future__ import annotations

import sys

import click

from ._app import Problem, Settings

LONGEST_TITLE = 50
EXAMPLES = """\b
Examples:
  owui ask "What is a monad?" -t Monads -m gpt-5
  cat error.log | owui ask -
"""


def title_of(question: str) -> str:
    """A title for a chat that begins with this question: its first 50 characters, whole words if there are any."""
    line = " ".join(question.split())
    if len(line) <= LONGEST_TITLE:
        return line
    start = line[: LONGEST_TITLE + 1]
    words = start.rpartition(" ")[0] if " " in start else ""
    return f"{words if len(words) > LONGEST_TITLE // 2 else start[:LONGEST_TITLE]}…"


@click.command("ask", epilog=EXAMPLES)
@click.argument("question", required=False)
@click.option(
    "-t", "--title", help="The chat: the newest of exactly this title goes on. By default the question's beginning."
)
@click.option("-m", "--model", help="The model's id. A chat keeps its model; a new one gets OUI_DEFAULT_MODEL.")
@click.pass_obj
def command(settings: Settings, question: str | None, title: str | None, model: str | None) -> None:
    """Ask a question, and see the answer while it comes.

    QUESTION is read from standard input if it is `-`, or missing and something is piped in. Ctrl-C stops the answer
    on the server; what has come is kept in the chat.
    """
    text = _question(question)
    from ._answer import answer
    from ._connection import connect

    with connect(settings) as client:
        turn = answer(client, settings.output, text, title_of(text) if title is None else title, model)
        settings.output.note(f"{client.base_url}/c/{turn.chat_id}")


def _question(given: str | None) -> str:
    if given is None and sys.stdin.isatty():
        raise click.UsageError('what is the question? owui ask "…"', click.get_current_context())
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if given is None or given == "-" else given
    if not text.strip():
        raise Problem("the question is empty", code=2)
    return text
