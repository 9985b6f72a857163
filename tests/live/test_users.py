import uuid

import pytest

from openwebui_chat_client import (
    ANONYMOUS,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OpenWebUIClient,
    PermissionDeniedError,
)
from openwebui_chat_client._server import REVOKED_SESSIONS, parse
from openwebui_chat_client.errors import AmbiguousNameError, BadRequestError, NameNotFoundError
from settings import admin_config

PASSWORD = "correct horse"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def email():
    """An e-mail address that nobody has."""
    return f"{uuid.uuid4()}@example.org"


@pytest.fixture(scope="session")
def user(server):
    """Somebody who is no administrator."""
    return server.create_user()


async def test_an_account_is_made_found_changed_and_deleted(keyed, make, email):
    made = await keyed.users.create("Ann", email.upper(), PASSWORD)
    assert (made.name, made.email, made.role) == ("Ann", email, "user")
    assert made.created.utcoffset().total_seconds() == 0
    assert (await keyed.users.find(email.upper())).id == made.id
    assert (await keyed.get_user_by_id(made.id)).email == email
    changed = await keyed.users.update(made.id, name="Anna", password="another horse")
    assert (changed.name, changed.email, changed.role) == ("Anna", email, "user")
    async with make(ANONYMOUS) as nobody:
        assert (await nobody.auths.signin(email, "another horse")).name == "Anna"
    assert await keyed.delete_user(made.id) is True
    assert await keyed.users.find(email) is None
    with pytest.raises(NotFoundError):
        await keyed.get_user_by_id(made.id)


async def test_a_role_is_changed_and_counts_at_once(keyed, make, email):
    made = await keyed.users.create("Ann", email, PASSWORD, role="pending")
    async with make(ANONYMOUS) as nobody:
        session = await nobody.auths.signin(email, PASSWORD)
    assert session.role == "pending"
    assert await keyed.update_user_role(made.id, "admin") is True
    async with make(session.token) as theirs:
        assert (await theirs.auths.me()).role == "admin"
        assert len(await theirs.get_users(limit=1)) == 1
        await keyed.update_user_role(made.id, "user")
        with pytest.raises(PermissionDeniedError):
            await theirs.get_users()
    assert (await keyed.users.get(made.id)).role == "user"
    await keyed.users.delete(made.id)


@pytest.fixture(scope="module")
def crowd(server):
    """More accounts than a page of the server's list holds: the mark in their names, and their ids."""
    mark = uuid.uuid4().hex
    with OpenWebUIClient(server.url, server.token) as admin:
        made = [admin.users.create(f"Many {mark}", f"{number}-{mark}@example.org", PASSWORD) for number in range(32)]
    return mark, {user.id for user in made}


async def test_accounts_are_listed_over_all_pages(keyed, server, crowd):
    mark, ids = crowd
    assert ids <= {user.id for user in await keyed.users.list()}
    listed = await keyed.get_users(limit=1000)
    assert ids <= {user.id for user in listed}
    assert [user.id for user in await keyed.get_users(skip=28, limit=4)] == [user.id for user in listed[28:32]]
    async with keyed.users.iter() as users:
        assert server.email in {user.email async for user in users}
    async with keyed.users.search(f"MANY {mark}") as users:
        assert {user.id async for user in users} == ids


async def test_nobody_deletes_himself_the_first_administrator_or_somebody_who_is_not_there(keyed, make, email):
    me = await keyed.auths.me()
    with pytest.raises(PermissionDeniedError, match="restricted"):
        await keyed.delete_user(me.id)
    other = await keyed.users.create("Second", email, PASSWORD, role="admin")
    async with make(ANONYMOUS) as nobody:
        session = await nobody.auths.signin(email, PASSWORD)
    async with make(session.token) as second:
        for user_id in (other.id, me.id):
            with pytest.raises(PermissionDeniedError, match="restricted"):
                await second.delete_user(user_id)
        with pytest.raises(PermissionDeniedError, match="restricted"):
            await second.update_user_role(me.id, "user")
    for user_id in (NOBODY, "no such id"):
        with pytest.raises(NotFoundError):
            await keyed.delete_user(user_id)
        with pytest.raises(NotFoundError):
            await keyed.update_user_role(user_id, "user")
    assert (await keyed.users.get(me.id)).role == (await keyed.users.get(other.id)).role == "admin"
    await keyed.users.delete(other.id)


async def test_an_address_that_is_taken_is_a_conflict(keyed, user, email):
    with pytest.raises(ConflictError):
        await keyed.users.create("X", user.email, PASSWORD)
    made = await keyed.users.create("X", email, PASSWORD)
    with pytest.raises(ConflictError):
        await keyed.users.update(made.id, email=user.email)
    assert (await keyed.users.get(made.id)).email == email
    await keyed.users.delete(made.id)


async def test_what_a_user_may_not_do_says_so(make, user):
    async with make(user.token) as theirs:
        for call in (
            theirs.get_users(),
            theirs.users.list(),
            theirs.get_user_by_id(user.id),
            theirs.update_user_role(user.id, "admin"),
            theirs.delete_user(user.id),
            theirs.users.create("X", "x@example.org", PASSWORD),
            theirs.users.groups(user.id),
            theirs.users.default_permissions(),
            theirs.groups.create("X"),
            theirs.groups.get(NOBODY),
            theirs.groups.update(NOBODY, name="X"),
            theirs.groups.members(NOBODY),
            theirs.groups.add_members(NOBODY, user.id),
            theirs.groups.remove_members(NOBODY, user.id),
            theirs.groups.delete(NOBODY),
        ):
            with pytest.raises(PermissionDeniedError, match="permission"):
                await call
        found = await theirs.users.find(user.email)
        assert (found.id, (await theirs.auths.me()).role) == (user.id, "user")


async def test_a_group_is_made_filled_emptied_and_deleted(keyed, make, user, title):
    group = await keyed.groups.create(title, "All hands")
    assert (group.name, group.description, group.member_count) == (title, "All hands", 0)
    assert (await keyed.groups.find(title)).id == group.id
    assert title in {found.name for found in await keyed.list_groups()}
    assert (await keyed.groups.add_members(group.id, user.id)).member_count == 1
    assert (await keyed.groups.add_members(group.id, [user.id])).member_count == 1
    assert [member.email for member in await keyed.groups.members(group.id)] == [user.email]
    assert group.id in {found.id for found in await keyed.users.groups(user.id)}
    async with make(user.token) as theirs:
        assert group.id in {found.id for found in await theirs.list_groups()}
    with pytest.raises(NameNotFoundError, match=NOBODY):
        await keyed.groups.add_members(group.id, [NOBODY])
    assert (await keyed.groups.remove_members(group.id, user.id)).member_count == 0
    assert await keyed.groups.members(group.id) == []
    await keyed.groups.delete(group.id)
    assert await keyed.groups.find(title) is None
    for call in (
        keyed.groups.get(group.id),
        keyed.groups.members(group.id),
        keyed.groups.update(group.id, name="X"),
        keyed.groups.add_members(group.id, user.id),
        keyed.groups.remove_members(group.id, user.id),
        keyed.groups.delete(group.id),
    ):
        with pytest.raises(NotFoundError):
            await call


async def test_a_group_lets_its_members_do_more(keyed, make, server, title):
    somebody = server.create_user()
    group = await keyed.groups.create(title, permissions={"features": {"direct_tool_servers": True}})
    await keyed.groups.add_members(group.id, somebody.id)
    changed = await keyed.groups.update(group.id, description="D", permissions={"workspace": {"models": True}})
    assert changed.permissions == {"features": {"direct_tool_servers": True}, "workspace": {"models": True}}
    with pytest.raises(ValueError, match=r"features\.flying"):
        await keyed.groups.update(group.id, permissions={"features": {"flying": True}})
    assert (changed.name, changed.description, changed.member_count) == (title, "D", 1)
    model_id = f"theirs-{uuid.uuid4()}"
    async with make(somebody.token) as theirs:
        assert (await theirs.auths.permissions())["workspace"]["models"] is True
        await theirs.models.create(model_id, base_model_id="echo")
        assert (await theirs.chat("ping", title, model_id=model_id)).response == "ping"
        await theirs.models.delete(model_id)
        await keyed.groups.delete(group.id)
        assert (await theirs.auths.permissions())["workspace"]["models"] is False


async def test_two_groups_of_one_name_are_told_apart_by_id(keyed, title):
    first, second = [await keyed.groups.create(title) for _ in range(2)]
    with pytest.raises(AmbiguousNameError) as caught:
        await keyed.batch_update_model_permissions("echo", permission_type="group", group_identifiers=title)
    assert {match["id"] for match in caught.value.matches} == {first.id, second.id}
    assert await keyed.groups.resolve([second.id]) == [second.id]
    for group in (first, second):
        await keyed.groups.delete(group.id)


async def test_what_all_users_may_do_is_changed_in_one_place_only(keyed, make, user):
    before = await keyed.users.default_permissions()
    changed = await keyed.users.set_default_permissions({"workspace": {"prompts_export": True}})
    try:
        assert changed == before | {"workspace": before["workspace"] | {"prompts_export": True}}
        async with make(user.token) as theirs:
            assert (await theirs.auths.permissions())["workspace"]["prompts_export"] is True
        with pytest.raises(ValueError, match=r"workspace\.flying"):
            await keyed.users.set_default_permissions({"workspace": {"flying": True}})
    finally:
        await keyed.users.set_default_permissions({"workspace": {"prompts_export": False}})
    assert await keyed.users.default_permissions() == before


async def test_a_key_is_made_read_rotated_and_deleted(make, server):
    somebody = server.create_user()
    async with make(somebody.jwt) as theirs:
        assert await theirs.auths.get_api_key() == somebody.token
        rotated = await theirs.auths.create_api_key()
        assert rotated != somebody.token
        assert await theirs.auths.get_api_key() == rotated
        await theirs.auths.delete_api_key()
        assert await theirs.auths.get_api_key() is None
        await theirs.auths.delete_api_key()
    for key in (somebody.token, rotated):
        async with make(key) as theirs:
            with pytest.raises(AuthenticationError):
                await theirs.auths.me()


async def test_a_new_password_counts_and_ends_the_session_where_the_server_can(make, server):
    somebody = server.create_user()
    async with make(somebody.jwt) as theirs:
        with pytest.raises(BadRequestError):
            await theirs.auths.change_password("wrong", PASSWORD)
        await theirs.auths.change_password(somebody.password, PASSWORD)
        if parse(server.version) >= REVOKED_SESSIONS.since:
            with pytest.raises(AuthenticationError):
                await theirs.auths.me()
        else:
            assert (await theirs.auths.me()).id == somebody.id
    async with make(ANONYMOUS) as nobody:
        with pytest.raises(AuthenticationError, match="incorrect"):
            await nobody.auths.signin(somebody.email, somebody.password)
        assert (await nobody.auths.signin(somebody.email, PASSWORD)).token
    async with make(somebody.token) as theirs:
        assert (await theirs.auths.me()).id == somebody.id


@pytest.mark.needs(REVOKED_SESSIONS)
async def test_an_administrator_ends_the_sessions_of_others(keyed, make, server):
    somebody = server.create_user()
    await keyed.users.revoke_sessions(somebody.id)
    async with make(somebody.jwt) as theirs:
        with pytest.raises(AuthenticationError):
            await theirs.auths.me()
    async with make(somebody.token) as theirs:
        assert (await theirs.auths.me()).id == somebody.id
    with pytest.raises(NotFoundError):
        await keyed.users.revoke_sessions(NOBODY)


async def test_a_session_says_when_it_ends_and_what_its_owner_may_do(make, server):
    async with make(ANONYMOUS) as nobody:
        session = await nobody.auths.signin(server.email, server.password)
    assert session.expires.timestamp() == session.expires_at
    assert session.permissions["chat"]["delete"] is True
    async with make(session.token) as again:
        assert (await again.auths.me()).permissions == session.permissions
        assert await again.auths.permissions() == session.permissions


async def test_who_a_key_belongs_to_is_known_where_user_status_is_off(make, server, keyed, user):
    async with make(server.jwt) as admin, admin_config(admin, ENABLE_USER_STATUS=False):
        assert (await keyed.auths.me()).email == server.email
        async with make(user.token) as theirs:
            me = await theirs.auths.me()
            assert (me.id, me.email, me.role) == (user.id, user.email, "user")


async def test_a_role_is_set_by_its_own_name_and_none_but_the_three_is_sent(keyed, email):
    made = await keyed.users.create("Ann", email, PASSWORD)
    assert (await keyed.users.set_role(made.id, "pending")).role == "pending"
    with pytest.raises(ValueError, match="boss"):
        await keyed.users.set_role(made.id, "boss")
    assert (await keyed.users.get(made.id)).role == "pending"
    await keyed.users.delete(made.id)
