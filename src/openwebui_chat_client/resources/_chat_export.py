"""Chats out of the server and into one: as JSON without loss, and as Markdown to read."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

from .._bulk import Progress
from .._dual import Async, M, operation
from .._lines import lines
from .._records import decode
from .._server import ALL_CHATS, ALL_CHATS_BY_LINE, TIDY_TAGS
from ..errors import (
    APIResponseError,
    AuthenticationError,
    BadRequestError,
    OpenWebUIError,
    PayloadTooLargeError,
    PermissionDeniedError,
    UnprocessableError,
)
from ._chat_files import Exported, batches, exported, form, line, repeatable, rows
from ._chat_lists import EVERYWHERE
from ._chat_markdown import markdown
from ._chat_records import (
    Chat,
    ChatSummary,
    ExportedChat,
    ExportReport,
    ImportedChat,
    ImportReport,
    UnimportedChat,
)
from ._chat_states import ChatStates
from ._chat_tags import RESERVED, ChatTags, tag_id
from ._saving import refuse_existing, saving
from .folders import Folder, Folders, path_of

REFUSED = (BadRequestError, UnprocessableError, PayloadTooLargeError)
"""Answers that may mean a single chat of many; nothing was stored."""


class Naming(NamedTuple):
    """What an account calls the things that chats refer to by id."""

    folders: List[Folder]
    tags: Dict[str, str]

    def export(self, chat: Chat) -> ExportedChat:
        path = path_of(chat.folder_id, self.folders) if chat.folder_id else None
        return exported(chat, path, [self.tags.get(tag, tag) for tag in chat.tag_ids])


class Homes(NamedTuple):
    """How many chats are imported, where they go, and which tags the account has."""

    total: int
    folders: Dict[tuple[str | None, tuple[str, ...]], str | None]
    tags: set[str]
    makes_tags: bool
    """Whether the server makes, as it imports a chat, the tags that it has."""

    def folder(self, row: ExportedChat) -> str | None:
        return self.folders.get(_place(row))

    def new_tags(self, row: ExportedChat) -> Dict[str, str]:
        """Tags that the account lacks and that the import would not make, or would name by their ids."""
        named = {tag_id(name): name for name in row.get("tag_names") or ()}
        new = {tag: named.get(tag, tag) for tag in row.tag_ids if tag not in {RESERVED, *self.tags}}
        return {tag: name for tag, name in new.items() if tag != name or not self.makes_tags}


class ChatExport(ChatStates[M], ChatTags[M]):
    """Exporting and importing chats."""

    @operation
    async def markdown(self, chat_id: str) -> str:
        """A chat to read: the branch on show as Markdown, with sources, names of files, and errors.

        Route: GET /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        return markdown(await self.get(chat_id))

    @operation
    async def export(self, chat_id: str) -> ExportedChat:
        """A chat as JSON that `import_chat` makes the same chat of: document, folder, tags, pin, archive, times.

        Not in it: who it is shared with, what you have read of it, and files themselves.

        Routes: GET /api/v1/chats/{id}, GET /api/v1/chats/{id}/tags, GET /api/v1/folders/.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        chat = await self.get(chat_id)
        tags = {tag.id: tag.name for tag in await self.tags(chat_id)} if chat.tag_ids else {}
        folders = await self._folders().list() if chat.folder_id else []
        return Naming(folders, tags).export(chat)

    @operation
    async def export_all(self, path: str | PathLike[str], *, overwrite: bool = False) -> ExportReport:
        """Write all your chats, archived ones too, to a file: one a line, as `export` gives them.

        They go to the disk as they come; the file is there when it is complete, and not before.

        Args:
            path: The file, usually `….ndjson`.
            overwrite: Whether one that is there may be replaced.

        Routes: GET /api/v1/chats/all, GET /api/v1/chats/, GET /api/v1/chats/archived, GET /api/v1/chats/{id},
            GET /api/v1/chats/all/tags, GET /api/v1/folders/.

        Raises:
            FileExistsError: It is there.
        """
        target = Path(path)
        refuse_existing(target, overwrite=overwrite)
        naming = Naming(await self._folders().list(), {tag.id: tag.name for tag in await self.all_tags()})
        written: set[str] = set()
        with saving(target, overwrite=overwrite) as file:
            async with aclosing(self._all()) as chats:
                async for chat in chats:
                    if chat.id not in written:  # one that was written to meanwhile may come twice
                        file.write(line(naming.export(chat)))
                        written.add(chat.id)
        return ExportReport(path=fspath(target), total=len(written))

    @operation
    async def import_chat(self, chat: Mapping[str, Any]) -> Chat:
        """Make a chat of an exported one, or of a bare document; it gets a new id.

        Its folder is the one it was in, else one of the same path, which is made if it is missing. On servers before
        0.11 one from the archive is in no folder, and its `updated_at` is the time of the import.

        Routes: POST /api/v1/chats/import, GET /api/v1/folders/, POST /api/v1/folders/, GET /api/v1/chats/all/tags,
            POST /api/v1/chats/{id}/tags.

        Raises:
            ValueError: It is no exported chat.
            PermissionDeniedError: You may not import chats.
        """
        [(row, _)] = rows(dict(chat))
        [made] = await self._import([row], await self._homes([row]))
        return made

    @operation
    async def import_all(self, source: Exported, *, progress: Progress | None = None) -> ImportReport:
        """Make chats of exported ones, 50 a request: each as `import_chat` does, and none stops the others.

        Args:
            source: A file (one chat a line as `export_all` writes it, or a list as the browser exports it), or the
                chats themselves. It is read twice: first to the end, to see that it is good.
            progress: Called after each request with how many chats are through, and how many there are.

        Routes: POST /api/v1/chats/import, GET /api/v1/folders/, POST /api/v1/folders/, GET /api/v1/chats/all/tags,
            POST /api/v1/chats/{id}/tags.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: Something in it is no exported chat; the text says which. Nothing was imported.
            PermissionDeniedError: You may not import chats.
        """
        again = repeatable(source)
        homes = await self._homes(row for row, _ in rows(again))
        report = ImportReport(imported=[], failed=[])
        for batch in batches(rows(again)):
            await self._import_batch(batch, homes, report)
            if progress is not None:
                progress(len(report.imported) + len(report.failed), homes.total)
        return report

    async def _all(self) -> AsyncGenerator[Chat]:
        """Every chat in full, some perhaps twice. The server skips what moves while it counts: that is read after."""
        seen: set[str] = set()
        async with aclosing(self._at_once()) as chats:
            async for chat in chats:
                seen.add(chat.id)
                yield chat
        listed = await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/", params=EVERYWHERE)
        async with self.iter(archived=True) as archived:
            listed += [chat async for chat in archived]
        for summary in listed:
            if summary.id not in seen:
                yield await self.get(summary.id)

    async def _at_once(self) -> AsyncGenerator[Chat]:
        """What the server gives of all chats in one answer."""
        path = "/api/v1/chats/all"
        if not await self._server.has(ALL_CHATS):
            return
        if not await self._server.has(ALL_CHATS_BY_LINE):
            for chat in await self._http.call(List[Chat], "GET", path):
                yield chat
            return
        async with self._http.stream("GET", path) as response, aclosing(self._http.runtime.chunks(response)) as chunks:
            async for text in lines(chunks):
                if text.strip():
                    yield _chat(text)

    async def _homes(self, found: Iterable[ExportedChat]) -> Homes:
        """Find or make the folders of these chats, and learn the account's tags."""
        places: Dict[tuple[str | None, tuple[str, ...]], None] = {}
        named, tagged, total = False, False, 0
        for row in found:
            total += 1
            places[_place(row)] = None
            named, tagged = named or bool(row.get("tag_names")), tagged or bool(row.tag_ids)
        makes_tags = not tagged or await self._server.has(TIDY_TAGS)
        tags = {tag.id for tag in await self.all_tags()} if named or not makes_tags else set[str]()
        places.pop((None, ()), None)
        if not places:
            return Homes(total, {}, tags, makes_tags)
        folders = self._folders()
        known = {folder.id for folder in await folders.list()}
        homes = Homes(total, {}, tags, makes_tags)
        for folder_id, path in places:
            if folder_id in known:
                homes.folders[folder_id, path] = folder_id
            elif path:
                homes.folders[folder_id, path] = (await folders.create_path(path)).id
        return homes

    async def _import_batch(self, batch: List[ExportedChat], homes: Homes, report: ImportReport) -> None:
        """Import these chats; what the server refuses as a whole in halves, until it is a single one."""
        try:
            made = await self._import(batch, homes)
        except OpenWebUIError as error:
            if isinstance(error, AuthenticationError | PermissionDeniedError) and not report.imported:
                raise
            if isinstance(error, REFUSED) and len(batch) > 1:
                half = len(batch) // 2
                await self._import_batch(batch[:half], homes, report)
                await self._import_batch(batch[half:], homes, report)
                return
            report.failed.extend(
                UnimportedChat(item=row.title, former_id=row.get("id"), error=str(error)) for row in batch
            )
        else:
            report.imported.extend(
                ImportedChat(id=chat.id, title=chat.title, former_id=row.get("id"))
                for row, chat in zip(batch, made, strict=True)
            )

    async def _import(self, batch: List[ExportedChat], homes: Homes) -> List[Chat]:
        """Import these chats in one request, and put right what the import does not do."""
        new_tags = [homes.new_tags(row) for row in batch]
        body = {"chats": [form(row, homes.folder(row), new) for row, new in zip(batch, new_tags, strict=True)]}
        made = await self._http.call(List[Chat], "POST", "/api/v1/chats/import", json=body)
        if len(made) != len(batch):
            raise APIResponseError(f"POST /api/v1/chats/import: {len(made)} chats came of {len(batch)}")
        for number, (row, new) in enumerate(zip(batch, new_tags, strict=True)):
            if new:
                await self.add_tags(made[number].id, new.values())
                homes.tags.update(new)
            if row.archived and not made[number].archived:  # servers before 0.11 do not take it
                await self._archive(made[number].id)
            if new or bool(row.archived) is not made[number].archived:
                made[number] = await self.get(made[number].id)
        return made

    def _folders(self) -> Folders[Async]:
        return Folders[Async](self._http, self._server)


def _place(row: ExportedChat) -> tuple[str | None, tuple[str, ...]]:
    return row.folder_id, tuple(row.get("folder_path") or ())


def _chat(text: bytes) -> Chat:
    try:
        return decode(Chat, json.loads(text))
    except ValueError as error:
        raise APIResponseError(f"GET /api/v1/chats/all: a line that cannot be read: {error}") from None
