import uuid

import anyio
import pytest

from openwebui_chat_client import ANONYMOUS, AuthenticationError, ConflictError, PermissionDeniedError
from settings import admin_config

NO_KEY = "sk-" + "0" * 32


@pytest.fixture(scope="session")
def user(server):
    """Somebody who is no administrator."""
    return server.create_user()


async def still_signed_in(client):
    try:
        return await client.auths.me()
    except AuthenticationError:
        return None


async def test_a_key_and_a_session_tell_who_they_belong_to(client, server):
    me = await client.auths.me()
    assert (me.email, me.role) == (server.email, "admin")


async def test_a_user_without_rights_chats_with_a_key_and_with_a_session(make, user, title):
    for token in (user.token, user.jwt):
        async with make(token) as client:
            assert (await client.chat("ping", title)).response == "ping"
            assert (await client.auths.me()).role == "user"


async def test_the_chats_of_others_are_not_there(make, keyed, user, title):
    theirs = await keyed.chat("mine", title)
    async with make(user.token) as client:
        assert await client.chats.find(title) is None
        with pytest.raises(Exception, match="could not find") as caught:
            await client.chats.get(theirs.chat_id)
    assert type(caught.value).__name__ == "NotFoundError"


async def test_what_a_user_may_not_do_says_so(make, user):
    async with make(user.token) as client:
        with pytest.raises(PermissionDeniedError, match="permission"):
            await client.users.create("X", f"{uuid.uuid4()}@example.org", "password")


@pytest.mark.parametrize("token", [NO_KEY, "not.a.token"])
async def test_a_token_that_nobody_has_is_an_authentication_error(make, title, token):
    async with make(token) as client:
        with pytest.raises(AuthenticationError, match="expired") as caught:
            await client.chat("ping", title)
    assert token not in str(caught.value)


async def test_no_token_at_all_is_said_to_be_missing(make, server):
    async with make(ANONYMOUS) as client:
        assert (await client.server.info()).version == server.version
        with pytest.raises(AuthenticationError, match="No token was sent"):
            await client.chats.list()


async def test_a_session_that_expired_is_an_authentication_error(make, server, user, title):
    async with make(server.jwt) as admin:
        async with admin_config(admin, JWT_EXPIRES_IN="1s"), make(ANONYMOUS) as nobody:
            token = (await nobody.auths.signin(user.email, user.password)).token
        async with make(token) as client:
            with anyio.fail_after(20):
                while await still_signed_in(client):
                    await anyio.sleep(0.1)
            with pytest.raises(AuthenticationError, match="expired"):
                await client.chat("ping", title)


async def test_keys_that_are_switched_off_are_denied_with_the_switch(make, server, keyed, title):
    async with make(server.jwt) as admin, admin_config(admin, ENABLE_API_KEYS=False):
        with pytest.raises(PermissionDeniedError, match="switched off: an administrator"):
            await keyed.chat("ping", title)
    assert (await keyed.chat("ping", title)).response == "ping"


async def test_a_key_with_restricted_endpoints_is_denied_and_leaves_nothing(make, server, keyed, title):
    allowed = "/api/version,/api/v1/chats"
    restricted = {"ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS": True, "API_KEYS_ALLOWED_ENDPOINTS": allowed}
    async with make(server.jwt) as admin:
        async with admin_config(admin, **restricted):
            with pytest.raises(PermissionDeniedError):
                await keyed.chat("ping", title)
        assert await admin.chats.find(title) is None


async def test_a_wrong_password_is_an_authentication_error(make, server):
    async with make(ANONYMOUS) as client:
        with pytest.raises(AuthenticationError, match="incorrect"):
            await client.auths.signin(server.email, "wrong")


async def test_signing_up_where_nobody_may_is_denied(make):
    async with make(ANONYMOUS) as client:
        with pytest.raises(PermissionDeniedError):
            await client.auths.signup("X", f"{uuid.uuid4()}@example.org", "password")


async def test_an_address_that_has_an_account_is_a_conflict(make, server, user):
    async with make(server.jwt) as client:
        with pytest.raises(ConflictError, match="already registered"):
            await client.users.create("X", user.email, "password")


async def test_a_new_key_replaces_the_old_one(make, server):
    somebody = server.create_user()
    async with make(somebody.jwt) as client:
        key = await client.auths.create_api_key()
    assert key.startswith("sk-")
    async with make(key) as client:
        assert (await client.auths.me()).email == somebody.email
    async with make(somebody.token) as client:
        with pytest.raises(AuthenticationError):
            await client.auths.me()


async def test_a_session_does_not_show_its_token(make, server):
    async with make(ANONYMOUS) as client:
        session = await client.auths.signin(server.email, server.password)
    assert session.token not in repr(session)
