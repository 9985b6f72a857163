"""A question about a picture; the picture is made here: a red square.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

import struct
import tempfile
import zlib
from pathlib import Path

from openwebui_chat_client import OpenWebUIClient

SIZE, RED = 64, b"\xff\x00\x00"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png() -> bytes:
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    rows = (b"\x00" + RED * SIZE) * SIZE
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


with OpenWebUIClient() as client, tempfile.TemporaryDirectory() as place:
    picture = Path(place, "square.png")
    picture.write_bytes(png())

    turn = client.chat(question="What colour is it?", chat_title="A square", image_paths=picture)
    print(turn.response)

    later = client.chat(question="And what shape?", chat_title="A square")
    print(later.response)

    question = client.conversation(chat_id=turn.chat_id).messages()[0]
    print(f"The chat keeps {question['files'][0]['name']}.")
