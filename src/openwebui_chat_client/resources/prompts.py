"""Prompts: texts with variables that users call by a command."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, List

from .._arguments import texts
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import items, walk
from .._records import mapping
from .._server import GRANTS, PROMPT_IDS, PROMPT_SWITCHES, PROMPT_TAGS, PROMPT_VERSIONS
from ..errors import AmbiguousNameError, ConflictError, NotFoundError, OpenWebUIError
from ._access import Access, access_fields, granted, grants
from ._prompts import Prompt, as_prompt, bare, body, matches, refuse_empty
from ._sharing import Grants, own_account, share
from ._switches import switch
from ._variables import Variable, filled, system_variables, variables
from ._versions import Versioned

PAGE = 30


class Prompts(Versioned[M, Prompt]):
    """Prompts that you may read. What changes them needs the right `workspace.prompts`."""

    _area = "prompts"
    _record = Prompt
    _keeps = PROMPT_VERSIONS
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

    async def _rows(self, path: str) -> List[dict[str, Any]]:
        return await self._http.call(List[dict[str, Any]], "GET", path)

    @operation
    async def list(self) -> List[Prompt]:
        """List the prompts that are offered to you, changed last first. Route: GET /api/v1/prompts/."""
        return [as_prompt(row) for row in await self._rows("/api/v1/prompts/")]

    @streaming(type(None))
    async def search(self, query: str = "", *, tag: str | None = None) -> AsyncGenerator[Prompt | Done[None]]:
        """Prompts with this in command, name, text or owner, switched off ones too, changed last first, page by page.

        Args:
            query: Part of it, in small letters or capitals; nothing finds all.
            tag: Only those with it.

        Routes: GET /api/v1/prompts/list; before 0.8 also GET /api/v1/prompts/.

        Raises:
            UnsupportedError: A tag is given, and the server's prompts have none.
        """
        if tag is not None:
            await self._server.require(PROMPT_TAGS)
        if not await self._server.has(PROMPT_IDS):
            for prompt in await self._all():
                if matches(prompt, query):
                    yield prompt
            yield Done(None)
            return

        async def fetch(page: int) -> List[Prompt]:
            asked = {"query": query or None, "tag": tag, "page": page}
            answer = await self._http.call(object, "GET", "/api/v1/prompts/list", params=asked)
            return [as_prompt(row) for row in items(List[dict[str, Any]], answer)]

        async with aclosing(walk(fetch, size=PAGE)) as prompts:
            async for prompt in prompts:
                yield prompt
        yield Done(None)

    async def _all(self) -> List[Prompt]:
        """All that you may read, before 0.8: the list that names the owners has only those that you may change."""
        rows = await self._rows("/api/v1/prompts/")
        owners = {row["command"]: row.get("user") for row in await self._rows("/api/v1/prompts/list")}
        said = [{"user": owners.get(row["command"]), "write_access": row["command"] in owners} for row in rows]
        return [as_prompt({**row, **more}) for row, more in zip(rows, said, strict=True)]

    @operation
    async def find(self, command: str) -> Prompt | None:
        """The prompt with this command, given with or without `/`, also if it is switched off; None without any.

        Routes: GET /api/v1/prompts/list; before 0.8 also GET /api/v1/prompts/.

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

        Routes: GET /api/v1/prompts/id/{id}; before 0.8 GET /api/v1/prompts/command/{command}, and before 0.7 also
        GET /api/v1/prompts/list.

        Raises:
            NotFoundError: There is no such prompt, or it is not for you.
        """
        row = mapping(await self._http.call(object, "GET", await self._path(prompt_id)))
        if not row:
            raise NotFoundError(f"there is no prompt {prompt_id!r} for you")
        if "write_access" not in row:
            changeable = [one["command"] for one in await self._rows("/api/v1/prompts/list")]
            row = {**row, "user": None, "write_access": row["command"] in changeable}
        return as_prompt(row)

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
            tags: Words to find it by.
            access: Who else may read or change it.
            message: A word on it for the list of versions.

        Routes: GET /api/v1/prompts/list, POST /api/v1/prompts/create; before 0.8 also GET /api/v1/prompts/.

        Raises:
            ValueError: One of the three is empty.
            ConflictError: The command is taken, with or without a `/`.
            UnsupportedError: The server's prompts have no tags, or no versions to say a word on.
        """
        said, wanted = body(command, name, content, tags, message), grants(access)
        await self._require_all_of(said)
        also = access_fields(wanted, await self._server.has(GRANTS))
        return await self._create({**said, **also})

    async def _create(self, said: dict[str, Any]) -> Prompt:
        await self._refuse_taken(said["command"])
        if not await self._server.has(PROMPT_IDS):  # such servers find by command only what is stored with a `/`
            said = {**said, "command": f"/{said['command']}"}
        return await self._one("POST", "/api/v1/prompts/create", json=said)

    async def _require_all_of(self, said: Mapping[str, Any]) -> None:
        for key, feature in (("tags", PROMPT_TAGS), ("commit_message", PROMPT_VERSIONS)):
            if said.get(key):
                await self._server.require(feature)

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
            command: What people type after the `/`. Before 0.8 it is the prompt's id, which changes too.
            name: What people see.
            content: The text.
            tags: The words to find it by, all of them; an empty list for none.
            message: A word on the change for the list of versions.

        Routes: GET /api/v1/prompts/id/{id}, POST /api/v1/prompts/id/{id}/update; before 0.8 the same by command, and
        for another command POST /api/v1/prompts/create, DELETE /api/v1/prompts/command/{command}/delete.

        Raises:
            ValueError: Nothing is given, or something empty.
            NotFoundError: There is no such prompt.
            ConflictError: The command is taken.
            UnsupportedError: The server's prompts have no tags, or no versions to say a word on; or, before 0.8,
                another command is given and the prompt is not your own.
        """
        if command is None and name is None and content is None and tags is None:
            raise ValueError("nothing to change: give command, name, content or tags")
        refuse_empty(command, name, content)
        tags = None if tags is None else texts(tags)
        segment(prompt_id)
        await self._require_all_of({"tags": tags, "commit_message": message})
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
        has_ids = await self._server.has(PROMPT_IDS)
        if not has_ids:  # servers before 0.8 make public what comes without it
            said |= access_fields(granted(current), await self._server.has(GRANTS))
        if said["command"] != current.command:
            if not has_ids:
                return await self._move(current, said)
            await self._refuse_taken(said["command"])
        return await self._one("POST", await self._path(current.id, "/update"), json=said)

    async def _move(self, current: Prompt, said: dict[str, Any]) -> Prompt:
        """Another command where the command is the id: a new prompt, and the old one deleted once that is there."""
        if (await own_account(self._http))["id"] != current.user_id:
            await self._server.require(PROMPT_IDS)
        moved = await self._create(said)
        try:
            await self.delete(current.id)
        except OpenWebUIError:
            await self.delete(moved.id)
            raise
        return moved

    @operation
    async def set_access(self, prompt_id: str, access: Access) -> Prompt:
        """Say who else may read or change it.

        Routes: POST /api/v1/prompts/id/{id}/access/update; before 0.12.4 also GET /api/v1/prompts/id/{id}; before 0.8
        GET /api/v1/prompts/command/{command}, POST /api/v1/prompts/command/{command}/update.

        Raises:
            NotFoundError: There is no such prompt.
            PermissionDeniedError: You may not change it, or not give that access.
        """
        wanted, path = grants(access), await self._path(prompt_id)
        has_grants = await self._server.has(GRANTS)
        access_fields(wanted, has_grants)

        async def give(given: Grants) -> Prompt:
            fields = access_fields(given, has_grants)
            if has_grants:
                return await self._one("POST", f"{path}/access/update", json=fields, repeatable=True)
            current = await self.get(prompt_id)
            said = {**body(current.command, current.name, current.content, None, None), **fields}
            return await self._one("POST", f"{path}/update", json=said, repeatable=True)

        return await share(self._server, wanted, lambda: self.get(prompt_id), give)

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
        await self._server.require(PROMPT_SWITCHES)
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
        await self._server.require(PROMPT_TAGS)
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
