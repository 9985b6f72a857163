"""How a directory gets into a knowledge base: what differs is sent, and nothing goes before its successor was read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._bulk import Failure, Progress, for_each
from .._dual import Async
from .._http import segment
from .._records import Record, mapping
from ..errors import OpenWebUIError
from ._directory import LocalFile, Scan
from ._knowledge_records import failed

if TYPE_CHECKING:
    from .files import File
    from .knowledge import KnowledgeBases


class SyncReport(Record):
    """What a sync did, or with `dry_run` would do; paths are relative to the directory, with `/`."""

    dry_run: bool
    added: list[str]
    changed: list[str]
    deleted: list[str]
    unchanged: int
    """How many were the same already."""
    skipped: list[Failure]
    """What a knowledge base cannot hold: empty files, and the second of two with the same bytes."""
    failed: list[Failure]
    """What the server did not take. Of one that it cannot read, the former file stays; one that it has read and then
    refuses is missing until the next sync: its former file had to go first."""


class Difference(Record):
    """The server's comparison."""

    added: list[dict[str, Any]]
    modified: list[dict[str, Any]]
    deleted: list[dict[str, Any]]
    mkdir: list[str]
    """Paths, parents first."""
    rmdir: list[str]
    """Ids."""
    unmodified_count: int = 0
    directory_map: dict[str, str]
    """Path to id."""


@dataclass
class Sync:
    """One sync of one directory."""

    bases: KnowledgeBases[Async]
    knowledge_id: str
    top: Path
    scan: Scan

    @property
    def path(self) -> str:
        """The knowledge base's own path on the server."""
        return f"/api/v1/knowledge/{segment(self.knowledge_id)}"

    async def compare(self) -> Difference:
        """What the server would have to change to hold the same."""
        body, path = {"manifest": self.scan.manifest}, f"{self.path}/sync/diff"
        return await self.bases._http.call(Difference, "POST", path, json=body, repeatable=True)

    async def plan(self, difference: Difference) -> SyncReport:
        """The difference in words."""
        return SyncReport(
            dry_run=True,
            added=sorted(map(_path, difference.added)),
            changed=sorted(map(_path, difference.modified)),
            deleted=sorted(await self._paths(difference)),
            unchanged=difference.unmodified_count,
            skipped=self.scan.skipped,
            failed=[],
        )

    async def run(self, difference: Difference, *, limit: int, progress: Progress | None) -> SyncReport:
        """Make it so: upload, make directories, remove what is stale, add; each for all before the next."""
        runtime, plan = self.bases._http.runtime, await self.plan(difference)
        wanted = [file for file in self.scan.files if file.path in {*plan.added, *plan.changed}]
        steps = 2 * len(wanted)
        uploaded = await for_each(runtime, wanted, self._upload, limit=limit, progress=_part(progress, 0, steps))
        ready = [(outcome.item, outcome.result) for outcome in uploaded if outcome.result is not None]
        folders = await self._prepare(difference, ready)

        async def add(one: tuple[LocalFile, File]) -> None:
            await self.bases._enter(self.knowledge_id, one[1], folders.get(one[0].parent))

        added = await for_each(runtime, ready, add, limit=limit, progress=_part(progress, steps - len(ready), steps))
        lost = [*failed(uploaded, lambda file: file.path), *failed(added, lambda one: one[0].path)]
        missing = {failure.item for failure in lost}
        return SyncReport(
            dry_run=False,
            added=[path for path in plan.added if path not in missing],
            changed=[path for path in plan.changed if path not in missing],
            deleted=plan.deleted,
            unchanged=plan.unchanged,
            skipped=plan.skipped,
            failed=lost,
        )

    async def _upload(self, file: LocalFile) -> File:
        return await self.bases._ready(self.top / file.path, file.name)

    async def _prepare(self, difference: Difference, ready: list[tuple[LocalFile, File]]) -> dict[str, str]:
        """Directories made, and what is stale removed; the ids of directories by their paths."""
        http, folders = self.bases._http, dict(difference.directory_map)
        arrived = {file.path for file, _ in ready}
        stale = [row["stale_file_id"] for row in difference.modified if _path(row) in arrived]
        leaving = [row["file_id"] for row in difference.deleted] + stale
        try:
            for path in difference.mkdir:
                parent, _, name = path.rpartition("/")
                body = {"name": name, "parent_id": folders.get(parent)}
                made = await http.call(dict[str, Any], "POST", f"{self.path}/dirs/create", json=body)
                folders[path] = made["id"]
            await self._remove(leaving, difference.rmdir)
        except OpenWebUIError:
            await for_each(http.runtime, [file.id for _, file in ready], self.bases._files.delete)
            raise
        return folders

    async def _remove(self, files: list[str], directories: list[str]) -> None:
        if files or directories:
            body, path = {"file_ids": files, "dir_ids": directories}, f"{self.path}/sync/cleanup"
            await self.bases._http.call(object, "POST", path, json=body, repeatable=True)

    async def _paths(self, difference: Difference) -> list[str]:
        """The server names only the files that go; where they are stands in its list."""
        if not difference.deleted:
            return []
        folders = {folder_id: path for path, folder_id in difference.directory_map.items()}
        async with self.bases.iter_files(self.knowledge_id) as files:
            known = {
                file.id: _path({"path": folders.get(file.directory_id or ""), "filename": file.filename})
                async for file in files
            }
        return [known.get(row["file_id"]) or str(row["filename"]) for row in difference.deleted]


class SyncByHand(Sync):
    """For servers that do not compare, and have no directories: path and checksum are kept with a file's metadata."""

    async def compare(self) -> Difference:
        """What the server would have to change to hold the same."""
        held: dict[str, tuple[str, str]] = {}
        async with self.bases.iter_files(self.knowledge_id) as files:
            async for file in files:
                kept = mapping(mapping(file.meta).get("data"))
                held[kept.get("path", file.filename)] = (file.id, kept.get("sha256", ""))
        here = {file.path: file for file in self.scan.files}
        known = here.keys() & held.keys()
        changed = [path for path in known if held[path][1] != here[path].checksum]
        return Difference(
            added=[_row(here[path]) for path in here.keys() - known],
            modified=[{**_row(here[path]), "stale_file_id": held[path][0]} for path in changed],
            deleted=[{"file_id": held[path][0], "filename": path} for path in held.keys() - known],
            unmodified_count=len(known) - len(changed),
            mkdir=[],
            rmdir=[],
            directory_map={},
        )

    async def _upload(self, file: LocalFile) -> File:
        kept = {"path": file.path, "sha256": file.checksum}
        return await self.bases._ready(self.top / file.path, file.name, kept)

    async def _remove(self, files: list[str], directories: list[str]) -> None:  # noqa: ARG002 - there are none
        for file_id in files:
            await self.bases.remove(self.knowledge_id, file_id, delete_file=True)

    async def _paths(self, difference: Difference) -> list[str]:
        return [row["filename"] for row in difference.deleted]


def _row(file: LocalFile) -> dict[str, str]:
    return {"path": file.parent, "filename": file.name}


def _path(row: dict[str, Any]) -> str:
    return f"{row['path']}/{row['filename']}" if row["path"] else row["filename"]


def _part(progress: Progress | None, before: int, steps: int) -> Progress | None:
    """Progress of one part of the work, counted in the whole."""
    return None if progress is None else lambda done, _: progress(before + done, steps)
