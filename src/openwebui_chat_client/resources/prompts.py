"""Prompts: texts with variables that users call by a command."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, List

from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import items, walk
from .._server import GRANTS, PROMPT_IDS
from ..errors import AmbiguousNameError, ConflictError
from ._access import Access, access_fields, grants
from ._prompts import Prompt, as_prompt, bare, body, matches, refuse_empty
from ._switches import switch
from ._variables import Variable, filled, system_variables, variables
from ._versions import Versioned

PAGE = 30


class Prompts(Versioned[M, Prompt]):
    """Prompts that you may read. What changes them needs the right `workspace.prompts`."""

    _area = "prompts"
    _record = Prompt
    _keeps = PROMPT_IDS
    _first_page = 0

    async def _path(self, prompt_id: str, rest: str = "") -> str:
        kind, quoted = "id", segment(prompt_id)
        if not await self._server.has(PROMPT_IDS):
            kind = "command"
        return f"/api/v1/prompts/{kind}/{quoted}{rest}"

    def _as_record(self, row: dict[str, Any]) -> Prompt:
        return as_prompt(row)

    async def _one(self, method: str, path: str, **body: Any) -> Prompt:
        return as_prompt(await self._http.call(dict[str, Any], method, path, **body))

    @operation
    async def list(self) -> List[Prompt]:
        """List the prompts that are offered to you, changed last first. Route: GET /api/v1/prompts/."""
        rows = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/prompts/")
        return [as_prompt(row) for row in rows]

    @streaming(type(None))
    async def search(self, query: str = "", *, tag: str | None = None) -> AsyncGenerator[Prompt | Done[None]]:
        """Prompts with this in command, name, text or owner, switched off ones too, changed last first, page by page.

        Args:
            query: Part of it, in small letters or capitals; nothing finds all.
            tag: Only those with it.

        Route: GET /api/v1/prompts/list.
        """
        named = await self._server.has(PROMPT_IDS)

        async def fetch(page: int) -> List[Prompt]:
            asked = {"query": query or None, "tag": tag, "page": page}
            answer = await self._http.call(object, "GET", "/api/v1/prompts/list", params=asked if named else None)
            found = [as_prompt(row) for row in items(List[dict[str, Any]], answer)]
            return found if named else [one for one in found if tag is None and matches(one, query)]

        async with aclosing(walk(fetch, size=PAGE)) as prompts:
            async for prompt in prompts:
                yield prompt
        yield Done(None)

    @operation
    async def find(self, command: str) -> Prompt | None:
        """The prompt with this command, given with or without `/`, also if it is switched off; None without any.

        Route: GET /api/v1/prompts/list.

        Raises:
            AmbiguousNameError: One has the command with a `/`, one without.
        """
        wanted = bare(command)
        async with self.search(wanted) as prompts:
            found = [prompt async for prompt in prompts if prompt.command == wanted]
        if len(found) > 1:
            said = f"{len(found)} prompts have the command {command!r}: one with a '/' before it, one without"
            raise AmbiguousNameError(said, kind="prompt", name=command, matches=found)
        return found[0] if found else None

    @operation
    async def get(self, prompt_id: str) -> Prompt:
        """Fetch one prompt.

        Routes: GET /api/v1/prompts/id/{id}; before 0.8 GET /api/v1/prompts/command/{command}.

        Raises:
            NotFoundError: There is no such prompt, or it is not for you.
        """
        return await self._one("GET", await self._path(prompt_id))

    @operation
    async def create(
        self,
        command: str,
        name: str,
        content: str,
        *,
        tags: Iterable[str] | None = None,
        access: Access = "private",
        message: str | None = None,
    ) -> Prompt:
        """Make a prompt.

        Args:
            command: What people type after the `/`; with or without it.
            name: What people see.
            content: The text, with variables such as `{{name}}` or `{{day | date:required}}`.
            tags: Words to find it by; servers before 0.8 ignore them.
            access: Who else may read or change it.
            message: A word on it for the list of versions.

        Routes: GET /api/v1/prompts/list, POST /api/v1/prompts/create.

        Raises:
            ValueError: One of the three is empty.
            ConflictError: The command is taken, with or without a `/`.
        """
        said, wanted = body(command, name, content, tags, message), grants(access)
        await self._refuse_taken(said["command"])
        if not await self._server.has(PROMPT_IDS):  # such servers find by command only what is stored with a `/`
            said["command"] = f"/{said['command']}"
        also = access_fields(wanted, await self._server.has(GRANTS))
        return await self._one("POST", "/api/v1/prompts/create", json={**said, **also})

    async def _refuse_taken(self, command: str) -> None:
        """The server itself only compares letter by letter: `/a` is not `a`."""
        if await self.find(command) is not None:
            raise ConflictError(f"there is a prompt with the command {command!r}")

    @operation
    async def update(
        self,
        prompt_id: str,
        *,
        command: str | None = None,
        name: str | None = None,
        content: str | None = None,
        tags: Iterable[str] | None = None,
        message: str | None = None,
    ) -> Prompt:
        """Change what is given.

        Args:
            prompt_id: Which.
            command: What people type after the `/`; servers before 0.8 cannot change it.
            name: What people see.
            content: The text.
            tags: The words to find it by, all of them; an empty list for none.
            message: A word on the change for the list of versions.

        Routes: GET /api/v1/prompts/id/{id}, POST /api/v1/prompts/id/{id}/update; before 0.8 the same by command.

        Raises:
            ValueError: Nothing is given, or something empty.
            NotFoundError: There is no such prompt.
            ConflictError: The command is taken.
        """
        if command is None and name is None and content is None and tags is None:
            raise ValueError("nothing to change: give command, name, content or tags")
        refuse_empty(command, name, content)
        current = await self.get(prompt_id)
        return await self._save(current, command=command, name=name, content=content, tags=tags, message=message)

    async def _save(
        self,
        current: Prompt,
        *,
        command: str | None = None,
        name: str | None = None,
        content: str | None = None,
        tags: Iterable[str] | None = None,
        message: str | None = None,
    ) -> Prompt:
        """Change what is given in a prompt that was just read."""
        said = body(command or current.command, name or current.name, content or current.content, tags, message)
        if command is not None and bare(command) != current.command:
            await self._server.require(PROMPT_IDS)
            await self._refuse_taken(bare(command))
        if "access_control" in current:  # servers before 0.8 make public what comes without it
            said["access_control"] = current["access_control"]
        return await self._one("POST", await self._path(current.id, "/update"), json=said)

    @operation
    async def set_access(self, prompt_id: str, access: Access) -> Prompt:
        """Say who else may read or change it.

        Routes: POST /api/v1/prompts/id/{id}/access/update; before 0.8 POST /api/v1/prompts/command/{command}/update.

        Raises:
            NotFoundError: There is no such prompt.
        """
        wanted = grants(access)
        path = await self._path(prompt_id)
        fields = access_fields(wanted, await self._server.has(GRANTS))
        if "access_grants" in fields:
            return await self._one("POST", f"{path}/access/update", json=fields, repeatable=True)
        current = await self.get(prompt_id)
        said = {**body(current.command, current.name, current.content, None, None), **fields}
        return await self._one("POST", f"{path}/update", json=said, repeatable=True)

    @operation
    async def enable(self, prompt_id: str) -> Prompt:
        """Offer it; also if it is offered already.

        Routes: GET /api/v1/prompts/id/{id}, POST /api/v1/prompts/id/{id}/toggle.

        Raises:
            NotFoundError: There is no such prompt.
            UnsupportedError: The server cannot switch prompts off.
        """
        return await self._switch(prompt_id, wanted=True)

    @operation
    async def disable(self, prompt_id: str) -> Prompt:
        """Offer it no more, and keep it; also if it is not offered.

        Routes: GET /api/v1/prompts/id/{id}, POST /api/v1/prompts/id/{id}/toggle.

        Raises: as `enable`.
        """
        return await self._switch(prompt_id, wanted=False)

    async def _switch(self, prompt_id: str, *, wanted: bool) -> Prompt:
        path = self._of(prompt_id, "/toggle")
        await self._server.require(PROMPT_IDS)
        return await switch(lambda: self.get(prompt_id), lambda: self._one("POST", path), "is_active", wanted=wanted)

    @operation
    async def delete(self, prompt_id: str) -> None:
        """Delete a prompt with its versions, for good.

        Routes: DELETE /api/v1/prompts/id/{id}/delete; before 0.8 DELETE /api/v1/prompts/command/{command}/delete.

        Raises:
            NotFoundError: There is no such prompt.
        """
        await self._http.call(bool, "DELETE", await self._path(prompt_id, "/delete"))

    @operation
    async def tags(self) -> List[str]:
        """The tags of the prompts that you may read. Route: GET /api/v1/prompts/tags.

        Raises:
            UnsupportedError: The server's prompts have no tags.
        """
        await self._server.require(PROMPT_IDS)
        return await self._http.call(List[str], "GET", "/api/v1/prompts/tags")

    @operation
    async def variables(self, content: str) -> List[Variable]:
        """What a prompt's text asks for, in order: name, type, options, default, whether it is required.

        Names that are filled in without asking, such as `CURRENT_DATE`, are not among it. Nothing is sent.
        """
        return variables(content)

    @operation
    async def fill(self, content: str, values: Mapping[str, Any] | None = None) -> str:
        """A prompt's text with every variable filled in: from the values, else its default, else with nothing.

        Values may be texts, numbers, booleans, dates; they are inserted as they are, once. The current date and
        time are filled in by the local clock; `USER_NAME` and its like stay unless they are given. Nothing is sent.

        Raises:
            ValueError: A required value is missing, one does not fit its type, or the text has no such variable.

        Example:
            >>> client.prompts.fill("Plan {{day | date:required}}", {"day": date(2026, 1, 31)})
            'Plan 2026-01-31'
        """
        return filled(content, values or {}, system_variables(datetime.now().astimezone()))
