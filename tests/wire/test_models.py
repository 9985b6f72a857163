import json

import httpx2
import pytest

from openwebui_chat_client import ConflictError, NotFoundError, PermissionDeniedError, UnsupportedError
from openwebui_chat_client.errors import NameNotFoundError

GET, LIST = ("GET", "/api/v1/models/model"), ("GET", "/api/models")
CREATE, UPDATE = ("POST", "/api/v1/models/create"), ("POST", "/api/v1/models/model/update")
ACCESS, GROUPS = ("POST", "/api/v1/models/model/access/update"), ("GET", "/api/v1/groups/")
ME, IMPORT = ("GET", "/api/v1/auths/"), ("POST", "/api/v1/models/import")
EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}
ENTRY = {
    "id": "m",
    "user_id": "u",
    "base_model_id": "b",
    "name": "M",
    "params": {"system": "Arr.", "temperature": 0.5},
    "meta": {"capabilities": {"vision": True}, "toolIds": ["t"]},
    "access_grants": [{**EVERYBODY, "id": "1"}],
    "is_active": False,
    "created_at": 1_769_860_800,
}
FORM = {key: ENTRY[key] for key in ("id", "base_model_id", "name", "params", "meta", "is_active")}


def serve(wire, version="0.12.4", entry=ENTRY):
    wire.on("GET", "/api/version", {"version": version})
    wire.on(*GET, entry if callable(entry) else {"write_access": True, **entry})
    wire.on(*ME, {"id": "u", "role": "admin"})
    wire.on("GET", "/api/v1/users/groups", [])
    wire.on(*LIST, {"data": [{"id": "m", "name": "M"}, {"id": "other", "name": "Another m"}]})
    for route in (CREATE, UPDATE, ACCESS):
        wire.on(*route, lambda request: {**ENTRY, **json.loads(request.content)})
    wire.on(*GROUPS, [{"id": "g1", "name": "Crew"}])


def missing(_):
    return httpx2.Response(404, json={"detail": "We could not find what you're looking for :/"})


def bodies(wire, route):
    return [json.loads(sent.content) for sent in wire.requests if (sent.method, sent.url.path) == route]


async def test_a_change_is_read_merged_written_and_made_known(make, wire):
    serve(wire)
    async with make() as client:
        await client.models.update("m", system_prompt="Ahoy.", tags=["x"])
    lines = ["GET /api/version", "GET /api/v1/models/model", "POST /api/v1/models/model/update", "GET /api/models"]
    assert wire.lines == lines
    assert bodies(wire, UPDATE) == [
        {
            **FORM,
            "params": {"system": "Ahoy.", "temperature": 0.5},
            "meta": {**ENTRY["meta"], "tags": [{"name": "x"}]},
        }
    ]


@pytest.mark.parametrize(
    ("version", "entry", "said"),
    [
        ("0.6.43", {"access_control": {}}, {"access_control": {}}),
        ("0.7.2", {"access_control": None}, {"access_control": None}),
        ("0.8.12", {"access_grants": [{**EVERYBODY, "id": "1"}]}, {"access_grants": [EVERYBODY]}),
        ("0.9.6", {"access_grants": []}, {"access_grants": []}),
        ("0.10.2", {"access_grants": []}, {"access_grants": []}),
        ("0.11.4", {"access_grants": [EVERYBODY]}, {}),
        ("0.12.4", {"access_grants": [EVERYBODY]}, {}),
    ],
)
async def test_a_change_of_something_else_leaves_access_as_it_is_on_every_server(make, wire, version, entry, said):
    serve(wire, version, {**FORM, **entry})
    async with make() as client:
        await client.models.update("m", name="N")
    [body] = bodies(wire, UPDATE)
    assert {key: body[key] for key in body if "access" in key} == said


@pytest.mark.parametrize(
    ("version", "rights", "wanted", "said"),
    [
        ("0.7.2", {"sharing": {}}, "public", "everybody"),
        ("0.9.6", {"sharing": {"public_models": False}}, "public", "everybody"),
        ("0.11.4", {"access_grants": {"allow_users": False}}, [{**EVERYBODY, "principal_id": "u2"}], "single users"),
        ("0.11.4", {"sharing": {"public_models": True}}, "public", None),
        ("0.11.4", {}, [{**EVERYBODY, "principal_type": "group", "principal_id": "g1"}], None),
    ],
)
async def test_whom_one_may_not_share_with_is_refused_where_the_server_would_say_nothing(
    make, wire, version, rights, wanted, said
):
    serve(wire, version)
    wire.on(*ME, {"id": "u", "role": "user", "permissions": rights})
    async with make() as client:
        if said is None:
            await client.models.update("m", access=wanted)
        else:
            with pytest.raises(PermissionDeniedError, match=said):
                await client.models.update("m", access=wanted)
            report = await client.models.set_access(["m"], wanted)
            assert said in report.failed[0].error
    assert len(bodies(wire, ACCESS)) == (said is None)
    assert bodies(wire, UPDATE) == []


async def test_access_alone_is_changed_by_its_own_route(make, wire):
    serve(wire)
    async with make() as client:
        await client.models.update("m", access="private")
    assert bodies(wire, UPDATE) == []
    assert bodies(wire, ACCESS) == [{"id": "m", "name": "M", "access_grants": []}]


async def test_older_servers_get_access_with_everything_else(make, wire):
    serve(wire, "0.7.2", {**FORM, "access_control": {}})
    async with make() as client:
        await client.models.update("m", access={"read": {"group_ids": ["g"]}})
        await client.models.update("m", name="N")
        await client.models.create("n", access="public")
        await client.models.set_access("m", None)
        for call in (
            client.models.update("m", access=[EVERYBODY | {"permission": "write"}]),
            client.models.create("n", access=[EVERYBODY | {"permission": "write"}]),
            client.models.set_access("m", [EVERYBODY | {"permission": "write"}]),
        ):
            with pytest.raises(UnsupportedError, match=r"access grants: needs Open WebUI 0\.8\.0, .* 0\.7\.2"):
                await call
    only_g = {"read": {"group_ids": ["g"], "user_ids": []}, "write": {"group_ids": [], "user_ids": []}}
    assert [body["access_control"] for body in bodies(wire, UPDATE)] == [only_g, {}, None]
    assert [body["name"] for body in bodies(wire, UPDATE)] == ["M", "N", "M"]
    assert [body["access_control"] for body in bodies(wire, CREATE)] == [None]
    assert bodies(wire, ACCESS) == []


async def test_an_entry_is_made_without_any_grant(make, wire):
    serve(wire, entry=missing)
    async with make() as client:
        await client.get_model("other")
    made = bodies(wire, CREATE)[0]
    assert (made["id"], made["name"], made["base_model_id"]) == ("other", "Another m", None)
    assert (made["access_grants"], made["is_active"]) == ([], True)


async def test_a_model_that_nobody_offers_is_not_made(make, wire):
    serve(wire, entry=missing)
    async with make() as client:
        for call in (client.get_model, client.models.ensure, client.models.get):
            with pytest.raises(NotFoundError, match="unheard-of"):
                await call("unheard-of")
        with pytest.raises(NotFoundError):
            await client.update_model("unheard-of", name="N")
    assert {request.method for request in wire.requests} == {"GET"}


async def test_many_models_cost_a_list_before_and_after_and_one_request_each(make, wire):
    serve(wire)
    async with make() as client:
        seen = []
        report = await client.models.set_access(
            ["m", "other", "m"], "public", limit=1, progress=lambda *done: seen.append(done)
        )
    assert report == {"succeeded": ["m", "other"], "failed": []}
    assert seen == [(1, 2), (2, 2)]
    changes = ["POST /api/v1/models/model/access/update"] * 2
    assert [line for line in wire.lines if "version" not in line] == ["GET /api/models", *changes, "GET /api/models"]
    assert bodies(wire, ACCESS)[1] == {"id": "other", "name": "Another m", "access_grants": [EVERYBODY]}


async def test_a_model_that_there_is_not_fails_alone(make, wire):
    serve(wire, entry=missing)
    async with make() as client:
        report = await client.batch_update_model_permissions(["gone", "m"])
    assert (report.success, report.skipped) == (["m"], [])
    assert report.failed[0].model_id == "gone"
    assert "could not find" in report.failed[0].error
    assert [body["id"] for body in bodies(wire, ACCESS)] == ["m"]


async def test_models_are_chosen_by_id_by_keyword_or_as_they_were_listed(make, wire):
    serve(wire)
    async with make() as client:
        by_keyword = await client.batch_update_model_permissions(model_keyword="ANOTHER")
        by_id = await client.batch_update_model_permissions("m", model_keyword="another")
        listed = await client.batch_update_model_permissions(await client.list_models(), "private")
        named = await client.batch_update_model_permissions(models=[{"id": "m"}], permission_type="private")
        none = await client.batch_update_model_permissions(model_keyword="nowhere")
    found = [report.success for report in (by_keyword, by_id, listed, named, none)]
    assert found == [["other"], ["m"], ["m", "other"], ["m"], []]
    assert [body["access_grants"] for body in bodies(wire, ACCESS)][-3:] == [[], [], []]


async def test_groups_are_named_by_id_or_name_and_get_reading(make, wire):
    serve(wire)
    async with make() as client:
        await client.batch_update_model_permissions("m", None, "group", ["Crew", "g1"], "u1")
        await client.create_model("n", permission_type="group", group_identifiers="Crew")
    reading = {"principal_type": "group", "principal_id": "g1", "permission": "read"}
    user = {"principal_type": "user", "principal_id": "u1", "permission": "read"}
    assert bodies(wire, ACCESS)[0]["access_grants"] == [reading, user]
    assert bodies(wire, CREATE)[0]["access_grants"] == [reading]


async def test_an_unknown_group_ends_it_before_any_change(make, wire):
    serve(wire)
    async with make() as client:
        for call in (
            client.batch_update_model_permissions("m", None, "group", "Nobody"),
            client.create_model("n", permission_type="group", group_identifiers=["Nobody"]),
            client.update_model("m", permission_type="group", group_identifiers=["Nobody"]),
        ):
            with pytest.raises(NameNotFoundError, match="Nobody"):
                await call
    assert set(wire.lines) == {"GET /api/v1/groups/"}


async def test_a_new_model_is_for_everybody_by_its_flat_name_and_for_nobody_else_by_the_namespace(make, wire):
    serve(wire)
    config = {"id": "n", "name": "N", "base_model_id": "echo"}
    async with make() as client:
        await client.create_model(config)
        await client.create_model({**config, "access_control": {}})
        await client.create_model({**config, "access_control": None})
        await client.create_model("n", "N", "echo", access_control="private")
        await client.create_model(model_id="n", name="N", user_ids=["u1"])
        await client.models.create(config)
        await client.models.create({**config, "access_grants": [EVERYBODY]})
        await client.models.create({**config, "access_grants": [EVERYBODY]}, access={})
    user = {**EVERYBODY, "principal_id": "u1"}
    expected = [[EVERYBODY], [], [EVERYBODY], [], [user], [], [EVERYBODY], []]
    assert [body["access_grants"] for body in bodies(wire, CREATE)] == expected
    assert "access_control" not in bodies(wire, CREATE)[1]


async def test_the_originals_code_form_of_a_change_names_the_model(make, wire):
    serve(wire)
    async with make() as client:
        await client.update_model("m", "New name", description=None, temperature=0.1)
        await client.update_model("m", None)
    assert bodies(wire, UPDATE)[0]["name"] == "New name"
    assert bodies(wire, UPDATE)[0]["params"]["temperature"] == 0.1
    assert bodies(wire, UPDATE)[0]["meta"] == ENTRY["meta"]
    assert bodies(wire, ACCESS) == [{"id": "m", "name": "M", "access_grants": [EVERYBODY]}]


async def test_an_id_that_is_taken_is_a_conflict(make, wire):
    serve(wire)
    wire.on(*CREATE, httpx2.Response(401, json={"detail": "Uh-oh! This model id is already registered."}))
    async with make() as client:
        with pytest.raises(ConflictError):
            await client.create_model("m")


def imported(wire, *there, meta=None):
    """Answers imports; the entries with these ids are there already."""
    known = set(there)

    def bring(request):
        known.update(row["id"] for row in json.loads(request.content)["models"])
        return True

    def fetch(request):
        wanted = request.url.params["id"]
        return (
            httpx2.Response(200, json={**ENTRY, "id": wanted, "meta": meta, "write_access": True})
            if wanted in known
            else missing(request)
        )

    wire.on(*IMPORT, bring)
    wire.on(*GET, fetch)


async def test_entries_are_brought_one_by_one_with_access_as_the_server_wants_it(make, wire):
    entries = [{"id": "a", "access_control": None}, {"id": "b", "access_grants": []}, {"id": "c"}]
    for version, wanted in (
        ("0.12.4", [{"access_grants": [EVERYBODY]}, {"access_grants": []}, {"access_grants": []}]),
        ("0.7.2", [{"access_control": None}, {"access_control": {}}, {"access_control": {}}]),
    ):
        serve(wire, version)
        imported(wire)
        wire.requests.clear()
        async with make() as client:
            report = await client.models.import_(entries, limit=1)
        assert report == {"succeeded": ["a", "b", "c"], "failed": []}
        sent = [body["models"][0] for body in bodies(wire, IMPORT)]
        assert [{key: row.get(key) for key in said} for row, said in zip(sent, wanted, strict=True)] == wanted


async def test_an_entry_that_is_replaced_keeps_what_is_not_said_and_gets_the_access_that_is(make, wire):
    serve(wire)
    imported(wire, "a", "b", meta={"tags": [], "own": 1})
    entries = [{"id": "a", "meta": {"own": 2}}, {"id": "b", "access_grants": []}]
    async with make() as client:
        report = await client.models.import_(entries, replace=True, limit=1)
    assert report == {"succeeded": ["a", "b"], "failed": []}
    [first], [second] = (body["models"] for body in bodies(wire, IMPORT))
    assert (first["meta"], first["access_grants"]) == ({"tags": [], "own": 2}, [EVERYBODY])
    assert (second["meta"], second["access_grants"]) == ({"tags": [], "own": 1}, [])
    assert bodies(wire, ACCESS) == [{"id": "b", "name": "M", "access_grants": []}]


async def test_an_entry_of_somebody_else_is_not_replaced(make, wire):
    serve(wire, entry={**ENTRY, "write_access": False})
    async with make() as client:
        report = await client.models.import_([{"id": "m"}], replace=True)
    assert "permission" in report.failed[0].error
    assert {request.method for request in wire.requests} == {"GET"}


async def test_what_servers_before_0_8_leave_out_of_their_list_is_asked_for(make, wire):
    serve(wire, "0.6.43")
    listed, extra = {**FORM, "user_id": "u2", "access_control": None}, {**FORM, "id": "x", "access_control": {}}
    writable = {"read": {}, "write": {"user_ids": ["u"]}}
    wire.on("GET", "/api/v1/models/list", {"items": [{**listed, "meta": {"tags": [{"name": "b"}]}}], "total": 1})
    wire.on(*LIST, {"data": [{"id": "m", "preset": True}, {"id": "x", "preset": True}, {"id": "base"}]})
    wire.on(*GET, {**extra, "user_id": "u2", "access_control": writable, "meta": {"tags": [{"name": "a"}]}})
    wire.on(*ME, {"id": "u", "role": "user"})
    async with make() as client:
        found = await client.models.custom()
        assert await client.models.custom(page=2) == []
        assert await client.models.tags() == ["a", "b"]
    assert [(entry.id, entry.write_access) for entry in found] == [("m", False), ("x", True)]
    assert [len(entry.access_grants) for entry in found] == [1, 1]


async def test_null_for_an_entry_is_a_permission_that_is_lacking(make, wire):
    serve(wire, "0.6.43")
    wire.on(*GET, lambda _: httpx2.Response(200, content=b"null", headers={"content-type": "application/json"}))
    async with make() as client:
        for call in (client.models.get, client.get_model):
            with pytest.raises(PermissionDeniedError, match="permission"):
                await call("m")


async def test_an_entry_that_is_there_is_not_changed_unless_told(make, wire):
    serve(wire)
    async with make() as client:
        report = await client.models.import_([{"id": "m"}])
    assert (report.succeeded, report.failed[0].item) == ([], "m")
    assert "replace=True" in report.failed[0].error
    assert {request.method for request in wire.requests} == {"GET"}


WRONG = [  # a call, what is said
    (lambda c: c.models.get(""), "a model id"),
    (lambda c: c.models.ensure(" "), "a model id"),
    (lambda c: c.models.delete(""), "a model id"),
    (lambda c: c.delete_model(""), "a model id"),
    (lambda c: c.models.toggle(""), "a model id"),
    (lambda c: c.models.update("", name="x"), "a model id"),
    (lambda c: c.models.update("m"), "nothing to change"),
    (lambda c: c.update_model("m"), "nothing to change"),
    (lambda c: c.models.update("m", access="everyone"), "everyone"),
    (lambda c: c.models.update("m", capabilities=["vision"]), "vision"),
    (lambda c: c.models.create(""), "a model id"),
    (lambda c: c.models.create({"name": "x"}), "a model id"),
    (lambda c: c.create_model(), "a model id"),
    (lambda c: c.models.import_([{"name": "x"}]), "a model id"),
    (lambda c: c.models.matching(""), "a keyword"),
    (lambda c: c.models.custom(page=0), "from 1"),
    (lambda c: c.models.set_access([], "public"), "no model"),
    (lambda c: c.models.set_access(["m", ""], "public"), "none of them empty"),
    (lambda c: c.models.set_access("m", ["u1"]), "u1"),
    (lambda c: c.batch_update_model_permissions(), "a keyword"),
    (lambda c: c.batch_update_model_permissions([], "", "group", "Crew"), "a keyword"),
    (lambda c: c.batch_update_model_permissions("m", permission_type="all"), "all"),
    (lambda c: c.batch_update_model_permissions("m", permission_type="group"), "needs groups"),
]


@pytest.mark.parametrize(("call", "said"), WRONG)
async def test_what_makes_no_sense_is_refused_before_any_request(make, wire, call, said):
    async with make() as client:
        with pytest.raises(ValueError, match=said):
            await call(client)
    assert wire.lines == []


async def test_one_thing_is_said_once(make, wire):
    async with make() as client:
        for call in (
            client.create_model("m", model_id="n"),
            client.batch_update_model_permissions("m", models=[{"id": "n"}]),
            client.update_model("m", "Name", name="Other"),
            client.models.update("m", sytem_prompt="x"),
        ):
            with pytest.raises(TypeError):
                await call
    assert wire.lines == []
