"""Flat names for prompts. Commands are given with or without `/`; results carry it, and both `title` and `name`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, TypeVar

from .._arguments import text, texts
from .._bulk import Outcome, for_each
from .._dual import Dual, M, operation
from .._records import decode
from ..errors import NameNotFoundError
from ..resources._access import Access, grants
from ..resources._prompts import Prompt, bare
from ..resources._variables import names, substitute, system_variables
from ..resources.prompts import Prompts

T = TypeVar("T")
R = TypeVar("R")


class CreatedPrompts(TypedDict):
    """What became of many: `failed` has the entry as `data`, and the `error`."""

    success: list[Prompt]
    failed: list[dict[str, Any]]
    total: int


class DeletedPrompts(TypedDict):
    """What became of many: `success` has the commands as given, `failed` the `command` and the `error`."""

    success: list[str]
    failed: list[dict[str, str]]
    total: int


class PromptNames(Dual[M]):
    """`client.create_prompt(…)` and its like."""

    prompts: Prompts[M]

    @operation
    async def get_prompts(self) -> list[Prompt]:
        """List the prompts that are offered to you."""
        return [_as_before(prompt) for prompt in await self.prompts.list()]

    @operation
    async def get_prompts_list(self) -> list[Prompt]:
        """List the prompts that you may read, switched off ones too, each with its `user`."""
        async with self.prompts.search() as prompts:
            return [_as_before(prompt) async for prompt in prompts]

    @operation
    async def create_prompt(self, command: str, title: str, content: str, access_control: Access = None) -> Prompt:
        """Make a prompt. Private unless `access_control` says otherwise, in any form of `Access`.

        Raises:
            ValueError: Command, title or content is empty.
            ConflictError: The command is taken.
        """
        access = "private" if access_control is None else access_control
        return _as_before(await self.prompts.create(command, title, content, access=access))

    @operation
    async def get_prompt_by_command(self, command: str) -> Prompt | None:
        """The prompt with this command, also if it is switched off; None without any."""
        found = await self.prompts.find(command)
        return None if found is None else _as_before(found)

    @operation
    async def update_prompt_by_command(
        self, command: str, title: str | None = None, content: str | None = None, access_control: Access = None
    ) -> Prompt:
        """Change what is given, never the command. The prompt afterwards.

        Raises:
            ValueError: Nothing is given, or something empty.
            NameNotFoundError: There is no such prompt.
        """
        if title is None and content is None and access_control is None:
            raise ValueError("nothing to change: give title, content or access_control")
        return await self._change(command, None, title, content, access_control)

    @operation
    async def replace_prompt_by_command(
        self, old_command: str, new_command: str, title: str, content: str, access_control: Access = None
    ) -> Prompt:
        """Change everything, the command too. The old prompt is there until the new one is.

        Who has access stays, unless `access_control` says otherwise.

        Raises:
            ValueError: Something is empty.
            NameNotFoundError: There is no such prompt.
            ConflictError: The new command is taken; nothing has changed.
        """
        return await self._change(old_command, bare(new_command), title, content, access_control)

    async def _change(
        self,
        command: str,
        new_command: str | None,
        title: str | None,
        content: str | None,
        access_control: Access,
    ) -> Prompt:
        for what, value in (("a title", title), ("a content", content)):
            if value is not None:
                text(value, what)
        wanted = None if access_control is None else grants(access_control)
        prompt = await self._named(command)
        if new_command is not None or title is not None or content is not None:
            prompt = await self.prompts._save(prompt, command=new_command, name=title, content=content)
        if wanted is not None:
            prompt = await self.prompts.set_access(prompt.id, wanted)
        return _as_before(prompt)

    async def _named(self, command: str) -> Prompt:
        found = await self.prompts.find(command)
        if found is None:
            raise NameNotFoundError(f"there is no prompt with the command {command!r}", kind="prompt", name=command)
        return found

    @operation
    async def delete_prompt_by_command(self, command: str) -> bool:
        """Delete a prompt, for good. Always True: failure raises.

        Raises:
            NameNotFoundError: There is no such prompt.
        """
        await self.prompts.delete((await self._named(command)).id)
        return True

    @operation
    async def search_prompts(
        self,
        query: str | None = None,
        by_command: bool = False,  # noqa: FBT001, FBT002 - the original's parameters
        by_title: bool = True,  # noqa: FBT001, FBT002 - the original's parameters
        by_content: bool = False,  # noqa: FBT001, FBT002 - the original's parameters
    ) -> list[Prompt]:
        """The offered prompts with this in any chosen field, in small letters or capitals; all without a query.

        Raises:
            ValueError: There is a query, and no field to look in.
        """
        if query and not (by_command or by_title or by_content):
            raise ValueError(f"no field to look for {query!r} in: choose by_command, by_title or by_content")
        chosen = {"command": by_command, "title": by_title, "content": by_content}
        fields = [field for field, wanted in chosen.items() if wanted]
        listed = await self.get_prompts()
        return [one for one in listed if not query or _found(query, [str(one[field]) for field in fields])]

    @operation
    async def extract_variables(self, content: str) -> list[str]:
        """The names of the variables in a text, system ones too, in order, each once."""
        return names(content)

    @operation
    async def substitute_variables(
        self, content: str, variables: Mapping[str, Any], system_variables: Mapping[str, Any] | None = None
    ) -> str:
        """The text with values for names, system ones first; each is inserted as it is, once; unknown names stay."""
        return substitute(content, variables, system_variables)

    @operation
    async def get_system_variables(self) -> dict[str, str]:
        """`CURRENT_DATE`, `_DATETIME`, `_TIME`, `_TIMEZONE` and `_WEEKDAY`, by the local clock."""
        return system_variables(datetime.now().astimezone())

    @operation
    async def batch_create_prompts(
        self,
        prompts_data: Iterable[Mapping[str, Any]],
        continue_on_error: bool = True,  # noqa: FBT001, FBT002 - the original's parameters
    ) -> CreatedPrompts:
        """Make many prompts, each of `command`, `title`, `content` and perhaps `access_control`.

        Without `continue_on_error` one after the other, up to the first that fails.

        Raises:
            ValueError: In one of them something is missing or empty; nothing was sent.
        """
        entries = [_entry(one) for one in prompts_data]

        async def make(entry: dict[str, Any]) -> Prompt:
            return await self.create_prompt(**entry)

        outcomes = await self._each(entries, make, continue_on_error=continue_on_error)
        return CreatedPrompts(
            success=[outcome.result for outcome in outcomes if outcome.result is not None],
            failed=[{"data": outcome.item, "error": str(outcome.error)} for outcome in outcomes if outcome.error],
            total=len(entries),
        )

    @operation
    async def batch_delete_prompts(
        self,
        commands: Iterable[str],
        continue_on_error: bool = True,  # noqa: FBT001, FBT002 - the original's parameters
    ) -> DeletedPrompts:
        """Delete many prompts, for good.

        Without `continue_on_error` one after the other, up to the first that fails.

        Raises:
            ValueError: A command is empty; nothing was sent.
        """
        given = texts(commands)
        for command in given:
            bare(command)
        outcomes = await self._each(given, self.delete_prompt_by_command, continue_on_error=continue_on_error)
        return DeletedPrompts(
            success=[outcome.item for outcome in outcomes if outcome.error is None],
            failed=[{"command": outcome.item, "error": str(outcome.error)} for outcome in outcomes if outcome.error],
            total=len(given),
        )

    async def _each(
        self, given: Sequence[T], do: Callable[[T], Awaitable[R]], *, continue_on_error: bool
    ) -> list[Outcome[T, R]]:
        runtime, outcomes = self.prompts._http.runtime, list[Outcome[T, R]]()
        if continue_on_error:
            return await for_each(runtime, given, do)
        for one in given:
            outcomes += await for_each(runtime, [one], do)
            if outcomes[-1].error:
                break
        return outcomes


def _as_before(prompt: Prompt) -> Prompt:
    return decode(Prompt, {**prompt, "command": f"/{prompt.command}", "title": prompt.name})


def _found(query: str, values: Iterable[str]) -> bool:
    return any(query.casefold() in value.casefold() for value in values)


def _entry(one: Mapping[str, Any]) -> dict[str, Any]:
    """The entry, checked."""
    known = {"command", "title", "content", "access_control"}
    if not isinstance(one, Mapping) or not one.keys() <= known:  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass others
        raise ValueError(f"a prompt to make is a mapping of {', '.join(sorted(known))}, not {one!r}")
    bare(one.get("command", ""))
    for what in ("title", "content"):
        text(one.get(what, ""), f"a {what} for {one['command']!r}")
    if one.get("access_control") is not None:
        grants(one["access_control"])
    return dict(one)
