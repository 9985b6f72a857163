"""Answers that rest on documents: on a file given with the question, and on a knowledge base.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

import tempfile
from pathlib import Path

from openwebui_chat_client import OpenWebUIClient

FACTS = {
    "danube.txt": "The Danube begins in the Black Forest and ends in the Black Sea.",
    "rhine.txt": "The Rhine begins in the Alps and ends in the North Sea.",
}

with OpenWebUIClient() as client, tempfile.TemporaryDirectory() as place:
    paths = [Path(place, name) for name in FACTS]
    for path in paths:
        path.write_text(FACTS[path.name], encoding="utf-8")

    turn = client.chat("Where does the Danube end?", "The end of the Danube", rag_files=paths[0])
    print(turn.response)
    for source in turn.sources:
        for passage in source.passages:
            print(f"{passage.file} says: {passage.text}")

    base = client.knowledge.create("Rivers of Europe", "Where they begin, and where they end")
    report = client.knowledge.upload_all(base.id, paths)
    print(f"{len(report.succeeded)} files are in the knowledge base, {len(report.failed)} are not.")

    turn = client.chat("Where does the Rhine end?", "The end of the Rhine", rag_collections=base.id)
    print(turn.response)
    print(f"It rests on {len(turn.sources)} source.")

    for hit in client.knowledge.query(base.id, "Where does the Rhine end?", limit=1):
        print(f"Nearest: {hit.text}")

    client.knowledge.delete(base.id)
