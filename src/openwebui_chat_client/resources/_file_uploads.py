"""How files get to the server, whole and once, and when it has read them."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, cast
from urllib.parse import quote

from .._dual import M, operation
from .._http import Files as Parts
from .._records import mapping
from .._server import FILE_HASHES, FILE_NAMES
from ..errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    OpenWebUIError,
    ServerError,
)
from ._file_holders import FileHolders
from ._file_lists import file_path
from ._file_records import CHECKSUM, ENDED, MARK, File, tidy
from ._sources import Source, named, opened

PATIENCE = 600.0
"""Seconds that the server may take to process a file, unless told otherwise."""
FIRST_LOOK, LONGEST_PAUSE = 0.05, 2.0
SEARCHES = (0.0, 0.25, 0.75)
"""Seconds before each search for a file whose upload had no answer: the server may not be through with it."""
PROXY_GAVE_UP = frozenset({502, 503, 504})
UNSPEAKABLE = re.compile(r'["\x00-\x1f]')
"""What the name of a file in a form cannot have in it."""


class FileUploads(FileHolders[M]):
    """Uploads files, and waits for the server to read them."""

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

        If the connection breaks after the file has arrived, it is looked for, and the upload goes on with it. For
        servers before 0.9.6, which do not compute its checksum, the file is read once more.

        Args:
            file: A path, bytes, or a file opened for reading bytes, which is read from its beginning.
            name: What it is called on the server; needed for what has no path.
            content_type: Its MIME type; left out, that of the name's ending.
            wait: Give back the processed file; one that cannot be processed is deleted again. If False, give back
                what is known at once: `wait_until_processed` tells the rest.
            process: If False, the bytes are kept and no text is read out of them, as for pictures.
            metadata: Kept with the file as `meta["data"]`.

        Routes: POST /api/v1/files/, GET /api/v1/files/{id}/process/status, GET /api/v1/files/{id}; for a name with
        quotes or control characters POST /api/v1/files/{id}/rename; when the answer is lost,
        GET /api/v1/files/search.

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
        mark = uuid.uuid4().hex
        kept = {MARK: mark, **(metadata or {})}
        query, path = {"process": str(process).lower()}, "/api/v1/files/"
        with opened(file) as source:
            if not await self._server.has(FILE_HASHES):
                kept[CHECKSUM] = _checksum(source)
            fields, parts = {"metadata": json.dumps(kept)}, await self._parts(name, source, content_type)
            try:
                made = await self._http.call(File, "POST", path, params=query, files=parts, data=fields, about=name)
            except (APIConnectionError, ServerError) as error:
                found = await self._marked(name, mark) if may_have_arrived(error) else None
                if found is None:
                    raise
                made = found
        if made.filename != name and await self._server.has(FILE_NAMES):
            return await self._rename(made.id, name)
        return tidy(made)

    async def _parts(self, name: str, source: IO[bytes] | bytes, content_type: str | None) -> Parts:
        if UNSPEAKABLE.search(name) and not await self._server.has(FILE_NAMES):
            said = {"Content-Disposition": f"form-data; name=\"file\"; filename*=UTF-8''{quote(name, safe='')}"}
            return cast("Parts", {"file": ("file", source, content_type or _guessed(name), said)})
        return {"file": (name, source, content_type) if content_type else (name, source)}

    async def _rename(self, file_id: str, name: str) -> File:
        path, body = f"{file_path(file_id)}/rename", {"filename": name}
        return tidy(await self._http.call(File, "POST", path, json=body, repeatable=True))

    async def _marked(self, name: str, mark: str) -> File | None:
        """The file with our mark, if it has arrived."""
        pattern = re.sub(r"[^\w .-]", "*", name)  # what a form and a search cannot say
        for pause in SEARCHES:
            await self._http.runtime.sleep(pause)
            try:
                async with self.search(pattern) as files:
                    async for file in files:
                        if mapping(mapping(file.meta).get("data")).get(MARK) == mark:
                            return file
            except OpenWebUIError:  # what became of the upload says more
                break
        return None

    async def _processed(self, file_id: str) -> None:
        """Wait for a file that we have just uploaded; if that fails, it is deleted again."""
        try:
            await self._until_processed(file_id, PATIENCE)
        except BaseException:
            await self._give_up(file_id)
            raise

    async def _give_up(self, file_id: str) -> None:
        """Delete what is of no use without what has just failed; that is what the caller is to hear of."""
        async with self._http.runtime.shield():
            with suppress(OpenWebUIError):
                await self._delete(file_id)

    async def _delete(self, file_id: str) -> None:
        """Delete what no knowledge base holds."""
        await self._http.call(dict[str, Any], "DELETE", file_path(file_id))

    @operation
    async def status(self, file_id: str) -> str:
        """How far its processing is: `pending`, `processing`, `completed` or `failed`.

        Servers before 0.12 say `pending` for `processing`.

        Route: GET /api/v1/files/{id}/process/status.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        path = f"{file_path(file_id)}/process/status"
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


def may_have_arrived(error: BaseException) -> bool:
    """Whether what failed so may have been done nevertheless: nobody knows when the answer was lost."""
    if isinstance(error, APIConnectionError):
        return error.arrived
    return not isinstance(error, APIStatusError) or error.status_code in PROXY_GAVE_UP


def _checksum(source: IO[bytes] | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    source.seek(0)
    checksum = hashlib.sha256()
    while piece := source.read(1024 * 1024):
        checksum.update(piece)
    return checksum.hexdigest()


def _guessed(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
