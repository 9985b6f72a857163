"""What tools and functions have in common: a source in Python that runs in the server, and valves to set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Literal, TypeVar

from .._arguments import text
from .._bulk import LIMIT, BulkResult, Progress
from .._dual import M, operation
from .._http import segment
from .._records import Record, decode, mapping
from .._server import SCRIPT_VERSIONS
from .._times import Dated
from ..errors import NotFoundError
from ._access import in_new_form
from ._importing import import_each
from ._scripts import body, checked_content, checked_id, read_source, same_source
from ._versions import Versioned


class Plugin(Dated):
    """A script that runs in the server."""

    id: str
    name: str = ""
    user_id: str | None = None
    """Who made it."""
    content: str | None = None
    """The source; None in lists, and for those who may not change it."""
    meta: dict[str, Any] | None = None
    """`description`, and as `manifest` the front matter of the source."""
    version_id: str | None = None
    """The saved version that is current; None before 0.12."""

    @property
    def description(self) -> str:
        """What it is for."""
        return str(mapping(self.meta).get("description") or "")


P = TypeVar("P", bound=Plugin)


class Deployed(Record):
    """What `deploy` did."""

    id: str
    change: Literal["created", "updated", "unchanged"]


class LoadedScript(Record):
    """A source that the server fetched."""

    name: str
    """The name of its file, without `.py`."""
    content: str


class Plugins(Versioned[M, P]):
    """Scripts of one kind."""

    _keeps = SCRIPT_VERSIONS

    @operation
    async def get(self, script_id: str) -> P:
        """Fetch one, with its source if you may change it.

        Route: GET /api/v1/{area}/id/{id}.

        Raises:
            NotFoundError: There is none of that id.
        """
        return await self._plugin("GET", self._of(script_id))

    @operation
    async def update(
        self,
        script_id: str,
        content: str | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        message: str | None = None,
    ) -> P:
        """Change what is given; a new source brings the title and description of its front matter along.

        Args:
            script_id: Which.
            content: The source. The server runs it once to look at it.
            name: What people see.
            description: What it is for; models read that of a tool's functions in the source.
            message: A word on the change for the list of versions; from Open WebUI 0.12 on.

        Routes: GET /api/v1/{area}/id/{id}, POST /api/v1/{area}/id/{id}/update.

        Raises:
            ValueError: Nothing is given, or an empty source or name.
            NotFoundError: There is none of that id.
            BadRequestError: The source does not run; the error, or the server's log, says why.
            UnsupportedError: There is a word on the change, and the server keeps no versions.
        """
        if content is None and name is None and description is None:
            raise ValueError("nothing to change: give content, name or description")
        if content is not None:
            checked_content(content)
        if name is not None:
            text(name, "a name")
        segment(script_id)
        await self._require_word(message)
        return await self._update(await self.get(script_id), content, name, description, message)

    async def _update(
        self,
        current: P,
        content: str | None,
        name: str | None = None,
        description: str | None = None,
        message: str | None = None,
    ) -> P:
        said = body(current.id, content, name=name, description=description, message=message, current=current)
        kept = await self._kept(current)
        return await self._plugin("POST", self._of(current.id, "/update"), json={**said, **kept})

    async def _plugin(self, method: str, path: str, **said: Any) -> P:
        row = await self._http.call(dict[str, Any], method, path, **said)
        return decode(self._record, in_new_form(row))

    async def _require_word(self, message: str | None) -> None:
        if message is not None:
            await self._server.require(SCRIPT_VERSIONS)

    async def _kept(self, current: P) -> dict[str, Any]:  # noqa: ARG002 - tools look at it
        """What else is said of one that is changed, lest it be lost."""
        return {}

    async def _create(
        self,
        script_id: str,
        content: str,
        name: str | None,
        description: str | None,
        *,
        current: Mapping[str, Any] | None = None,
        **also: Any,
    ) -> P:
        checked_content(content)
        said = body(checked_id(script_id), content, name=name, description=description, current=current)
        path = f"/api/v1/{self._area}/create"
        return await self._plugin("POST", path, json={**said, **also})

    @operation
    async def load(self, url: str) -> LoadedScript:
        """Let the server fetch a source from an address, a page of GitHub too; nothing is made of it yet.

        Route: POST /api/v1/{area}/load/url.

        Raises:
            ValueError: The address is empty.
            PermissionDeniedError: You are no administrator.
            ServerError: The server cannot reach it. What the other side says otherwise comes as its own status.

        Example:
            >>> client.tools.create("weather", client.tools.load("https://…/weather.py").content)
        """
        body = {"url": text(url, "an address")}
        return await self._http.call(LoadedScript, "POST", f"/api/v1/{self._area}/load/url", json=body)

    async def _fresh(self) -> dict[str, Any]:
        """What else is said of a new one."""
        return {}

    @operation
    async def delete(self, script_id: str) -> None:
        """Delete one, with its valves and versions, for good.

        Route: DELETE /api/v1/{area}/id/{id}/delete.

        Raises:
            NotFoundError: There is none of that id.
        """
        await self._http.call(bool, "DELETE", self._of(script_id, "/delete"))

    @operation
    async def deploy(
        self, path: str | PathLike[str], *, script_id: str | None = None, message: str | None = None
    ) -> Deployed:
        """Bring a file's source to the server: created if it is not there, updated if the source differs.

        Name and description come from the front matter of the file: a docstring whose opening quotes stand
        alone on the first line, with lines such as `title: Weather`.

        Args:
            path: The file, in UTF-8.
            script_id: Its id on the server; left out, `id:` in the front matter, else the file's name.
            message: A word on the change for the list of versions; from Open WebUI 0.12 on.

        Routes: GET /api/v1/{area}/id/{id}, POST /api/v1/{area}/create, POST /api/v1/{area}/id/{id}/update.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is empty, or no text, or its name makes no id.
            BadRequestError: The source does not run, and what was there stays.
            UnsupportedError: There is a word on the change, and the server keeps no versions.
        """
        source = read_source(path, script_id)
        await self._require_word(message)
        try:
            current = await self.get(source.script_id)
        except NotFoundError:
            await self._create(source.script_id, source.content, None, None, **await self._fresh())
            return Deployed(id=source.script_id, change="created")
        if same_source(source.content, current.content):
            return Deployed(id=source.script_id, change="unchanged")
        await self._update(current, source.content, message=message)
        return Deployed(id=source.script_id, change="updated")

    @operation
    async def import_(
        self,
        scripts: Iterable[Mapping[str, Any]],
        *,
        replace: bool = False,
        limit: int = LIMIT,
        progress: Progress | None = None,
    ) -> BulkResult:
        """Bring scripts from `export`, of this server or another. Those in `succeeded` are ids.

        Args:
            scripts: With `id`, `name`, `content` and `meta`. Who had access elsewhere has none here; valves are not
                set; functions that are new here are switched off. Tools are failures when `meta` has translations
                before 0.11, or keys of your own before 0.12: the server would leave them out.
            replace: Whether those that are there get the new source; else they are failures.
            limit: How many run at once.
            progress: Called after each.

        Routes: POST /api/v1/{area}/create, GET /api/v1/{area}/id/{id}, POST /api/v1/{area}/id/{id}/update.

        Raises:
            ValueError: One has no id or no source; nothing was sent.
        """
        given = [_checked(one) for one in scripts]
        also = await self._fresh() if given else {}

        async def create(one: dict[str, Any]) -> None:
            await self._refuse_lost(mapping(one.get("meta")))
            came = {"meta": one.get("meta")}
            await self._create(one["id"], one["content"], one.get("name"), _description(one), current=came, **also)

        async def renew(one: dict[str, Any]) -> None:
            await self._refuse_lost(mapping(one.get("meta")))
            current = (await self.get(one["id"])).copy()
            current["meta"] = {**mapping(current.meta), **mapping(one.get("meta"))}
            await self._update(current, one["content"], one.get("name"), _description(one))

        again = renew if replace else None
        return await import_each(self._http.runtime, given, create, again, limit=limit, progress=progress)

    async def _refuse_lost(self, meta: Mapping[str, Any]) -> None:
        """Nothing, unless the server would leave out something of it without a word."""

    @operation
    async def get_valves(self, script_id: str) -> dict[str, Any]:
        """The valves that somebody has set; the others stand at the defaults of `valves_spec`.

        Route: GET /api/v1/{area}/id/{id}/valves.

        Raises:
            NotFoundError: There is none of that id.
        """
        return await self._read(script_id, "/valves")

    @operation
    async def update_valves(self, script_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Set these valves and leave the others; None puts one back to its default. What is set afterwards.

        Routes: GET /api/v1/{area}/id/{id}/valves, POST /api/v1/{area}/id/{id}/valves/update.

        Raises:
            NotFoundError: There is none of that id, or it has no valves.
            BadRequestError: A value does not fit `valves_spec`; most servers do not say which.
        """
        return await self._merge(script_id, "/valves", changes)

    @operation
    async def valves_spec(self, script_id: str) -> dict[str, Any]:
        """The valves that there are, as a JSON schema; empty when there are none.

        Route: GET /api/v1/{area}/id/{id}/valves/spec.
        """
        return await self._read(script_id, "/valves/spec")

    @operation
    async def get_user_valves(self, script_id: str) -> dict[str, Any]:
        """The valves that you have set for yourself.

        Route: GET /api/v1/{area}/id/{id}/valves/user.
        """
        return await self._read(script_id, "/valves/user")

    @operation
    async def update_user_valves(self, script_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Set these valves for yourself and leave the others; None puts one back to its default.

        Routes: GET /api/v1/{area}/id/{id}/valves/user, POST /api/v1/{area}/id/{id}/valves/user/update.

        Raises: as `update_valves`; for a function that is not active a BadRequestError, from Open WebUI 0.11 on.
        """
        return await self._merge(script_id, "/valves/user", changes)

    @operation
    async def user_valves_spec(self, script_id: str) -> dict[str, Any]:
        """The valves that each user sets for himself, as a JSON schema; empty when there are none.

        Route: GET /api/v1/{area}/id/{id}/valves/user/spec.
        """
        return await self._read(script_id, "/valves/user/spec")

    async def _read(self, script_id: str, rest: str) -> dict[str, Any]:
        return mapping(await self._http.call(object, "GET", self._of(script_id, rest)))

    async def _merge(self, script_id: str, rest: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        if not changes:
            raise ValueError("no valves to set")
        wanted = {**await self._read(script_id, rest), **changes}
        path = self._of(script_id, f"{rest}/update")
        return mapping(await self._http.call(object, "POST", path, json=wanted, repeatable=True))


def _checked(one: Mapping[str, Any]) -> dict[str, Any]:
    """An exported script, which must have an id and a source."""
    return {**one, "id": checked_id(one.get("id", "")), "content": checked_content(one.get("content", ""))}


def _description(one: Mapping[str, Any]) -> str | None:
    return mapping(one.get("meta")).get("description")
