"""What goes with a question: images, files and knowledge bases become what a message carries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .._dual import Async
from .._records import mapping
from .._runtime import Runtime
from ..errors import AmbiguousNameError, NameNotFoundError, NotFoundError, OpenWebUIError
from ..resources.chats import Chats
from ..resources.files import File, Files
from ..resources.knowledge import Knowledge, KnowledgeBases
from ..resources.notes import Notes
from ..resources.tools import Tools
from .images import Image
from .options import Wanted

T = TypeVar("T")
AT_ONCE = 4
"""How many files are uploaded side by side."""


@dataclass
class Upload:
    """A file that this client has uploaded for its turns."""

    content: tuple[str, bool]
    """Its hash, and whether its text was read."""
    file_id: str
    users: int = 0
    """How many turns that are not settled yet want it."""
    kept: bool = False
    """Whether a chat on the server has it."""


@dataclass
class Attached:
    """What a message carries, and what was uploaded for it."""

    message_files: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What is shown with the question."""
    items: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What the answer may rest on."""
    uploads: list[Upload] = field(default_factory=list["Upload"])
    """What of it this client has uploaded, now or before."""


@dataclass
class Attachments:
    """Makes them, and knows the files that this client has uploaded, by content."""

    files: Files[Async]
    knowledge: KnowledgeBases[Async]
    tools: Tools[Async]
    notes: Notes[Async]
    chats: Chats[Async]
    runtime: Runtime
    known: dict[tuple[str, bool], Upload]
    """By content."""

    async def prepare(self, wanted: Wanted) -> Attached:
        """All that this turn wants attached; what cannot be had fails before the model is asked.

        Raises:
            NameNotFoundError: There is no such knowledge base, or no such tool.
            AmbiguousNameError: Several knowledge bases have that name.
            BadRequestError: The server cannot read a file.
            NotFoundError: There is no file with that id.
        """
        await self._require_tools(wanted.tool_ids)
        attached = Attached()
        collections = await self._collections(wanted.collections)
        named = [await self._named(item) for item in wanted.items]
        try:
            jobs = [
                *[_job(self._image, image, wanted, attached) for image in wanted.images],
                *[_job(self._file, path, wanted, attached) for path in wanted.rag_files],
            ]
            made = await self.runtime.gather(jobs, limit=AT_ONCE)
        except BaseException:
            await self.undo(attached)
            raise
        pictures = [item for item in named if item["type"] == "image"]
        texts = [item for item in named if item["type"] != "image"]
        attached.items += [*made[len(wanted.images) :], *collections, *texts]
        attached.message_files += [*made[: len(wanted.images)], *pictures, *attached.items]
        return attached

    def keep(self, attached: Attached) -> None:
        """The server has taken the question: what was uploaded for it stays."""
        for upload in attached.uploads:
            upload.kept = True

    async def undo(self, attached: Attached) -> None:
        """Delete what was uploaded for a question that the server did not take, unless another turn has it too."""
        async with self.runtime.shield():
            for upload in attached.uploads:
                async with self.runtime.hold(("upload", upload.content)):
                    upload.users -= 1
                    if upload.users or upload.kept:
                        continue
                    self.known.pop(upload.content, None)
                    with suppress(OpenWebUIError):
                        await self.files.delete(upload.file_id)
        attached.uploads.clear()

    async def _image(self, image: Image, wanted: Wanted, attached: Attached) -> dict[str, Any]:
        if wanted.temporary:
            return {"type": "image", "url": image.data_url(), "name": image.path.name}
        file = await self._uploaded(image.path, attached, image=image)
        return {
            "type": "image",
            "id": file.id,
            "url": file.id,
            "name": file.filename,
            "content_type": image.mime,
            "size": image.path.stat().st_size,
            "status": "uploaded",
        }

    async def _file(self, path: Path, _: Wanted, attached: Attached) -> dict[str, Any]:
        file = await self._uploaded(path, attached)
        meta = mapping(file.meta)
        return {
            "type": "file",
            "id": file.id,
            "url": file.id,
            "name": file.filename,
            "collection_name": f"file-{file.id}",
            "content_type": meta.get("content_type"),
            "size": meta.get("size"),
            "status": "uploaded",
        }

    async def _uploaded(self, path: Path, attached: Attached, *, image: Image | None = None) -> File:
        """The file on the server; one that this client has uploaded already is used again, if it is still there."""
        content = (_sha256(path), image is None)
        async with self.runtime.hold(("upload", content)):
            if known := self.known.get(content):
                with suppress(NotFoundError):
                    file = await self.files.get(known.file_id)
                    _use(known, attached)
                    return file
            name, mime = (image.name, image.mime) if image else (None, None)
            file = await self.files.upload(path, name=name, content_type=mime, process=image is None, wait=False)
            upload = self.known[content] = Upload(content, file.id)
            _use(upload, attached)
            return file if image else await self.files.wait_until_processed(file.id)

    async def _collections(self, wanted: tuple[str, ...]) -> list[dict[str, Any]]:
        if not wanted:
            return []
        known = await self.knowledge.list()
        return [_collection(one, known) for one in wanted]

    async def _named(self, item: dict[str, Any]) -> dict[str, Any]:
        """The item with a name, which the page shows and sources are told apart by."""
        kind, item_id = item["type"], str(item.get("id") or "")
        if item.get("name") or not item_id:
            return {"name": item.get("url") or kind, **item}
        if kind == "file":
            file = await self.files.get(item_id)
            return {**item, "name": file.filename, "url": file.id, "status": "uploaded"}
        if kind == "note":
            return {**item, "name": (await self.notes.get(item_id)).title}
        if kind == "chat":
            return {**item, "name": (await self.chats.get(item_id)).title}
        if kind == "collection":
            return {**item, "name": (await self.knowledge.get(item_id)).name}
        return {"name": item_id, **item}

    async def _require_tools(self, tool_ids: tuple[str, ...]) -> None:
        if not tool_ids:
            return
        known = {tool.id for tool in await self.tools.list()}
        for tool_id in tool_ids:
            if tool_id not in known:
                names = ", ".join(sorted(known)) or "none at all"
                raise NameNotFoundError(
                    f"there is no tool {tool_id!r} for you; there are: {names}", kind="tool", name=tool_id
                )


def _use(upload: Upload, attached: Attached) -> None:
    upload.users += 1
    attached.uploads.append(upload)


def _collection(wanted: str, known: list[Knowledge]) -> dict[str, Any]:
    found = [one for one in known if one.id == wanted] or [one for one in known if one.name == wanted]
    if len(found) > 1:
        raise AmbiguousNameError(
            f"{len(found)} knowledge bases are named {wanted!r}; give the id",
            kind="knowledge base",
            name=wanted,
            matches=found,
        )
    if not found:
        raise NameNotFoundError(f"there is no knowledge base {wanted!r} for you", kind="knowledge base", name=wanted)
    return {"type": "collection", "id": found[0].id, "name": found[0].name, "description": found[0].description}


def _job(make: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> Callable[[], Coroutine[Any, Any, T]]:
    return lambda: make(*args)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
