"""Flat names for asking: `chat`, `stream_chat`, `parallel_chat`, and what is changed without asking."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator
from typing import Any, Unpack, cast

from .._arguments import texts
from .._dual import Done, Dual, M, operation, streaming
from .._records import Record, decode
from ..turns.metadata import Suggested
from ..turns.options import FurtherOptions, Paths, Texts, TurnOptions
from ..turns.results import ParallelTurn, Turn
from ..turns.turn import Turns


class LeftoverOptions(FurtherOptions, total=False):
    """Further options, and four of the original's that are accepted and do nothing."""

    cleanup_placeholder_messages: bool
    placeholder_pool_size: int
    min_available_messages: int
    wait_before_request: float


LEFTOVERS = LeftoverOptions.__annotations__.keys() - FurtherOptions.__annotations__.keys()


class Responses(Record):
    """What several models answered, by model."""

    responses: dict[str, str]
    chat_id: str
    message_ids: dict[str, str]
    answers: dict[str, dict[str, Any]]
    """Each with `content`, `follow_ups`, `sources`, `message_id`."""
    failed: dict[str, str]
    """The models that failed, and why."""
    suggested_title: str | None = None
    suggested_tags: list[str] | None = None


class AskingNames(Dual[M]):
    """`client.chat(…)` and its like."""

    turns: Turns[M]

    @operation
    async def chat(
        self,
        question: str,
        chat_title: str | None = None,
        model_id: str | None = None,
        folder_name: str | None = None,
        image_paths: Paths | None = None,
        tags: Texts | None = None,
        rag_files: Paths | None = None,
        rag_collections: Texts | None = None,
        tool_ids: Texts | None = None,
        enable_follow_up: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_tagging: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_titling: bool = False,  # noqa: FBT001, FBT002 - the original's position
        **further: Unpack[FurtherOptions],
    ) -> Turn:
        """Ask, and wait for the answer.

        Args:
            question: What to ask.
            chat_title: The newest own chat with exactly this title is continued, else one is made.
            model_id: This turn's model, and the chat's from now on. Left out, a chat keeps its model, and a new one
                gets the client's default.
            folder_name: The folder to keep the chat in; made at the top level if there is none of that name.
            image_paths: Images from this machine: shown in the chat, seen by the model, in later turns too.
            tags: Tags to add to the chat; none is removed.
            rag_files: Files from this machine that the answer may rest on; the chat keeps them.
            rag_collections: Names or ids of knowledge bases that the answer may rest on.
            tool_ids: Tools that the model may call; the server runs them.
            enable_follow_up: Have the server suggest next questions.
            enable_auto_tagging: Have the server propose tags, and add them.
            enable_auto_titling: Have the server propose a title on the first turn, and rename the chat.
            **further: See `FurtherOptions`: chat_id, system_prompt, params, features, files, parent_id, temporary.

        Returns:
            `response`, `chat_id`, `message_id`, `sources`, `follow_ups`, `model`, `tool_calls`; and if there are any
            `reasoning`, `usage`, `suggested_title`, `suggested_tags`, `stopped`.

        Raises:
            ValueError: The question, the title or an option is empty or none; nothing was sent.
            FileNotFoundError: There is no such image or file; nothing was sent.
            NameNotFoundError: There is no such knowledge base or tool; nothing was stored.
            NotFoundError: The model is unknown; nothing was stored.
            TurnError: The model failed; `.partial`, `.chat_id`, `.message_id` say what there is.

        Example:
            >>> client.chat(question="What is a monad?", chat_title="Monads")["response"]
        """
        return await self.turns.ask(question, chat_title, **_options(locals(), further))

    @streaming(Turn)
    async def stream_chat(
        self,
        question: str,
        chat_title: str | None = None,
        model_id: str | None = None,
        folder_name: str | None = None,
        image_paths: Paths | None = None,
        tags: Texts | None = None,
        rag_files: Paths | None = None,
        rag_collections: Texts | None = None,
        tool_ids: Texts | None = None,
        enable_follow_up: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_tagging: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_titling: bool = False,  # noqa: FBT001, FBT002 - the original's position
        **further: Unpack[LeftoverOptions],
    ) -> AsyncGenerator[str | Done[Turn]]:
        """Ask, and yield the answer's text as it comes; afterwards `.result` is what `chat` returns.

        Leaving early stops the answer on the server; what has been written stays in the chat. Parameters: as `chat`.

        Raises: as `chat`, while it is read.
        """
        options = _options(locals(), further)
        async with self.turns.text(question, chat_title, **options) as pieces:
            async for piece in pieces:
                yield piece
            yield Done(pieces.result)

    @operation
    async def parallel_chat(
        self,
        question: str,
        chat_title: str | None = None,
        model_ids: Texts = (),
        folder_name: str | None = None,
        image_paths: Paths | None = None,
        tags: Texts | None = None,
        rag_files: Paths | None = None,
        rag_collections: Texts | None = None,
        tool_ids: Texts | None = None,
        enable_follow_up: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_tagging: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_titling: bool = False,  # noqa: FBT001, FBT002 - the original's position
        **further: Unpack[FurtherOptions],
    ) -> Responses:
        """Ask several models at once; their answers stand side by side below one question.

        Args: as `chat`, but `model_ids` for `model_id`: the models of this turn, each once.

        Returns:
            `responses` {model: text}, `chat_id`, `message_ids` {model: id}, in the order of the models; `answers`
            {model: {`content`, `follow_ups`, `sources`, `message_id`}}; `failed` {model: reason}.

        Raises: as `chat`.
            ValueError: No model is named, or one twice; `client.turns.parallel` takes one several times.
            TurnError: All of them failed.
        """
        models = texts(model_ids)
        if len(set(models)) < len(models):
            raise ValueError(f"each model once, not {models!r}; client.turns.parallel takes one several times")
        options = _options(locals(), further)
        turn = await self.turns.parallel(question, chat_title, model_ids=models, **options)
        return _by_model(turn)

    @operation
    async def update_chat_metadata(
        self,
        chat_id: str,
        regenerate_tags: bool = False,  # noqa: FBT001, FBT002 - the original's position
        regenerate_title: bool = False,  # noqa: FBT001, FBT002 - the original's position
        title: str | None = None,
        tags: Texts | None = None,
        folder_name: str | None = None,
    ) -> Suggested:
        """Rename, tag, move a chat: with words of yours, with those that the server proposes, or with both.

        Returns:
            `suggested_title` and `suggested_tags` for what the server proposed; `updated`, True, if values were given.

        Raises: as `Turns.update_metadata`.
        """
        return await self.turns.update_metadata(
            chat_id,
            regenerate_tags=regenerate_tags,
            regenerate_title=regenerate_title,
            title=title,
            tags=tags,
            folder_name=folder_name,
        )

    @operation
    async def switch_chat_model(
        self, chat_id: str, new_model_id: Texts | None = None, *, model_ids: Texts | None = None
    ) -> bool:
        """Have the chat's next turn use this model, or these. Always True: failure raises.

        Raises:
            ValueError: No model is named.
            TypeError: `new_model_id` and `model_ids` are both given.
            NotFoundError: There is no such chat.
        """
        if new_model_id is not None and model_ids is not None:
            raise TypeError("new_model_id and model_ids are one and the same: give one")
        await self.turns.switch_model(chat_id, new_model_id or model_ids or ())
        return True


def _options(given: dict[str, Any], further: FurtherOptions) -> TurnOptions:
    """Of a method's arguments those that are options of a turn, and the further ones."""
    ignored = sorted(further.keys() & LEFTOVERS)
    if ignored:
        warnings.warn(f"{', '.join(ignored)}: no placeholders are needed any more", DeprecationWarning, stacklevel=2)
    named = {name: given[name] for name in TurnOptions.__annotations__ if name in given}
    return cast("TurnOptions", named | {name: value for name, value in further.items() if name not in LEFTOVERS})


def _by_model(turn: ParallelTurn) -> Responses:
    """Answers by model, in the order of the models."""
    answered = [answer for answer in turn.answers if answer.error is None]
    extras = {key: turn[key] for key in ("suggested_title", "suggested_tags") if key in turn}
    made: dict[str, Any] = {
        "responses": {answer.model: answer.content for answer in answered},
        "chat_id": turn.chat_id,
        "message_ids": {answer.model: answer.message_id for answer in answered},
        "answers": {answer.model: {key: answer[key] for key in answer if key != "model"} for answer in answered},
        "failed": {answer.model: answer.error for answer in turn.answers if answer.error is not None},
    }
    return decode(Responses, made | extras)
