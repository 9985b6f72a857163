import sys

import anyio
import pytest

from openwebui_chat_client import (
    ANONYMOUS,
    AsyncOpenWebUIClient,
    AuthenticationError,
    PermissionDeniedError,
)
from openwebui_chat_client._server import REVOKED_SESSIONS
from settings import admin_config

SHORT = "6s"
NEW = "another long password"


@pytest.fixture
def somebody(server):
    """An account of its own for each test: the server counts the sign-ins of each."""
    return server.create_user()


@pytest.fixture
def sign_in(make, somebody):
    """A function that makes a client of either colour which signs in itself."""

    def made(password=somebody.password, **options):
        return make(email=somebody.email, password=password, **options)

    return made


def token_of(client):
    """What the client's requests are signed with at the moment."""
    return client._http.credential._session.token


async def is_taken(make, token):
    """Whether the server takes this token."""
    async with make(token) as client:
        try:
            return bool(await client.auths.me())
        except AuthenticationError:
            return False


async def test_a_client_that_signs_in_is_who_it_says(sign_in, somebody):
    async with sign_in() as client:
        assert (await client.auths.me()).id == somebody.id
        copy = client.with_options(timeout=30)
        assert (await copy.auths.me()).email == somebody.email
        assert token_of(copy) == token_of(client) != somebody.jwt


async def test_a_client_that_signs_in_chats_over_the_live_connection(sign_in, title):
    async with sign_in() as client:
        turn = await client.chat("ping", title)
        assert client._socket._client.connected
        stored = await client.chats.get(turn.chat_id)
    assert (turn.response, stored.title) == ("ping", title)


async def test_a_client_that_signs_in_chats_by_polling(sign_in, title, monkeypatch):
    monkeypatch.setitem(sys.modules, "socketio", None)  # as where the extra is not installed
    async with sign_in() as client:
        first = await client.chat("ping", title)
        second = await client.chat("and again", title)
        assert client._socket._client is None
        assert len((await client.chats.get(first.chat_id)).chat["history"]["messages"]) == 4
    assert (second.response, second.chat_id) == ("and again", first.chat_id)


async def test_a_session_is_renewed_before_it_ends(make, server, sign_in, title):
    async with make(server.jwt) as admin, admin_config(admin, JWT_EXPIRES_IN=SHORT), sign_in() as client:
        first = await client.chat("ping", title)
        old = token_of(client)
        with anyio.fail_after(30):
            while await is_taken(make, old):
                assert (await client.chats.get(first.chat_id)).title == title
                await anyio.sleep(0.2)
        assert (await client.chat("and again", title)).chat_id == first.chat_id
        assert token_of(client) != old


@pytest.mark.needs(REVOKED_SESSIONS)
async def test_sessions_that_an_administrator_ends_begin_anew(keyed, make, sign_in, somebody, title):
    async with sign_in() as client:
        first = await client.chat("ping", title)
        old, connection = token_of(client), client._socket._client
        await keyed.users.revoke_sessions(somebody.id)
        assert not await is_taken(make, old)
        with anyio.fail_after(10):
            while connection.connected:
                await anyio.sleep(0.05)
        assert (await client.chat("and again", title)).chat_id == first.chat_id
        assert client._socket._client.connected
        assert client._socket._client is not connection
        assert await is_taken(make, token_of(client))


@pytest.mark.needs(REVOKED_SESSIONS)
async def test_many_at_once_begin_one_session(keyed, sign_in, somebody):
    async with sign_in() as client:
        await client.auths.me()
        await keyed.users.revoke_sessions(somebody.id)
        tokens = set()

        async def ask():
            assert (await client.auths.me()).id == somebody.id
            tokens.add(token_of(client))

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(ask)
    assert len(tokens) == 1


async def test_a_wrong_password_does_not_lock_the_account_out(make, sign_in, somebody):
    async with sign_in("wrong") as client:
        for _ in range(20):
            with pytest.raises(AuthenticationError, match="incorrect"):
                await client.chats.list()
    async with make(ANONYMOUS) as nobody:
        assert (await nobody.auths.signin(somebody.email, somebody.password)).token


async def test_what_an_account_may_not_do_leaves_its_session_alone(sign_in):
    async with sign_in() as client:
        await client.auths.me()
        token = token_of(client)
        with pytest.raises(PermissionDeniedError):
            await client.users.list()
        assert token_of(client) == token


async def test_a_client_that_changes_its_password_goes_on(make, sign_in, somebody, title):
    async with sign_in() as client:
        first = await client.chat("ping", title)
        await client.auths.change_password(somebody.password, NEW)
        assert (await client.chat("and again", title)).chat_id == first.chat_id
    async with sign_in(NEW) as again:
        assert (await again.auths.me()).id == somebody.id
    async with make(ANONYMOUS) as nobody:
        with pytest.raises(AuthenticationError, match="incorrect"):
            await nobody.auths.signin(somebody.email, somebody.password)


async def test_a_client_that_signed_out_signs_in_again_when_it_is_used(sign_in, somebody):
    async with sign_in() as client:
        await client.auths.me()
        old = token_of(client)
        await client.auths.signout()
        assert client._http.credential._session is None
        assert (await client.auths.me()).id == somebody.id
        assert token_of(client) != old


async def test_signing_out_does_not_end_a_key(make, somebody):
    async with make(somebody.token) as client:
        await client.auths.signout()
        assert (await client.auths.me()).id == somebody.id


async def test_a_profile_is_changed_in_the_parts_that_are_given(make, somebody):
    async with make(somebody.jwt) as theirs, make(somebody.token) as keyed:
        before = await theirs.auths.me()
        changed = await theirs.auths.update_profile(bio="Analyst", date_of_birth="1815-12-10")
        assert (changed.id, changed.name) == (somebody.id, before.name)
        await keyed.auths.update_profile(name="Ada L.")
        after = await theirs.auths.me()
        assert (after.name, after["bio"], after["date_of_birth"]) == ("Ada L.", "Analyst", "1815-12-10")
        assert after["profile_image_url"] == before["profile_image_url"]
        await theirs.auths.update_profile(bio=None)
        assert (await theirs.auths.me())["bio"] is None


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_async_client_signs_in_on_either_loop(server, somebody, title, backend):
    async def main():
        async with AsyncOpenWebUIClient(
            server.url, default_model_id="echo", email=somebody.email, password=somebody.password
        ) as client:
            return await client.chat("ping", title)

    assert anyio.run(main, backend=backend).response == "ping"
