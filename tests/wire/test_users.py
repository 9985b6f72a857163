import json

import httpx2
import pytest

from openwebui_chat_client import AuthenticationError, NotFoundError, PermissionDeniedError, UnsupportedError
from openwebui_chat_client.errors import AmbiguousNameError, NameNotFoundError, SecondFactorError

USER = {"id": "u1", "name": "Ann", "email": "ann@x.org", "role": "user", "profile_image_url": "/user.png"}
GROUP = {
    "id": "g1",
    "name": "Crew",
    "description": "All hands",
    "permissions": {"chat": {"delete": False, "edit": True}, "features": {"api_keys": True}},
    "data": {"config": {"share": True, "other": 1}},
}
PERMISSIONS = "/api/v1/users/default/permissions"
RESTRICTED = {"detail": "The requested action has been restricted as a security measure."}


def missing(_):
    return httpx2.Response(400, json={"detail": "We could not find what you're looking for :/"})


def body(wire):
    return json.loads(wire.requests[-1].content)


def page(request):
    number = int(request.url.params["page"])
    sizes = {1: 30, 2: 30, 3: 10}
    users = [{**USER, "id": f"u{(number - 1) * 30 + place}"} for place in range(sizes.get(number, 0))]
    return {"users": users, "total": 70}


@pytest.mark.parametrize(
    ("skip", "limit", "pages"),
    [(0, 50, [1, 2]), (0, 30, [1]), (29, 2, [1, 2]), (35, 10, [2]), (60, 50, [3]), (200, 5, [7]), (0, 0, [])],
)
async def test_skip_and_limit_are_the_servers_pages(make, wire, skip, limit, pages):
    wire.on("GET", "/api/v1/users/", page)
    async with make() as client:
        found = await client.get_users(skip=skip, limit=limit)
    assert [user.id for user in found] == [f"u{number}" for number in range(70)][skip : skip + limit]
    assert [int(request.url.params["page"]) for request in wire.requests] == pages


async def test_all_pages_are_walked(make, wire):
    wire.on("GET", "/api/v1/users/", page)
    async with make() as client:
        assert len(await client.users.list()) == 70
        assert len(await client.users.list(page=3)) == 10


async def test_a_part_of_a_user_is_sent_alone_and_with_the_rest_to_older_servers(make, wire):
    wire.on("GET", "/api/v1/users/u1", USER)
    wire.on("POST", "/api/v1/users/u1/update", USER)
    for version, rest in (("0.12.4", {}), ("0.8.12", {key: USER[key] for key in USER if key != "id"})):
        wire.on("GET", "/api/version", {"version": version})
        async with make() as client:
            assert await client.update_user_role("u1", "admin") is True
        assert body(wire) == {**rest, "role": "admin"}


async def test_a_user_that_there_is_not_is_not_deleted(make, wire):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("GET", "/api/v1/users/u1", missing)
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.delete_user("u1")
    assert wire.lines == ["GET /api/version", "GET /api/v1/users/u1"]


async def test_servers_before_0_8_are_asked_whether_one_may_look_up_an_account(make, wire):
    denied = {"detail": "You do not have permission to access this resource."}
    wire.on("GET", "/api/v1/users/u1", USER)
    for version, lines in (
        ("0.7.2", ["GET /api/version", "GET /api/v1/users/u1/groups"]),
        ("0.8.12", ["GET /api/version", "GET /api/v1/users/u1"]),
    ):
        wire.requests.clear()
        wire.on("GET", "/api/version", {"version": version})
        wire.on("GET", "/api/v1/users/u1/groups", lambda _: httpx2.Response(401, json=denied))
        async with make() as client:
            if version == "0.7.2":
                with pytest.raises(PermissionDeniedError):
                    await client.get_user_by_id("u1")
            else:
                assert (await client.get_user_by_id("u1")).name == "Ann"
        assert wire.lines == lines


async def test_the_first_administrator_is_left_alone_on_servers_that_call_that_a_failure(make, wire):
    wire.on("GET", "/api/version", {"version": "0.8.12"})
    wire.on("GET", "/api/v1/users/u1", USER)
    failure = httpx2.Response(500, json={"detail": "Could not verify primary admin status."})
    wire.on("POST", "/api/v1/users/u1/update", failure)
    wire.on("DELETE", "/api/v1/users/u1", failure)
    async with make() as client:
        for call in (client.update_user_role("u1", "user"), client.delete_user("u1")):
            with pytest.raises(PermissionDeniedError, match="restricted"):
                await call


async def test_default_permissions_are_read_merged_and_written_whole(make, wire):
    path = "/api/v1/users/default/permissions"
    wire.on("GET", path, {"chat": {"edit": True, "delete": True}, "features": {"api_keys": False}})
    wire.on("POST", path, lambda request: json.loads(request.content))
    async with make() as client:
        changed = await client.users.set_default_permissions({"chat": {"delete": False}})
        assert changed == {"chat": {"edit": True, "delete": False}, "features": {"api_keys": False}}
        wire.requests.clear()
        for unknown in ({"chat": {"fly": True}}, {"flying": {"far": True}}):
            with pytest.raises(ValueError, match="no permission"):
                await client.users.set_default_permissions(unknown)
    assert {request.method for request in wire.requests} == {"GET"}


async def test_sessions_are_revoked_where_the_server_can(make, wire):
    wire.on("GET", "/api/version", {"version": "0.11.4"})
    async with make() as client:
        with pytest.raises(UnsupportedError, match=r"0\.12"):
            await client.users.revoke_sessions("u1")
    assert wire.lines == ["GET /api/version"]


async def test_a_change_of_a_group_leaves_everything_else_as_it_is(make, wire):
    wire.on("GET", "/api/v1/groups/id/g1", GROUP)
    wire.on("POST", "/api/v1/groups/id/g1/update", GROUP)
    wire.on("GET", PERMISSIONS, {"chat": {"delete": True, "edit": True}})
    async with make() as client:
        await client.groups.update("g1", permissions={"chat": {"delete": True}}, data={"config": {"share": False}})
        assert body(wire) == {
            "name": "Crew",
            "description": "All hands",
            "permissions": {"chat": {"delete": True, "edit": True}, "features": {"api_keys": True}},
            "data": {"config": {"share": False, "other": 1}},
        }
        await client.groups.update("g1", description="")
        assert body(wire) == {"name": "Crew", "description": ""}


async def test_a_group_has_the_same_keys_whatever_the_server_says(make, wire):
    wire.on("GET", "/api/v1/groups/", [{"id": "g1", "name": "Crew", "data": None}])
    async with make() as client:
        [group] = await client.list_groups()
    assert (group["data"], group["parent_group_id"]) == ({}, None)


async def test_a_permission_that_the_server_does_not_know_is_not_kept_for_a_group(make, wire):
    wire.on("GET", PERMISSIONS, {"chat": {"delete": True}})
    async with make() as client:
        for call in (
            client.groups.create("Crew", permissions={"chat": {"fly": True}}),
            client.groups.update("g1", permissions={"flying": {"far": True}}),
        ):
            with pytest.raises(ValueError, match="no permission"):
                await call
    assert set(wire.lines) == {f"GET {PERMISSIONS}"}


async def test_a_group_that_is_not_there_is_neither_filled_nor_emptied_nor_deleted(make, wire):
    wire.on("GET", "/api/v1/users/all", {"users": [USER], "total": 1})
    wire.on("GET", "/api/v1/groups/id/g1", missing)
    async with make() as client:
        for call in (
            client.groups.add_members("g1", "u1"),
            client.groups.remove_members("g1", "u1"),
            client.groups.delete("g1"),
        ):
            with pytest.raises(NotFoundError):
                await call
    assert {request.method for request in wire.requests} == {"GET"}


async def test_a_part_of_the_settings_is_imported_with_the_rest_to_servers_that_forget_it(make, wire):
    held = {"ui": {"banners": [1], "model_order_list": ["a"]}, "version": 0}
    wire.on("GET", "/api/v1/configs/export", held)
    wire.on("POST", "/api/v1/configs/import", {})
    for version, sent in (
        ("0.12.4", {"ui.model_order_list": ["b"], "x.y.z": 1}),
        ("0.9.6", {"ui": {"banners": [1], "model_order_list": ["b"]}, "version": 0, "x": {"y": {"z": 1}}}),
    ):
        wire.on("GET", "/api/version", {"version": version})
        async with make() as client:
            await client.configs.import_({"ui.model_order_list": ["b"], "x.y.z": 1})
            assert body(wire) == {"config": sent}
            await client.configs.import_({"ui": {"banners": []}})
    assert body(wire) == {"config": {**held, "ui": {"banners": [], "model_order_list": ["a"]}}}


async def test_a_setting_that_the_server_leaves_out_is_reported(make, wire):
    wire.on("GET", "/api/version", {"version": "0.11.4"})
    wire.on("POST", "/api/v1/users/user/settings/update", {})
    wire.on("GET", "/api/v1/users/user/settings", {"ui": {"system": "old", "parts": {"b": 1}, "on": True}})
    async with make() as client:
        kept = await client.users.update_settings({"on": True, "parts": {"a": 1}, "gone": None})
        assert kept["ui"]["on"] is True
        with pytest.raises(PermissionDeniedError, match="params, system"):
            await client.users.update_settings({"system": "new", "on": True, "params": {}})


async def test_a_second_factor_is_not_sent_to_servers_without(make, wire):
    wire.on("GET", "/api/version", {"version": "0.11.4"})
    async with make() as client:
        with pytest.raises(UnsupportedError, match=r"second factor: needs Open WebUI 0\.12\.0, .* 0\.11\.4"):
            await client.auths.verify("challenge", "123456")
    assert wire.lines == ["GET /api/version"]


async def test_a_group_is_named_by_id_or_name(make, wire):
    wire.on("GET", "/api/v1/groups/", [GROUP, {"id": "g2", "name": "Two"}, {"id": "g3", "name": "Two"}])
    async with make() as client:
        assert await client.groups.resolve(["g3", "Crew"]) == ["g3", "g1"]
        assert await client.groups.resolve("Crew") == ["g1"]
        assert (await client.groups.find("Crew")).id == "g1"
        assert await client.groups.find("crew") is None
        with pytest.raises(AmbiguousNameError) as caught:
            await client.groups.resolve("Two")
        assert [group.id for group in caught.value.matches] == ["g2", "g3"]
        with pytest.raises(NameNotFoundError, match="Nobody"):
            await client.groups.resolve(["Crew", "Nobody"])


async def test_nobody_joins_a_group_when_one_user_is_unknown(make, wire):
    wire.on("GET", "/api/v1/users/all", {"users": [USER], "total": 1})
    async with make() as client:
        with pytest.raises(NameNotFoundError, match="u2"):
            await client.groups.add_members("g1", ["u1", "u2"])
    assert wire.lines == ["GET /api/v1/users/all"]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("verify", "auths.verify"),
        ("enroll", "browser"),
        ("recover", "reset it"),
        ("pending", "let the account in"),
        ("dance", r"does not know \(dance\)"),
    ],
)
async def test_a_sign_in_that_wants_more_says_what_and_how_to_go_on(make, wire, step, said):
    wire.on("POST", "/api/v1/auths/signin", {"next_step": step, "challenge_token": "u1.secret", "expires_in": 300})
    async with make() as client:
        with pytest.raises(SecondFactorError, match=said) as caught:
            await client.auths.signin("ann@x.org", "password")
    error = caught.value
    assert isinstance(error, AuthenticationError)
    assert (error.next_step, error.challenge_token, error.expires_in) == (step, "u1.secret", 300)
    assert "secret" not in str(error)


async def test_who_a_key_belongs_to_is_found_where_user_status_is_off(make, wire):
    wire.on("GET", "/api/v1/users/user/status", lambda _: httpx2.Response(403, json=RESTRICTED))
    wire.on("GET", "/api/v1/users/u1/info", USER)
    shared = {"id": "c1", "user_id": "u2", "is_default": True, "access_grants": [{"id": "1"}]}
    wire.on("GET", "/api/v1/calendars/", [shared, {"id": "c2", "user_id": "u1", "access_grants": []}])
    wire.on("GET", "/api/v1/auths/", USER)
    for version, last in (("0.12.4", "GET /api/v1/users/u1/info"), ("0.11.4", "GET /api/v1/auths/")):
        wire.on("GET", "/api/version", {"version": version})
        async with make() as client:
            assert (await client.auths.me()).id == "u1"
        assert wire.lines[-1] == last


async def test_when_nothing_says_who_a_key_belongs_to_the_first_answer_is_the_error(make, wire):
    wire.on("GET", "/api/v1/users/user/status", lambda _: httpx2.Response(403, json=RESTRICTED))
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("GET", "/api/v1/calendars/", [{"id": "c1", "user_id": "u2", "access_grants": [{"id": "1"}]}])
    async with make() as client:
        with pytest.raises(PermissionDeniedError, match="user/status"):
            await client.auths.me()


WRONG = [  # a call, what is said
    (lambda c: c.users.get(""), "an id"),
    (lambda c: c.get_user_by_id("."), "an id"),
    (lambda c: c.users.delete(""), "an id"),
    (lambda c: c.delete_user(" "), "an id"),
    (lambda c: c.delete_user(None), "an id"),
    (lambda c: c.users.groups(""), "an id"),
    (lambda c: c.users.revoke_sessions(""), "an id"),
    (lambda c: c.users.update("", name="x"), "an id"),
    (lambda c: c.users.update("u1"), "nothing to change"),
    (lambda c: c.users.update("u1", name=""), "a name"),
    (lambda c: c.users.set_role("u1", "king"), "king"),
    (lambda c: c.update_user_role("u1", ""), "a role"),
    (lambda c: c.users.create("", "a@x.org", "p"), "a name"),
    (lambda c: c.users.create("A", "a@x.org", "p", "king"), "king"),
    (lambda c: c.users.search("").__anext__(), "a keyword"),
    (lambda c: c.users.find(""), "an e-mail"),
    (lambda c: c.users.list(page=0), "from 1"),
    (lambda c: c.users.set_default_permissions({}), "no permission"),
    (lambda c: c.get_users(skip=-1), "negative"),
    (lambda c: c.groups.get(""), "an id"),
    (lambda c: c.groups.delete(""), "an id"),
    (lambda c: c.groups.members(""), "an id"),
    (lambda c: c.groups.update("", name="x"), "an id"),
    (lambda c: c.groups.update("g1"), "nothing to change"),
    (lambda c: c.groups.create(" "), "a name"),
    (lambda c: c.groups.find(""), "a name"),
    (lambda c: c.groups.resolve([""]), "none of them empty"),
    (lambda c: c.groups.add_members("g1", []), "no user"),
    (lambda c: c.groups.remove_members("g1", []), "no user"),
    (lambda c: c.groups.remove_members("", "u1"), "an id"),
    (lambda c: c.auths.signin("", "p"), "an e-mail"),
    (lambda c: c.auths.signin("a@x.org", ""), "a password"),
    (lambda c: c.auths.verify("", "123456"), "a challenge"),
    (lambda c: c.auths.verify("t", " "), "a code"),
    (lambda c: c.auths.change_password("p", ""), "a new password"),
    (lambda c: c.auths.update_profile(), "nothing to change"),
    (lambda c: c.auths.update_profile(name=" "), "a name"),
    (lambda c: c.auths.update_profile(date_of_birth="yesterday"), "yesterday"),
]


@pytest.mark.parametrize(("call", "said"), WRONG)
async def test_what_makes_no_sense_is_refused_before_any_request(make, wire, call, said):
    async with make() as client:
        with pytest.raises(ValueError, match=said):
            await call(client)
    assert wire.lines == []


async def test_a_field_that_users_do_not_have_is_refused(make, wire):
    async with make() as client:
        with pytest.raises(TypeError, match="nmae"):
            await client.users.update("u1", nmae="x")
        with pytest.raises(TypeError, match="emial"):
            await client.auths.update_profile(emial="x")
    assert wire.lines == []
