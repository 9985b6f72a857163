"""Skills: instructions, and files with them, that models read when they need them; from Open WebUI 0.8 on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import Any, List

from .._arguments import text, texts
from .._bulk import LIMIT, BulkResult, Progress
from .._dual import Done, M, operation, streaming
from .._pages import items, walk
from .._records import decode, mapping
from .._server import SKILL_FILES, SKILL_VERSIONS, SKILLS, TRANSLATIONS
from ..errors import BadRequestError
from ._access import Access, grants
from ._importing import import_each
from ._sharing import Grants, share
from ._skills import (
    OWN,
    Files,
    Skill,
    SkillFile,
    SkillFiles,
    as_exported,
    as_listed,
    checked_id,
    content_fields,
    plain_content,
    taken,
)
from ._switches import switch
from ._versions import Versioned

PAGE = 30


class Skills(Versioned[M, Skill]):
    """Skills that you may use. What changes them needs the right `workspace.skills`.

    Every call is an UnsupportedError on servers before 0.8.
    """

    _area = "skills"
    _record = Skill
    _keeps = SKILL_VERSIONS

    async def _path(self, skill_id: str, rest: str = "") -> str:
        path = self._of(skill_id, rest)
        await self._server.require(SKILLS)
        return path

    @operation
    async def list(self) -> List[Skill]:
        """List the skills that you may use, changed last first, without their contents. Route: GET /api/v1/skills/."""
        await self._server.require(SKILLS)
        return await self._http.call(List[Skill], "GET", "/api/v1/skills/")

    @streaming(type(None))
    async def search(self, query: str = "") -> AsyncGenerator[Skill | Done[None]]:
        """Skills with this in id, name, description or owner, changed last first, page by page; nothing finds all.

        Route: GET /api/v1/skills/list.
        """
        await self._server.require(SKILLS)

        async def fetch(page: int) -> List[Skill]:
            asked = {"query": query or None, "page": page}
            found = await self._http.call(object, "GET", "/api/v1/skills/list", params=asked)
            return [as_listed(row) for row in items(List[dict[str, Any]], found)]

        async with aclosing(walk(fetch, size=PAGE)) as skills:
            async for skill in skills:
                yield skill
        yield Done(None)

    @operation
    async def get(self, skill_id: str) -> Skill:
        """Fetch one skill, with its content. Route: GET /api/v1/skills/id/{id}.

        Raises:
            NotFoundError: There is no such skill.
            PermissionDeniedError: It is not for you.
        """
        return await self._http.call(Skill, "GET", await self._path(skill_id))

    @operation
    async def create(
        self,
        skill_id: str,
        name: str,
        content: str,
        *,
        description: str = "",
        files: Files | None = None,
        tags: Iterable[str] | None = None,
        access: Access = "private",
    ) -> Skill:
        """Make a skill; it works at once.

        Args:
            skill_id: Small letters, digits, `-` and `_`.
            name: What people and models see; no two skills have the same.
            content: The instructions, in Markdown.
            description: When it is of use.
            files: What it has besides; from Open WebUI 0.12 on.
            tags: Words to find it by.
            access: Who else may use or change it.

        Route: POST /api/v1/skills/create.

        Raises:
            ValueError: The id is none, or the name or the content is empty.
            ConflictError: The id or the name is taken.
            UnsupportedError: The server has no skills, or none with files.
        """
        said = {
            "id": checked_id(skill_id),
            "name": text(name, "a name"),
            "description": description,
            "meta": {"tags": texts(tags)},
            "access_grants": grants(access),
            **content_fields(text(content, "a content"), files),
        }
        await self._server.require(SKILL_FILES if files else SKILLS)
        return await self._create(said)

    async def _create(self, said: Mapping[str, Any]) -> Skill:
        try:
            return await self._http.call(Skill, "POST", "/api/v1/skills/create", json=said)
        except BadRequestError as error:
            raise taken(error) from None

    @operation
    async def update(
        self,
        skill_id: str,
        *,
        name: str | None = None,
        content: str | None = None,
        description: str | None = None,
        files: Files | None = None,
        tags: Iterable[str] | None = None,
        message: str | None = None,
    ) -> Skill:
        """Change what is given.

        Args:
            skill_id: Which.
            name: What people and models see.
            content: The instructions.
            description: When it is of use.
            files: All that it shall have besides; left out, they stay. From Open WebUI 0.12 on.
            tags: The words to find it by, all of them; an empty list for none.
            message: A word on the change for the list of versions; from Open WebUI 0.12 on.

        Routes: GET /api/v1/skills/id/{id}, POST /api/v1/skills/id/{id}/update.

        Raises:
            ValueError: Nothing is given, or a name or content that is empty.
            NotFoundError: There is no such skill.
            ConflictError: The name is taken, or somebody changed it at the same time, which servers before 0.12 do
                not notice.
            UnsupportedError: The server has no skills, none with files, or no versions to say a word on.
        """
        if all(one is None for one in (name, content, description, files, tags)):
            raise ValueError("nothing to change: give name, content, description, files or tags")
        given: dict[str, Any] = {} if name is None else {"name": text(name, "a name")}
        given |= {} if content is None else {"content": text(content, "a content")}
        given |= {} if description is None else {"description": description}
        given |= {} if message is None else {"commit_message": message}
        labels = None if tags is None else texts(tags)
        path = self._of(skill_id)
        await self._server.require(
            SKILL_FILES if files is not None else SKILL_VERSIONS if message is not None else SKILLS
        )
        current = await self._http.call(Skill, "GET", path)
        if labels is not None:
            given["meta"] = {**mapping(current.meta), "tags": labels}
        if files is not None:
            given |= content_fields(content or current.content or "", files, always=True)
        return await self._save(current, given)

    async def _save(self, current: Skill, given: Mapping[str, Any]) -> Skill:
        """Change a skill that was just read, unless somebody else did meanwhile."""
        kept = {key: current[key] for key in ("id", "name", "description", "content", "meta", "is_active")}
        if "files" in given:
            kept.pop("content")
        said = {**kept, **given, "expected_version_id": current.version_id}
        try:
            return await self._http.call(Skill, "POST", self._of(current.id, "/update"), json=said)
        except BadRequestError as error:
            raise taken(error) from None

    @operation
    async def set_access(self, skill_id: str, access: Access) -> Skill:
        """Say who else may use or change it.

        Routes: POST /api/v1/skills/id/{id}/access/update; before 0.12.4 also GET /api/v1/skills/id/{id}.

        Raises:
            NotFoundError: There is no such skill.
            PermissionDeniedError: You may not change it, or not give that access.
        """
        wanted = grants(access)
        path = await self._path(skill_id, "/access/update")

        async def give(given: Grants) -> Skill:
            return await self._http.call(Skill, "POST", path, json={"access_grants": given}, repeatable=True)

        return await share(self._server, wanted, lambda: self.get(skill_id), give)

    @operation
    async def enable(self, skill_id: str) -> Skill:
        """Let models use it; also if they may already.

        Routes: GET /api/v1/skills/id/{id}, POST /api/v1/skills/id/{id}/toggle.

        Raises:
            NotFoundError: There is no such skill.
        """
        return await self._switch(skill_id, wanted=True)

    @operation
    async def disable(self, skill_id: str) -> Skill:
        """Let models use it no more, and keep it; also if they may not.

        Routes: GET /api/v1/skills/id/{id}, POST /api/v1/skills/id/{id}/toggle.

        Raises:
            NotFoundError: There is no such skill.
        """
        return await self._switch(skill_id, wanted=False)

    async def _switch(self, skill_id: str, *, wanted: bool) -> Skill:
        path = await self._path(skill_id, "/toggle")

        async def toggle() -> Skill:
            return await self._http.call(Skill, "POST", path)

        return await switch(lambda: self.get(skill_id), toggle, "is_active", wanted=wanted)

    @operation
    async def restore(self, thing_id: str, version_id: str) -> Skill:
        """Make a saved version the current one; those saved after it stay.

        Routes: GET /api/v1/skills/id/{id}, POST /api/v1/skills/id/{id}/update/version.

        Raises:
            NotFoundError: There is no such skill, or no such version of it.
            ConflictError: Somebody changed it at the same time.
        """
        path = self._of(thing_id, "/update/version")
        await self._server.require(SKILL_VERSIONS)
        current = await self.get(thing_id)
        said = {"version_id": version_id, "expected_version_id": current.version_id}
        return await self._http.call(Skill, "POST", path, json=said)

    @operation
    async def files(self, skill_id: str) -> List[SkillFile]:
        """List its files, the content as `SKILL.md` among them. Route: GET /api/v1/skills/id/{id}/files.

        Raises:
            NotFoundError: There is no such skill.
            UnsupportedError: The server's skills have no files.
        """
        path = self._of(skill_id, "/files")
        await self._server.require(SKILL_FILES)
        return (await self._http.call(SkillFiles, "GET", path)).files

    @operation
    async def read_file(self, skill_id: str, path: str) -> bytes:
        """What is in one of its files.

        Routes: GET /api/v1/skills/id/{id}, GET /api/v1/skills/id/{id}/files/content.

        Raises:
            NotFoundError: There is no such skill, or no such file.
            UnsupportedError: The server's skills have no files.
        """
        await self._server.require(SKILL_FILES)
        asked = {"path": text(path, "a path"), "version_id": (await self.get(skill_id)).version_id}
        async with (
            self._http.stream("GET", self._of(skill_id, "/files/content"), params=asked) as response,
            aclosing(self._http.runtime.chunks(response)) as chunks,
        ):
            return b"".join([chunk async for chunk in chunks])

    @operation
    async def clone(self, skill_id: str, new_id: str, name: str, *, version_id: str | None = None) -> Skill:
        """Copy a skill with its files; nobody else has access to the copy.

        Args:
            skill_id: Which.
            new_id: The copy's id.
            name: The copy's name; no two skills have the same.
            version_id: The saved version to copy; left out, the current one.

        Routes: POST /api/v1/skills/id/{id}/clone; before 0.12 GET /api/v1/skills/id/{id}, POST /api/v1/skills/create.

        Raises:
            ValueError: The new id is none, or the name is empty.
            NotFoundError: There is no such skill, or no such version of it.
            ConflictError: The new id or the name is taken.
            UnsupportedError: A version is given, and the server keeps none.
        """
        path, said = self._of(skill_id, "/clone"), {"id": checked_id(new_id), "name": text(name, "a name")}
        await self._server.require(SKILLS if version_id is None else SKILL_VERSIONS)
        if await self._server.has(SKILL_FILES):
            return await self._http.call(Skill, "POST", path, json={**said, "version_id": version_id})
        skill = await self.get(skill_id)
        kept = {key: skill[key] for key in (*OWN, "content")}
        copy = await self._create({**kept, **said, "access_grants": grants("private")})
        return decode(Skill, {**copy, "content": skill.content})

    @operation
    async def diff_file(self, skill_id: str, from_id: str, to_id: str, path: str) -> str | None:
        """What differs in one file between two saved versions, as a unified diff; None when it is no text.

        Route: GET /api/v1/skills/id/{id}/history/diff/file.

        Raises:
            NotFoundError: There is no such skill, version or file.
            UnsupportedError: The server's skills have no files.
        """
        route = self._of(skill_id, "/history/diff/file")
        ids = {"from_id": text(from_id, "a version's id"), "to_id": text(to_id, "a version's id")}
        query = {**ids, "path": text(path, "a path")}
        await self._server.require(SKILL_FILES)
        found = await self._http.call(dict[str, Any], "GET", route, params=query)
        return None if found.get("binary") else str(found.get("diff") or "")

    @operation
    async def delete(self, skill_id: str) -> None:
        """Delete a skill with its files and versions, for good. Route: DELETE /api/v1/skills/id/{id}/delete.

        Raises:
            NotFoundError: There is no such skill.
        """
        await self._http.call(bool, "DELETE", await self._path(skill_id, "/delete"))

    @operation
    async def export(self) -> List[dict[str, Any]]:
        """All skills that you may use, each with its `files`, the content among them, for `import_`.

        Route: GET /api/v1/skills/export.

        Raises:
            PermissionDeniedError: You may not export skills.
        """
        await self._server.require(SKILLS)
        rows = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/skills/export")
        return [as_exported(row) for row in rows]

    @operation
    async def import_(
        self,
        skills: Iterable[Mapping[str, Any]],
        *,
        replace: bool = False,
        limit: int = LIMIT,
        progress: Progress | None = None,
    ) -> BulkResult:
        """Bring skills from `export`, of this server or another. Those in `succeeded` are ids.

        Args:
            skills: As exported; who had access elsewhere has none here. Failures are, before 0.12, those with more
                files than the content, and before 0.11 those with translations.
            replace: Whether those that are there are replaced; else they are failures.
            limit: How many run at once.
            progress: Called after each.

        Routes: POST /api/v1/skills/create, GET /api/v1/skills/id/{id}, POST /api/v1/skills/id/{id}/update.

        Raises:
            ValueError: One has no id; nothing was sent.
        """
        given = [{**as_exported(one), "id": checked_id(one.get("id", ""))} for one in skills]
        await self._server.require(SKILLS)

        async def create(one: dict[str, Any]) -> None:
            await self._create({**await self._content(one), "access_grants": grants("private")})

        async def renew(one: dict[str, Any]) -> None:
            await self._save(await self.get(one["id"]), await self._content(one))

        again = renew if replace else None
        return await import_each(self._http.runtime, given, create, again, limit=limit, progress=progress)

    async def _content(self, one: dict[str, Any]) -> dict[str, Any]:
        """An exported skill as this server takes it."""
        if await self._server.has(SKILL_FILES):
            return one
        if mapping(one.get("meta")).get("i18n"):
            await self._server.require(TRANSLATIONS)
        content = plain_content(one["files"])
        if content is None:
            await self._server.require(SKILL_FILES)
        return {**{key: one[key] for key in one if key != "files"}, "content": content}
