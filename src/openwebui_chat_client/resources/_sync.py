"""How a directory gets into a knowledge base: what differs is sent, and nothing goes before its successor is in."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .._bulk import Failure, Progress, for_each
from .._dual import Async
from .._records import Record, mapping
from .._runtime import Runtime
from .._server import SPARING_CLEANUP
from ..errors import BadRequestError, OpenWebUIError, PermissionDeniedError
from ._directory import LocalFile, Scan
from ._knowledge_lists import knowledge_path
from ._knowledge_records import KEPT_PATH, KnowledgeFile
from ._sync_plan import Difference, Held, Plan, compare, read, refine

if TYPE_CHECKING:
    from .files import File
    from .knowledge import KnowledgeBases


class SyncReport(Record):
    """What a sync did, or with `dry_run` would do; paths are relative to the directory, with `/`."""

    dry_run: bool
    added: list[str]
    changed: list[str]
    deleted: list[str]
    """A path that was there several times is here, too: what is left of it is the directory's."""
    unchanged: int
    """How many were the same already."""
    skipped: list[Failure]
    """What a knowledge base cannot hold: empty files, and the second of two with the same bytes."""
    failed: list[Failure]
    """What the server did not take; the former file stays, unless the text of it is now that of another one."""


@dataclass
class Sync:
    """One sync of one directory."""

    bases: KnowledgeBases[Async]
    knowledge_id: str
    top: Path
    scan: Scan
    loose: dict[str, File] = field(default_factory=dict[str, "File"])
    """Uploaded and not in the knowledge base, by path."""
    out: dict[str, Held] = field(default_factory=dict[str, Held])
    """Taken out of the knowledge base and not deleted yet."""
    back: set[str] = field(default_factory=set[str])
    """Ids of what was taken out and put back."""

    @property
    def _runtime(self) -> Runtime:
        return self.bases._http.runtime

    async def plan(self) -> Plan:
        """What would have to change for the knowledge base to hold the same."""
        body, path = {"manifest": self.scan.manifest}, f"{knowledge_path(self.knowledge_id)}/sync/diff"
        plan = read(await self.bases._http.call(Difference, "POST", path, json=body, repeatable=True))
        seen = plan.unchanged + len(plan.changed()) + len(plan.leaving)
        if plan.leaving or await self._count() > seen:
            return refine(plan, await self._holdings(), self.scan.files)
        return plan

    async def _count(self) -> int:
        query, path = {"page": 1, "limit": 1}, f"{knowledge_path(self.knowledge_id)}/files"
        return int(mapping(await self.bases._http.call(object, "GET", path, params=query)).get("total") or 0)

    async def _holdings(self) -> list[Held]:
        """All files in the knowledge base."""
        return [_held(file) for file in await self.bases.files(self.knowledge_id)]

    def forecast(self, plan: Plan) -> SyncReport:
        """The plan in words."""
        return self._report(plan, {}, plan.leaving, dry_run=True)

    async def run(self, plan: Plan, *, limit: int, progress: Progress | None) -> SyncReport:
        """Make it so: upload, add, and remove what that leaves stale; each for all before the next."""
        try:
            errors = await self._send(plan, limit=limit, progress=progress)
            leaving = self._leaving(plan, errors)
            await self._clear(plan, leaving, limit=limit)
        except BaseException:
            async with self._runtime.shield():
                await self._delete_loose()
            raise
        await self._delete_loose()
        return self._report(plan, errors, leaving, dry_run=False)

    async def _delete_loose(self) -> None:
        await for_each(self._runtime, [file.id for file in self.loose.values()], self.bases._files.delete)

    async def _send(self, plan: Plan, *, limit: int, progress: Progress | None) -> dict[str, Exception]:
        """Upload and add; what went wrong with which path."""
        wanted = [file for file in self.scan.files if file.path in plan.former]
        steps = 2 * len(wanted)
        uploads = await for_each(self._runtime, wanted, self._upload, limit=limit, progress=_part(progress, 0, steps))
        ready = [outcome.item for outcome in uploads if outcome.error is None]
        folders = await self._make_directories(plan)
        add = partial(self._add, folders)
        so_far = steps - len(ready)
        entries = await for_each(self._runtime, ready, add, limit=limit, progress=_part(progress, so_far, steps))
        errors = {one.item.path: one.error for one in [*uploads, *entries] if one.error is not None}
        refused = [file for file in ready if isinstance(errors.get(file.path), BadRequestError)]
        return await self._replace(plan, errors, refused, add) if refused else errors

    async def _upload(self, file: LocalFile) -> None:
        self.loose[file.path] = await self.bases._ready(self.top / file.path, file.name)

    async def _make_directories(self, plan: Plan) -> dict[str, str]:
        folders = dict(plan.folders)
        for path in plan.mkdir:
            parent, _, name = path.rpartition("/")
            made = await self.bases._make_directory(self.knowledge_id, name, folders.get(parent))
            folders[path] = made.id
        return folders

    async def _add(self, folders: dict[str, str], file: LocalFile) -> None:
        await self.bases._add_or_not(self.knowledge_id, self.loose[file.path].id, folders.get(file.parent))
        del self.loose[file.path]

    async def _replace(
        self,
        plan: Plan,
        errors: dict[str, Exception],
        refused: list[LocalFile],
        add: Callable[[LocalFile], Awaitable[None]],
    ) -> dict[str, Exception]:
        """Try those again whose text is still held by what is to go: as names that were swapped, or a moved file."""
        held = {one.text_hash: one for one in await self._holdings() if one.text_hash}
        twins = {file.path: held.get(await self._text_hash(file)) for file in refused}
        while True:
            left = {path: error for path, error in errors.items() if path not in twins}
            leaving = self._leaving(plan, left)
            stuck = [path for path, twin in twins.items() if twin is None or twin.id not in leaving]
            if not stuck:
                break
            for path in stuck:
                del twins[path]

        async def swap(file: LocalFile) -> None:
            if twin := twins[file.path]:
                await self._swap(twin, partial(add, file))

        again = await for_each(self._runtime, [file for file in refused if file.path in twins], swap, limit=1)
        return left | {one.item.path: one.error for one in again if one.error is not None}

    async def _text_hash(self, file: LocalFile) -> str:
        """Of an upload; the server has forgotten it, as it does where it has refused one."""
        text = await self.bases._files.text(self.loose[file.path].id)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    async def _swap(self, twin: Held, add: Callable[[], Awaitable[None]]) -> None:
        """Take out the one with the same text, and add; if that fails, the other comes back."""
        await self.bases.remove(self.knowledge_id, twin.id)
        try:
            await add()
        except BaseException as error:
            self.back.add(twin.id)
            async with self._runtime.shield():
                [outcome] = await for_each(self._runtime, [twin], self._put_back)
            if outcome.error is not None and isinstance(error, OpenWebUIError):
                lost = f"the former file {twin.id} ({twin.path}) could not be put back: {outcome.error}"
                raise OpenWebUIError(f"{error}; and {lost}") from error
            raise
        self.out[twin.id] = twin

    async def _put_back(self, twin: Held) -> None:
        await self.bases._add(self.knowledge_id, twin.id, twin.directory_id)

    def _leaving(self, plan: Plan, errors: dict[str, Exception]) -> dict[str, Held]:
        """What may go: that whose successor is in, and what the directory has not, not even as one that failed."""
        needed = {file.checksum for file in self.scan.files if file.path in errors}
        leaving = {id_: one for id_, one in plan.leaving.items() if one.checksum not in needed}
        for path, former in plan.former.items():
            if path not in errors:
                leaving |= {file_id: Held(file_id, path, "", "", None) for file_id in former}
        return {file_id: one for file_id, one in leaving.items() if file_id not in self.back}

    async def _clear(self, plan: Plan, leaving: dict[str, Held], *, limit: int) -> None:
        """Out with what is stale; a directory in which something has to stay, stays."""
        directories = plan.rmdir if plan.leaving.keys() <= leaving.keys() else []
        present = {file_id: one for file_id, one in leaving.items() if file_id not in self.out}
        if not await self.bases._server.has(SPARING_CLEANUP):
            jobs = [partial(self._discard, one) for one in present.values()]
            await self._runtime.gather(jobs, limit=limit)
            present = {}
        if present or directories:
            body, path = {"file_ids": [*present], "dir_ids": directories}, f"{knowledge_path(self.knowledge_id)}"
            await self.bases._http.call(object, "POST", f"{path}/sync/cleanup", json=body, repeatable=True)
        for one in self.out.values():
            await self.bases._let_go(one.id, _name(one.path))

    async def _discard(self, one: Held) -> None:
        await self.bases._discard(self.knowledge_id, one.id, _name(one.path))

    def _report(
        self, plan: Plan, errors: dict[str, Exception], leaving: dict[str, Held], *, dry_run: bool
    ) -> SyncReport:
        return SyncReport(
            dry_run=dry_run,
            added=plan.added(without=errors),
            changed=plan.changed(without=errors),
            deleted=sorted(one.path for file_id, one in plan.leaving.items() if file_id in leaving),
            unchanged=plan.unchanged,
            skipped=self.scan.skipped,
            failed=[Failure(item=path, error=str(errors[path])) for path in sorted(errors)],
        )


class SyncByHand(Sync):
    """For servers that do not compare, and have no directories: the path is kept with a file's metadata."""

    async def plan(self) -> Plan:
        """What would have to change for the knowledge base to hold the same."""
        base = await self.bases.get(self.knowledge_id)
        if base.write_access is False:
            raise PermissionDeniedError(f"you do not have permission to change the knowledge base {base.name!r}")
        return compare(await self._holdings(), self.scan.files)

    async def _upload(self, file: LocalFile) -> None:
        self.loose[file.path] = await self.bases._ready(self.top / file.path, file.name, {KEPT_PATH: file.path})


def _held(file: KnowledgeFile) -> Held:
    return Held(file.id, file.full_name, mapping(file.meta).get("file_hash") or "", file.hash or "", file.directory_id)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _part(progress: Progress | None, before: int, steps: int) -> Progress | None:
    """Progress of one part of the work, counted in the whole."""
    return None if progress is None else lambda done, _: progress(before + done, steps)
