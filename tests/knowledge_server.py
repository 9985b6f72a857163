"""As much of a server as knowledge bases need, for the wire tests."""

import json

import httpx2

OWN = ("old", "1", "3", "4")
"""The ids of files that are among one's own from the beginning."""
VERSION, CREATE = ("GET", "/api/version"), ("POST", "/api/v1/knowledge/create")
LISTED, SEARCH = ("GET", "/api/v1/knowledge/"), ("GET", "/api/v1/knowledge/search")
BASE = {"id": "k1", "name": "Docs", "description": "D", "access_grants": []}


def nowhere(_):
    return httpx2.Response(404, json={"detail": "We could not find what you're looking for :/"})


def body(request):
    return json.loads(request.content)


class Server:
    """As much of a server as a knowledge base needs."""

    def __init__(self, wire, *, version="0.12.4", bases=(BASE,), difference=None, refused=()):
        self.refused, self.uploaded = refused, []
        wire.on(*VERSION, {"version": version})
        wire.on(*CREATE, lambda request: {**body(request), "id": "k9"})
        wire.on(*LISTED, {"items": list(bases), "total": len(bases)})
        wire.on(*SEARCH, {"items": list(bases), "total": len(bases)})
        wire.on("POST", "/api/v1/files/", self.upload)
        for known in ("k1", "k9"):
            path = f"/api/v1/knowledge/{known}"
            wire.on("GET", path, {**BASE, "id": known})
            wire.on("POST", f"{path}/update", lambda request: {**BASE, **body(request)})
            wire.on("POST", f"{path}/access/update", BASE)
            wire.on("POST", f"{path}/file/add", self.add)
            wire.on("DELETE", f"{path}/delete", True)
        wire.on("POST", "/api/v1/knowledge/k1/sync/diff", difference)
        wire.on("POST", "/api/v1/knowledge/k1/sync/cleanup", {"status": True})
        wire.on("POST", "/api/v1/knowledge/k1/dirs/create", lambda request: {"id": f"d-{body(request)['name']}"})
        wire.on("GET", "/api/v1/files/search", [{"id": one} for one in OWN])
        held = [{"id": "old", "filename": "gone.txt", "directory_id": "d-old", "directory_path": "former"}]
        wire.on("GET", "/api/v1/knowledge/k1/files", {"items": held, "total": 1})
        self.wire = wire

    def upload(self, request):
        name = request.content.split(b'filename="')[1].split(b'"')[0].decode()
        self.uploaded.append(name)
        path = f"/api/v1/files/{name}"
        self.wire.on("GET", f"{path}/process/status", {"status": "failed" if name in self.refused else "completed"})
        self.wire.on("GET", path, {"id": name, "filename": name, "data": {"error": "unreadable"}})
        self.wire.on("DELETE", path, {"message": "gone"})
        return {"id": name, "filename": name}

    def add(self, request):
        if body(request)["file_id"] in self.refused:
            return httpx2.Response(400, json={"detail": "Duplicate content detected."})
        return {**BASE, "files": [{"id": body(request)["file_id"], "hash": "h"}]}
