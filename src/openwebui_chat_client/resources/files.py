"""Files: what was uploaded, for chats and knowledge bases to read."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, List

from .._arguments import text
from .._dual import Done, M, operation, streaming
from .._http import Files as Parts
from .._http import segment
from .._pages import items, walk
from .._records import Record, mapping
from .._server import FILE_NAMES
from .._times import seconds
from ..errors import APITimeoutError, BadRequestError, NotFoundError
from ._base import Resource
from ._saving import check_place, saving, target_in
from ._sources import Source, named, opened

PAGE = 50
FOUND = 100
"""How many a search gives at once."""
PATIENCE = 600.0
"""Seconds that the server may take to process a file, unless told otherwise."""
FIRST_LOOK, LONGEST_PAUSE = 0.05, 2.0
ENDED = frozenset({"completed", "failed"})


class File(Record):
    """An uploaded file. What was read out of it is `Files.text`, its bytes are `Files.content`."""

    id: str
    filename: str = ""
    user_id: str = ""
    hash: str | None = None
    """Of the text (SHA-256), once it is processed; that of the bytes is `meta["file_hash"]` on recent servers."""
    meta: dict[str, Any] | None = None
    """`name`, `content_type`, `size` in bytes, and `data`: what was given as metadata."""
    data: dict[str, Any] | None = None
    """`status`, and `error` when processing failed; `get` has the text as `content` too."""
    created_at: int = 0
    """Seconds since 1970."""
    updated_at: int | None = None
    """Seconds since 1970."""

    @property
    def created(self) -> datetime | None:
        """When it was uploaded."""
        return seconds(self.created_at)

    @property
    def updated(self) -> datetime | None:
        """When it was last changed."""
        return seconds(self.updated_at)


class Files(Resource[M]):
    """Files of the current user; an administrator sees those of all."""

    @operation
    async def list(self, page: int | None = None) -> List[File]:
        """List files, newest first, without their text.

        Args:
            page: From 1, of 50 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/files/.
        """
        if page is None:
            async with self.iter() as files:
                return [file async for file in files]
        if page < 1:
            raise ValueError(f"pages are counted from 1, not {page}")
        return await self._page(page)

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[File | Done[None]]:
        """Every file, newest first, page by page, without their text. Route: GET /api/v1/files/."""
        async with aclosing(walk(self._page, size=PAGE)) as files:
            async for file in files:
                yield file
        yield Done(None)

    async def _page(self, page: int) -> List[File]:
        query = {"page": page, "content": "false"}
        return items(List[File], await self._http.call(object, "GET", "/api/v1/files/", params=query))

    @streaming(type(None))
    async def search(self, name: str) -> AsyncGenerator[File | Done[None]]:
        """Files of that name in any case, newest first, without their text; `*` and `?` stand for any letters.

        Route: GET /api/v1/files/search.

        Raises:
            ValueError: The name is empty.
        """
        text(name, "a name")

        async def fetch(page: int) -> List[File]:
            query = {"filename": name, "content": "false", "skip": (page - 1) * FOUND, "limit": FOUND}
            try:
                return await self._http.call(List[File], "GET", "/api/v1/files/search", params=query)
            except NotFoundError:  # the server's word for an empty list
                return []

        async with aclosing(walk(fetch, size=FOUND)) as files:
            async for file in files:
                yield file
        yield Done(None)

    @operation
    async def get(self, file_id: str) -> File:
        """Fetch one file's record, with all its text. Route: GET /api/v1/files/{id}.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        return await self._http.call(File, "GET", f"/api/v1/files/{segment(file_id)}")

    @operation
    async def upload(
        self,
        file: Source,
        *,
        name: str | None = None,
        content_type: str | None = None,
        wait: bool = True,
        process: bool = True,
        metadata: Mapping[str, Any] | None = None,
    ) -> File:
        """Upload a file, from disk piece by piece, and wait until the server has read its text.

        Args:
            file: A path, bytes, or a file opened for reading bytes, which is read from its beginning.
            name: What it is called on the server; needed for what has no path.
            content_type: Its MIME type; left out, that of the name's ending.
            wait: Give back the processed file; one that cannot be processed is deleted again. If False, give back
                what is known at once: `wait_until_processed` tells the rest.
            process: If False, the bytes are kept and no text is read out of them, as for pictures.
            metadata: Kept with the file as `meta["data"]`.

        Routes: POST /api/v1/files/, GET /api/v1/files/{id}/process/status, GET /api/v1/files/{id}.

        Raises:
            FileNotFoundError: There is nothing at the path; nothing was sent.
            ValueError: It is a directory, has no name, or was opened as text; nothing was sent.
            BadRequestError: The server does not take it or cannot read it; `detail` is its reason.
            PayloadTooLargeError: It is larger than the server takes.
        """
        name = named(file, name)
        made = await self._upload(file, name, content_type, process=process, metadata=metadata)
        if not (wait and process):
            return made
        await self._processed(made.id)
        return await self.get(made.id)

    async def _upload(
        self,
        file: Source,
        name: str,
        content_type: str | None = None,
        *,
        process: bool = True,
        metadata: Mapping[str, Any] | None = None,
    ) -> File:
        fields = {"metadata": json.dumps(dict(metadata))} if metadata else None
        query, path = {"process": str(process).lower()}, "/api/v1/files/"
        with opened(file) as source:
            parts: Parts = {"file": (name, source, content_type) if content_type else (name, source)}
            made = await self._http.call(File, "POST", path, params=query, files=parts, data=fields, about=name)
        if made.filename != name and await self._server.has(FILE_NAMES):
            return await self.rename(made.id, name)  # a form has no way to say quotes and control characters
        return made

    async def _processed(self, file_id: str) -> None:
        """Wait for a file that we have just uploaded; one that cannot be processed is deleted again."""
        try:
            await self._until_processed(file_id, PATIENCE)
        except BadRequestError:
            await self.delete(file_id)
            raise

    @operation
    async def status(self, file_id: str) -> str:
        """How far its processing is: `pending`, `processing`, `completed` or `failed`.

        Route: GET /api/v1/files/{id}/process/status.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        path = f"/api/v1/files/{segment(file_id)}/process/status"
        return str((await self._http.call(dict[str, Any], "GET", path)).get("status"))

    @operation
    async def wait_until_processed(self, file_id: str, *, timeout: float = PATIENCE) -> File:
        """The file, once the server has read its text.

        Args:
            file_id: Its id.
            timeout: Seconds to wait.

        Routes: GET /api/v1/files/{id}/process/status, GET /api/v1/files/{id}.

        Raises:
            BadRequestError: The server could not read it; `detail` is its reason.
            APITimeoutError: It is not through yet; the server goes on with it.
        """
        await self._until_processed(file_id, timeout)
        return await self.get(file_id)

    async def _until_processed(self, file_id: str, timeout: float) -> None:
        waited, pause = 0.0, FIRST_LOOK
        while (state := await self.status(file_id)) not in ENDED:
            if waited >= timeout:
                raise APITimeoutError(f"the file {file_id} is not processed after {timeout:g} s; it is {state}")
            await self._http.runtime.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, LONGEST_PAUSE)
        if state == "failed":
            file = await self.get(file_id)
            reason = str(mapping(file.data).get("error") or "the server does not say why")
            raise BadRequestError(f"the file {file.filename!r} cannot be processed: {reason}", detail=reason)

    @operation
    async def content(self, file_id: str) -> bytes:
        """Its bytes, as they were uploaded, in memory; `download` writes them to disk.

        Route: GET /api/v1/files/{id}/content.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        async with (
            self._http.stream("GET", f"/api/v1/files/{segment(file_id)}/content") as response,
            aclosing(self._http.runtime.chunks(response)) as chunks,
        ):
            return b"".join([chunk async for chunk in chunks])

    @operation
    async def download(self, file_id: str, to: str | os.PathLike[str] = ".", *, overwrite: bool = False) -> Path:
        """Write its bytes to disk, piece by piece, and give back where they are; a failure leaves nothing.

        Args:
            file_id: Its id.
            to: An existing directory, for the server's name of the file without any directories in it; or a path.
            overwrite: Replace what is there.

        Route: GET /api/v1/files/{id}/content.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
            FileExistsError: The target exists.
            FileNotFoundError: Its directory does not.
        """
        path = f"/api/v1/files/{segment(file_id)}/content"
        return await self._save(path, Path(to), file_id, overwrite=overwrite)

    async def _save(self, path: str, place: Path, otherwise: str, *, overwrite: bool) -> Path:
        check_place(place, overwrite=overwrite)
        async with self._http.stream("GET", path, params={"attachment": "true"}) as response:
            target = target_in(place, response.headers, otherwise)
            with saving(target, overwrite=overwrite) as file:
                async with aclosing(self._http.runtime.chunks(response)) as chunks:
                    async for chunk in chunks:
                        file.write(chunk)
        return target

    @operation
    async def text(self, file_id: str) -> str:
        """The text that the server has read out of it; empty when none. Route: GET /api/v1/files/{id}/data/content.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        path = f"/api/v1/files/{segment(file_id)}/data/content"
        return str((await self._http.call(dict[str, Any], "GET", path)).get("content") or "")

    @operation
    async def set_text(self, file_id: str, content: str) -> str:
        """Replace its text, in the knowledge bases that hold it too; the bytes stay.

        Route: POST /api/v1/files/{id}/data/content/update.

        Raises:
            ValueError: The text is empty.
            NotFoundError: There is no such file, or it is not for you to change.
        """
        path, body = f"/api/v1/files/{segment(file_id)}/data/content/update", {"content": text(content, "a text")}
        return str((await self._http.call(dict[str, Any], "POST", path, json=body)).get("content") or "")

    @operation
    async def rename(self, file_id: str, name: str) -> File:
        """Give it another name. Route: POST /api/v1/files/{id}/rename.

        Raises:
            NotFoundError: There is no such file, or it is not for you to change.
            UnsupportedError: The server is older than 0.9.
        """
        path, body = f"/api/v1/files/{segment(file_id)}/rename", {"filename": text(name, "a name")}
        await self._server.require(FILE_NAMES)
        return await self._http.call(File, "POST", path, json=body, repeatable=True)

    @operation
    async def delete(self, file_id: str) -> None:
        """Delete it for good, out of the knowledge bases that hold it too. Route: DELETE /api/v1/files/{id}.

        Raises:
            NotFoundError: There is no such file, or it is not for you to change.
        """
        await self._http.call(dict[str, Any], "DELETE", f"/api/v1/files/{segment(file_id)}")
