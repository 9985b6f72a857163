"""Images from this machine: what they really are, by their first bytes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import NamedTuple

SIGNATURES = (  # the first bytes, the offset of more, those, the type
    (b"\x89PNG\r\n\x1a\n", 0, b"", "image/png"),
    (b"\xff\xd8\xff", 0, b"", "image/jpeg"),
    (b"GIF87a", 0, b"", "image/gif"),
    (b"GIF89a", 0, b"", "image/gif"),
    (b"RIFF", 8, b"WEBP", "image/webp"),
    (b"BM", 0, b"", "image/bmp"),
    (b"II*\x00", 0, b"", "image/tiff"),
    (b"MM\x00*", 0, b"", "image/tiff"),
    (b"\x00\x00\x00", 4, b"ftypavif", "image/avif"),
    (b"\x00\x00\x00", 4, b"ftypheic", "image/heic"),
)
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp",),
    "image/tiff": (".tiff", ".tif"),
    "image/avif": (".avif",),
    "image/heic": (".heic", ".heif"),
}
HEAD = 32


class Image(NamedTuple):
    """An image on this machine."""

    path: Path
    mime: str

    @property
    def name(self) -> str:
        """Its name, with the ending of what it is: the server takes the type from that, not from the content."""
        endings = ENDINGS[self.mime]
        return self.path.name if self.path.suffix.lower() in endings else f"{self.path.stem}{endings[0]}"

    def data_url(self) -> str:
        """The whole image in a URL."""
        return f"data:{self.mime};base64,{base64.b64encode(self.path.read_bytes()).decode('ascii')}"


def read_image(path: Path) -> Image:
    """The image at this path, with its type from its content: a name may say anything.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no image.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no image {str(path)!r}")
    with path.open("rb") as file:
        mime = mime_of(file.read(HEAD))
    if mime is None:
        raise ValueError(f"{str(path)!r} is not an image: neither PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF nor HEIC")
    return Image(path, mime)


def mime_of(head: bytes) -> str | None:
    """The type of the image that begins so; None when it is none."""
    for start, offset, more, mime in SIGNATURES:
        if head.startswith(start) and head[offset:].startswith(more):
            return mime
    return None
