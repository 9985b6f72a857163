"""Knowledge bases: collections of files that answers are looked up in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, List, cast

from .._arguments import text, texts
from .._bulk import Progress, for_each
from .._dual import Async, M, operation
from .._http import segment
from .._server import CHECKED_QUERIES, DIRECTORY_SYNC, KNOWLEDGE_EXPORT
from ..errors import OpenWebUIError, PermissionDeniedError
from ._directory import scan
from ._hits import Hit, hits
from ._knowledge_directories import KnowledgeDirectories
from ._knowledge_files import UPLOADS_AT_ONCE
from ._knowledge_lists import knowledge_path
from ._knowledge_records import (
    Creations,
    Deletions,
    Directory,
    Knowledge,
    KnowledgeFile,
    NewKnowledge,
    Uploads,
    failed,
    succeeded,
)
from ._sources import Source, named, sources
from ._sync import Sync, SyncByHand, SyncReport

BASES_AT_ONCE = 3
__all__ = [
    "Creations",
    "Deletions",
    "Directory",
    "Hit",
    "Knowledge",
    "KnowledgeBases",
    "KnowledgeFile",
    "SyncReport",
    "Uploads",
]


class KnowledgeBases(KnowledgeDirectories[M]):
    """Knowledge bases that you can read; an administrator sees all."""

    @operation
    async def create_all(
        self,
        wanted: Mapping[str, Source | Iterable[Source]] | Iterable[Mapping[str, Any]],
        *,
        limit: int = BASES_AT_ONCE,
        progress: Progress | None = None,
    ) -> Creations:
        """Make several knowledge bases with their files; one has succeeded when every file is in it.

        Where a file failed, the knowledge base stays, with the files that went in.

        Args:
            wanted: Names with paths or open files; or mappings with `name`, and if you like `description` and `files`.
            limit: How many knowledge bases are filled at once.
            progress: Called after each one.

        Routes: POST /api/v1/knowledge/create, POST /api/v1/files/, POST /api/v1/knowledge/{id}/file/add.

        Raises:
            FileNotFoundError: A path is not there; nothing was made.
            ValueError: A name is empty, or there is nothing to make.
        """
        listed = _wanted(wanted)

        async def make(one: NewKnowledge) -> Knowledge:
            made = await self.create(one.name, one.description)
            lost = (await self.upload_all(made.id, one.files)).failed if one.files else []
            if lost:
                reasons = "; ".join(f"{failure.item}: {failure.error}" for failure in lost)
                raise OpenWebUIError(f"{len(lost)} of {len(one.files)} files are not in it: {reasons}")
            return made

        outcomes = await for_each(self._http.runtime, listed, make, limit=limit, progress=progress)
        return Creations(succeeded=succeeded(outcomes), failed=failed(outcomes, lambda one: one.name))

    @operation
    async def delete_all(self, *, confirm: bool, progress: Progress | None = None) -> Deletions:
        """Delete every knowledge base that you may change, for good; for an administrator those of all users.

        Args:
            confirm: Must be True.
            progress: Called after each one.

        Routes: GET /api/v1/knowledge/, DELETE /api/v1/knowledge/{id}/delete.

        Raises:
            ValueError: It is not confirmed.
        """
        if confirm is not True:
            raise ValueError("this deletes all knowledge bases: confirm=True is needed")
        return await self._delete_these([one for one in await self.list() if _changeable(one)], progress)

    @operation
    async def delete_by_keyword(
        self, keyword: str, *, case_sensitive: bool = False, progress: Progress | None = None
    ) -> Deletions:
        """Delete every knowledge base that you may change and that has the keyword in its name, for good.

        Routes: GET /api/v1/knowledge/, DELETE /api/v1/knowledge/{id}/delete.

        Raises:
            ValueError: The keyword is empty.
        """
        piece = text(keyword, "a keyword")
        fold = str if case_sensitive else str.casefold
        matches = [one for one in await self.list() if fold(piece) in fold(one.name) and _changeable(one)]
        return await self._delete_these(matches, progress)

    async def _delete_these(self, bases: List[Knowledge], progress: Progress | None) -> Deletions:
        async def delete(one: Knowledge) -> Knowledge:
            await self.delete(one.id)
            return one

        outcomes = await for_each(self._http.runtime, bases, delete, progress=progress)
        return Deletions(succeeded=succeeded(outcomes), failed=failed(outcomes, lambda one: one.name))

    @operation
    async def sync(
        self,
        knowledge_id: str,
        directory: str | os.PathLike[str],
        *,
        ignore: Iterable[str] | None = None,
        dry_run: bool = False,
        limit: int = UPLOADS_AT_ONCE,
        progress: Progress | None = None,
    ) -> SyncReport:
        """Make a knowledge base hold what a directory holds: what is new or changed goes in, everything else out.

        Files are compared by path and SHA-256. A file goes out when its new version is in; a failure leaves it, and
        the next sync goes on from there. Where a file has to make room first, because the server takes no two with the
        same text, it comes back if that fails. What goes out is deleted on the server, unless another knowledge base
        that you can read holds it too. Servers before 0.9.6 have no directories in a knowledge base: there
        the files are side by side, and their paths are kept with their metadata.

        Args:
            knowledge_id: Its id.
            directory: What is in it and below it; links to directories are not followed.
            ignore: Patterns in the manner of a `.gitignore`: `*.log`, `build/`, `/docs/*.md`, `!keep.log`. Names that
                begin with a dot are ignored anyway, unless taken back, as with `!.github`.
            dry_run: Only say what would be done.
            limit: How many files are uploaded at once.
            progress: Called after each step; a file is two, its upload and its entry.

        Routes: POST /api/v1/knowledge/{id}/sync/diff, POST /api/v1/knowledge/{id}/sync/cleanup,
        POST /api/v1/knowledge/{id}/dirs/create, GET /api/v1/knowledge/{id}/files, POST /api/v1/files/,
        GET /api/v1/files/{id}/process/status, POST /api/v1/knowledge/{id}/file/add; for what makes room, and for all
        that goes out on servers before 0.11.4, GET /api/v1/files/{id}/data/content,
        POST /api/v1/knowledge/{id}/file/remove, GET /api/v1/knowledge/search/files, DELETE /api/v1/files/{id}.

        Raises:
            FileNotFoundError: There is no such directory.
            ValueError: It is no directory, or there is nothing in it: that would empty the knowledge base.
            NotFoundError: There is no such knowledge base.
        """
        segment(knowledge_id)
        found = scan(directory, ignore)
        kind = Sync if await self._server.has(DIRECTORY_SYNC) else SyncByHand
        work = kind(cast("KnowledgeBases[Async]", self), knowledge_id, Path(directory), found)
        plan = await work.plan()
        return work.forecast(plan) if dry_run else await work.run(plan, limit=limit, progress=progress)

    @operation
    async def query(self, knowledge_ids: str | Iterable[str], question: str, *, limit: int | None = None) -> List[Hit]:
        """The pieces of text in these knowledge bases that are nearest to a question, the nearest first.

        Args:
            knowledge_ids: One id or several.
            question: What to look for, by its meaning.
            limit: How many pieces; left out, as many as the server is set to.

        Routes: POST /api/v1/retrieval/query/collection, GET /api/v1/knowledge/{id}.

        Raises:
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: One of them is not for you.
        """
        ids = texts(knowledge_ids)
        if not ids or (limit is not None and limit < 1):
            raise ValueError(f"a query needs a knowledge base and a limit above 0, not {ids!r} and {limit!r}")
        body = {"collection_names": ids, "query": text(question, "a question"), "k": limit}
        path, checks = "/api/v1/retrieval/query/collection", await self._server.has(CHECKED_QUERIES)
        if not checks:
            await self._check_readable(ids)
        try:
            found = hits(await self._http.call(object, "POST", path, json=body, repeatable=True))
        except PermissionDeniedError:  # or it is not there
            await self._check_readable(ids)
            raise
        if checks and (len(ids) > 1 or not found):
            await self._check_readable(ids)  # to administrators, one that is not there is one without an answer
        return found

    async def _check_readable(self, knowledge_ids: List[str]) -> None:
        for knowledge_id in knowledge_ids:
            await self.get(knowledge_id)

    @operation
    async def reindex(self) -> None:
        """Index the files of all knowledge bases of all users again, as after another embedding model was set.

        This takes as long as it takes: think of `with_options(timeout=…)`. A file that fails is left out, and the
        server says so only in its log. Administrators only.

        Route: POST /api/v1/knowledge/reindex.

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        await self._http.call(object, "POST", "/api/v1/knowledge/reindex")

    @operation
    async def export(self, knowledge_id: str, to: str | os.PathLike[str] = ".", *, overwrite: bool = False) -> Path:
        """Write a ZIP file with the texts of all its files, and give back where it is; administrators only.

        Args:
            knowledge_id: Its id.
            to: An existing directory, for a file named as the knowledge base; or a path.
            overwrite: Replace what is there.

        Route: GET /api/v1/knowledge/{id}/export.

        Raises:
            FileExistsError: The target exists.
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: You are no administrator.
        """
        path = f"{knowledge_path(knowledge_id)}/export"
        await self._server.require(KNOWLEDGE_EXPORT)
        return await self._files._save(path, Path(to), f"{knowledge_id}.zip", overwrite=overwrite)


def _changeable(knowledge: Knowledge) -> bool:
    return knowledge.write_access is not False


def _wanted(given: Mapping[str, Source | Iterable[Source]] | Iterable[Mapping[str, Any]]) -> List[NewKnowledge]:
    """Both ways to say what is to be made, in one form; every file is looked at."""
    rows = cast("Iterable[Mapping[str, Any]]", given)
    if isinstance(given, Mapping):
        rows = [{"name": name, "files": files} for name, files in cast("Mapping[str, Any]", given).items()]
    listed = [
        NewKnowledge(text(row["name"], "a name"), row.get("description") or "", sources(row.get("files") or ()))
        for row in rows
    ]
    if not listed:
        raise ValueError("there are no knowledge bases to make")
    for source in (source for one in listed for source in one.files):
        named(source)
    return listed
