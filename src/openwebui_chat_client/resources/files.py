"""Files: what was uploaded, for chats and knowledge bases to read."""

from __future__ import annotations

import os
from contextlib import aclosing
from pathlib import Path
from typing import Any

from .._arguments import text
from .._dual import M, operation
from .._http import segment
from .._server import FILE_NAMES, TEXTS_IN_BASES
from ._file_lists import file_path
from ._file_records import File
from ._file_uploads import FileUploads, may_have_arrived
from ._saving import check_place, saving, target_in

__all__ = ["File", "Files", "may_have_arrived"]


class Files(FileUploads[M]):
    """Files of the current user; an administrator sees those of all."""

    @operation
    async def content(self, file_id: str) -> bytes:
        """Its bytes, as they were uploaded, in memory; `download` writes them to disk.

        Route: GET /api/v1/files/{id}/content.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        async with (
            self._http.stream("GET", f"{file_path(file_id)}/content") as response,
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
        return await self._save(f"{file_path(file_id)}/content", Path(to), file_id, overwrite=overwrite)

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
        path = f"{file_path(file_id)}/data/content"
        return str((await self._http.call(dict[str, Any], "GET", path)).get("content") or "")

    @operation
    async def set_text(self, file_id: str, content: str) -> str:
        """Replace its text, in the knowledge bases that hold it too; the bytes stay.

        A knowledge base that has the same text already does not find this file any more, and servers before 0.12 do
        not say so. Before 0.8.10, those that hold it and that you may not change keep the old text.

        Routes: POST /api/v1/files/{id}/data/content/update; for somebody else's file on servers before 0.12 first
        GET /api/v1/files/{id}, GET /api/v1/files/search, GET /api/v1/knowledge/, GET /api/v1/knowledge/{id}/files;
        on servers before 0.8.10 instead POST /api/v1/retrieval/process/file,
        POST /api/v1/knowledge/{id}/file/update.

        Raises:
            ValueError: The text is empty.
            NotFoundError: There is no such file, or it is not for you to change.
            UnsupportedError: It is somebody else's, in a knowledge base that you may change, and the server is older
                than 0.12: it would lose the text.
        """
        path, body = f"{file_path(file_id)}/data/content/update", {"content": text(content, "a text")}
        await self._check_text_is_own(file_id)
        if await self._server.has(TEXTS_IN_BASES):
            return str((await self._http.call(dict[str, Any], "POST", path, json=body)).get("content") or "")
        return await self._process_again(file_id, content)

    async def _process_again(self, file_id: str, content: str) -> str:
        """For servers that forget to process the new text, or leave the old one in knowledge bases."""
        path, body = "/api/v1/retrieval/process/file", {"file_id": file_id, "content": content}
        answer = await self._http.call(dict[str, Any], "POST", path, json=body)
        for base_id in await self._changeable_holders(await self.get(file_id)):
            update = f"/api/v1/knowledge/{segment(base_id)}/file/update"
            await self._http.call(object, "POST", update, json={"file_id": file_id})
        return str(answer.get("content") or "")

    @operation
    async def rename(self, file_id: str, name: str) -> File:
        """Give it another name. Route: POST /api/v1/files/{id}/rename.

        Raises:
            NotFoundError: There is no such file, or it is not for you to change.
            UnsupportedError: The server is older than 0.9.6.
        """
        segment(file_id)
        text(name, "a name")
        await self._server.require(FILE_NAMES)
        return await self._rename(file_id, name)

    @operation
    async def delete(self, file_id: str) -> None:
        """Delete it for good, out of the knowledge bases that hold it too.

        On servers before 0.8, its text can still be found in those that you may not change.

        Routes: DELETE /api/v1/files/{id}; on servers before 0.8 first GET /api/v1/files/{id},
        GET /api/v1/knowledge/, GET /api/v1/knowledge/{id}/files, POST /api/v1/knowledge/{id}/file/remove.

        Raises:
            NotFoundError: There is no such file, or it is not for you to change.
        """
        segment(file_id)
        await self._take_out(file_id)
        await self._delete(file_id)

    @operation
    async def delete_all(self, *, confirm: bool) -> None:
        """Delete all files of all users, for good; administrators only. Route: DELETE /api/v1/files/all.

        Args:
            confirm: Must be True.

        Raises:
            ValueError: It is not confirmed.
            PermissionDeniedError: You are no administrator.
        """
        if confirm is not True:
            raise ValueError("this deletes all files of all users: confirm=True is needed")
        await self._http.call(dict[str, Any], "DELETE", "/api/v1/files/all")
