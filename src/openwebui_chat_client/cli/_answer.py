"""One question and its answer as it comes; what `ask` and `demo` share."""

from __future__ import annotations

from .. import NotFoundError, OpenWebUIClient
from ..turns.events import StatusUpdate, TextDelta, TextReplaced
from ..turns.results import Turn
from ._app import INTERRUPTED, Problem
from ._output import Output

SHOWN_MODELS = 8


def answer(client: OpenWebUIClient, output: Output, question: str, title: str, model: str | None = None) -> Turn:
    """Ask, and print the answer while it comes. Ctrl-C stops it on the server too.

    Raises:
        Problem: No model is named for a new chat, there is none of that name, or the user interrupted.
    """
    if not (model or client.default_model_id) and client.chats.find(title) is None:
        raise Problem("no model is named for this new chat: -m MODEL, or OUI_DEFAULT_MODEL", choice(client), 2)
    try:
        return _stream(client, output, question, title, model)
    except NotFoundError as error:
        if "Model not found" not in error.detail:
            raise
        name = repr(model or client.default_model_id) if model or client.default_model_id else "of this chat"
        raise Problem(f"there is no model {name} that you may use", choice(client), 3) from error


def _stream(client: OpenWebUIClient, output: Output, question: str, title: str, model: str | None) -> Turn:
    kept = ""
    try:
        with output.paper() as paper, client.turns.stream(question, title, model_id=model) as events:
            for event in events:
                if isinstance(event, TextDelta):
                    kept = f"; what had come is kept in the chat {title!r}"
                    paper.add(event.text)
                elif isinstance(event, TextReplaced):
                    paper.replace(event.text)
                elif isinstance(event, StatusUpdate) and event.description:
                    output.note(event.description)
            return events.result
    except KeyboardInterrupt:
        raise Problem(f"interrupted{kept}", code=INTERRUPTED) from None


def choice(client: OpenWebUIClient) -> str:
    """The models that one may ask, in a sentence."""
    names = [model.id for model in client.models.list()]
    if not names:
        return "The server offers you no model at all: an administrator connects one, or grants you access to it."
    more = f" and {len(names) - SHOWN_MODELS} more" if len(names) > SHOWN_MODELS else ""
    return f"The server offers you {', '.join(names[:SHOWN_MODELS])}{more}."
