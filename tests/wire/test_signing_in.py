import json
import logging
import threading
import time
from contextlib import aclosing

import anyio
import anyio.to_thread
import httpx2
import pytest

from openwebui_chat_client import (
    APIConnectionError,
    APIResponseError,
    AuthenticationError,
    PermissionDeniedError,
    RateLimitError,
    SecondFactorError,
)

SIGNIN = "POST /api/v1/auths/signin"
LOGIN = {"email": "ann@x.org", "password": "hush hush"}
EXPIRED = "401 Unauthorized"
REVOKED = "Invalid token"
WRONG = "The email or password provided is incorrect. Please check for typos and try logging in again."


def unauthorized(detail):
    return httpx2.Response(401, json={"detail": detail})


class Accounts:
    """A server with one account, whose sessions it knows."""

    def __init__(self, wire, lasting=3600):
        self.wire, self.lasting, self.made, self.valid = wire, lasting, 0, set()
        self.password, self.refusal = LOGIN["password"], EXPIRED
        wire.on("POST", "/api/v1/auths/signin", self.signin)
        wire.on("GET", "/api/v1/auths/", self.guarded({"id": "u1"}))
        wire.on("GET", "/api/v1/folders/", self.guarded([]))

    def signin(self, request):
        given = json.loads(request.content)
        assert "authorization" not in request.headers
        if given != {"email": LOGIN["email"], "password": self.password}:
            return httpx2.Response(400, json={"detail": WRONG})
        self.made += 1
        token = f"session-{self.made}"
        self.valid = {token}
        ends = None if self.lasting is None else time.time() + self.lasting
        return {"token": token, "expires_at": ends, "id": "u1", "email": LOGIN["email"]}

    def guarded(self, answer):
        def answered(request):
            token = request.headers["authorization"].removeprefix("Bearer ")
            return answer if token in self.valid else unauthorized(self.refusal)

        return answered

    @property
    def tokens(self):
        """What each request that was not a sign-in was signed with."""
        return [
            request.headers.get("authorization") for request in self.wire.requests if "signin" not in request.url.path
        ]


class Busy(httpx2.MockTransport):
    """Takes a moment for each sign-in, unless a second one comes meanwhile."""

    moment = 0.5

    def __init__(self, wire):
        super().__init__(wire)
        self.waiting, self.second = 0, threading.Event()

    def handle_request(self, request):
        if "signin" in request.url.path:
            self.wait()
        return super().handle_request(request)

    async def handle_async_request(self, request):
        if "signin" in request.url.path:
            await anyio.to_thread.run_sync(self.wait)
        return await super().handle_async_request(request)

    def wait(self):
        self.waiting += 1
        if self.waiting > 1:
            self.second.set()
        self.second.wait(self.moment)
        self.waiting -= 1


@pytest.fixture
def accounts(wire):
    return Accounts(wire)


@pytest.fixture
def signing_in(make):
    def made(**options):
        return make(None, **{**LOGIN, **options})

    return made


async def test_a_client_signs_in_with_the_first_request_that_needs_it(signing_in, wire, accounts):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    async with signing_in() as client:
        assert wire.lines == []
        await client.server.info()
        await client.folders.list()
        await client.folders.list()
    assert wire.lines == ["GET /api/version", SIGNIN, "GET /api/v1/folders/", "GET /api/v1/folders/"]
    assert accounts.tokens == [None, "Bearer session-1", "Bearer session-1"]


async def test_what_is_refused_by_us_signs_nobody_in(signing_in, wire):
    async with signing_in() as client:
        with pytest.raises(ValueError, match="an id is needed"):
            await client.chats.get("")
        with pytest.raises(ValueError, match="begins with a slash"):
            await client.request("GET", "no-slash")
    assert wire.lines == []


@pytest.mark.parametrize(("lasting", "sign_ins"), [(3600, 1), (None, 1), (0, 3), (-30, 3)])
async def test_a_session_is_renewed_when_it_ends_and_only_then(signing_in, wire, accounts, lasting, sign_ins):
    accounts.lasting = lasting
    async with signing_in() as client:
        for _ in range(3):
            assert await client.folders.list() == []
    assert wire.lines.count(SIGNIN) == sign_ins


@pytest.mark.usefixtures("accounts")
async def test_copies_share_the_session(signing_in, wire):
    async with signing_in() as client:
        copy = client.with_options(timeout=7)
        await copy.folders.list()
        await client.folders.list()
        await copy.with_options(max_retries=1).folders.list()
    assert wire.lines.count(SIGNIN) == 1


async def many(call, times=20):
    """The outcomes of that many calls at once."""
    outcomes = []

    async def one():
        try:
            outcomes.append(await call())
        except Exception as error:
            outcomes.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(times):
            group.start_soon(one)
    return outcomes


@pytest.mark.usefixtures("accounts")
async def test_many_at_once_sign_in_once(signing_in, wire):
    async with signing_in(transport=Busy(wire)) as client:
        assert await many(client.folders.list) == [[]] * 20
    assert wire.lines.count(SIGNIN) == 1


async def test_many_at_once_whose_session_was_revoked_sign_in_once_more(signing_in, wire, accounts):
    async with signing_in(transport=Busy(wire)) as client:
        await client.folders.list()
        accounts.valid.clear()
        assert await many(client.folders.list) == [[]] * 20
    assert wire.lines.count(SIGNIN) == 2


async def test_many_at_once_do_not_wait_one_after_the_other_for_a_server_that_is_not_there(signing_in, wire):
    wire.on("POST", "/api/v1/auths/signin", httpx2.ConnectError("refused"))
    async with signing_in(transport=Busy(wire)) as client:
        outcomes = await many(client.folders.list)
    assert {type(outcome) for outcome in outcomes} == {APIConnectionError}
    assert len(outcomes) == 20
    assert len(wire.lines) < 5


async def test_a_wrong_password_is_sent_once(signing_in, wire, accounts):
    accounts.password = "another"
    async with signing_in() as client:
        copy = client.with_options(timeout=7)
        outcomes = [*await many(client.folders.list), *await many(copy.folders.list, 2)]
    assert {type(outcome) for outcome in outcomes} == {AuthenticationError}
    assert {str(outcome) for outcome in outcomes} == {f"{SIGNIN}: 400 {WRONG}"}
    assert wire.lines == [SIGNIN]


async def test_a_second_factor_is_explained_once_and_its_code_opens_the_client(signing_in, wire, accounts):
    challenge = {"next_step": "verify", "challenge_token": "u1.challenge", "expires_in": 300}
    wire.on("POST", "/api/v1/auths/signin", challenge)
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/auths/mfa/verify", {"token": "session-9", "email": "Ann@x.org", "id": "u1"})
    accounts.valid = {"session-9"}
    async with signing_in() as client:
        for _ in range(2):
            with pytest.raises(SecondFactorError, match=r"auths\.verify") as caught:
                await client.folders.list()
            assert (caught.value.challenge_token, caught.value.expires_in) == ("u1.challenge", 300)
        assert wire.lines == [SIGNIN]
        await client.auths.verify(caught.value.challenge_token, "123456")
        assert await client.folders.list() == []
    assert wire.lines == [SIGNIN, "GET /api/version", "POST /api/v1/auths/mfa/verify", "GET /api/v1/folders/"]


async def test_a_challenge_that_is_over_is_replaced_by_another(signing_in, wire):
    wire.on("POST", "/api/v1/auths/signin", {"next_step": "verify", "challenge_token": "c", "expires_in": 0})
    async with signing_in() as client:
        for _ in range(2):
            with pytest.raises(SecondFactorError):
                await client.folders.list()
    assert wire.lines == [SIGNIN, SIGNIN]


async def test_the_session_of_somebody_else_is_not_taken_for_ones_own(signing_in, wire, accounts):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/auths/mfa/verify", {"token": "other", "email": "bob@x.org", "id": "u2"})
    async with signing_in() as client:
        await client.auths.verify("challenge", "123456")
        await client.folders.list()
    assert accounts.tokens[-1] == "Bearer session-1"


async def test_after_too_many_tries_the_server_is_left_alone(signing_in, wire):
    wire.on("POST", "/api/v1/auths/signin", httpx2.Response(429, json={"detail": "Rate limit exceeded"}))
    async with signing_in() as client:
        for _ in range(3):
            with pytest.raises(RateLimitError):
                await client.folders.list()
    assert wire.lines == [SIGNIN]


async def test_a_server_that_was_not_there_is_asked_again(signing_in, wire, accounts):
    wire.on("POST", "/api/v1/auths/signin", httpx2.ConnectError("refused"))
    async with signing_in() as client:
        with pytest.raises(APIConnectionError):
            await client.folders.list()
        wire.on("POST", "/api/v1/auths/signin", accounts.signin)
        assert await client.folders.list() == []
    assert wire.lines == [SIGNIN, SIGNIN, "GET /api/v1/folders/"]


@pytest.mark.parametrize("detail", [EXPIRED, REVOKED, "Your session has expired or the token is invalid."])
async def test_what_may_be_sent_twice_goes_on_in_a_new_session(signing_in, wire, accounts, detail):
    accounts.refusal = detail
    async with signing_in() as client:
        await client.folders.list()
        accounts.valid.clear()
        wire.requests.clear()
        assert await client.folders.list() == []
    assert wire.lines == ["GET /api/v1/folders/", "GET /api/v1/auths/", SIGNIN, "GET /api/v1/folders/"]


async def test_an_upload_is_not_sent_twice_but_the_next_request_has_a_new_session(signing_in, wire, accounts):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/files/", accounts.guarded({"id": "f1", "filename": "a.txt"}))
    wire.on("GET", "/api/v1/files/f1/process/status", accounts.guarded({"status": "completed"}))
    wire.on("GET", "/api/v1/files/f1", accounts.guarded({"id": "f1", "filename": "a.txt"}))
    async with signing_in() as client:
        await client.folders.list()
        await client.server.version()
        accounts.valid.clear()
        wire.requests.clear()
        with pytest.raises(AuthenticationError):
            await client.files.upload(b"text", name="a.txt")
        assert wire.lines == ["POST /api/v1/files/", "GET /api/v1/auths/"]
        assert (await client.files.upload(b"text", name="a.txt")).id == "f1"
    assert wire.lines[2:4] == [SIGNIN, "POST /api/v1/files/"]


async def test_a_download_goes_on_in_a_new_session(signing_in, wire, accounts, tmp_path):
    content = accounts.guarded(httpx2.Response(200, content=b"text"))
    wire.on("GET", "/api/v1/files/f1/content", content)
    async with signing_in() as client:
        await client.folders.list()
        accounts.valid.clear()
        saved = await client.files.download("f1", tmp_path / "a.txt")
    assert saved.read_bytes() == b"text"
    assert wire.lines.count(SIGNIN) == 2


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        (EXPIRED, AuthenticationError),
        (
            "You do not have permission to access this resource. Please contact your administrator.",
            PermissionDeniedError,
        ),
    ],
)
@pytest.mark.usefixtures("accounts")
async def test_a_right_that_is_missing_costs_no_sign_in(signing_in, wire, detail, error):
    wire.on("GET", "/api/v1/users/", lambda _: unauthorized(detail))
    async with signing_in() as client:
        await client.folders.list()
        for _ in range(5):
            with pytest.raises(error):
                await client.users.list()
    assert wire.lines.count(SIGNIN) == 1


@pytest.mark.usefixtures("accounts")
async def test_a_server_that_refuses_what_it_has_just_given_is_not_signed_in_to_again(signing_in, wire):
    wire.on("GET", "/api/v1/folders/", lambda _: unauthorized(EXPIRED))
    wire.on("GET", "/api/v1/auths/", lambda _: unauthorized(EXPIRED))
    async with signing_in() as client:
        for _ in range(5):
            with pytest.raises(AuthenticationError):
                await client.folders.list()
    assert wire.lines.count(SIGNIN) == 1


async def test_a_token_that_was_given_is_never_replaced(make, wire):
    wire.on("GET", "/api/v1/folders/", lambda _: unauthorized(EXPIRED))
    async with make("a.b.c") as client:
        with pytest.raises(AuthenticationError):
            await client.folders.list()
    assert wire.lines == ["GET /api/v1/folders/"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_sign_in_that_is_sent_elsewhere_is_not_followed(signing_in, wire, status):
    elsewhere = httpx2.Response(status, headers={"location": "https://other.test/api/v1/auths/signin"})
    wire.on("POST", "/api/v1/auths/signin", elsewhere)
    async with signing_in() as client:
        with pytest.raises(APIResponseError, match=r"other\.test") as caught:
            await client.folders.list()
    assert {request.url.host for request in wire.requests} == {"server.test"}
    assert len(wire.requests) == 1
    assert LOGIN["password"] not in str(caught.value)


async def test_the_password_is_shown_nowhere(signing_in, accounts, caplog):
    accounts.password = "another"
    async with signing_in() as client:
        with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationError) as caught:
            await client.folders.list()
        client_shown = repr(getattr(client, "_seen", client))
        shown = [client_shown, caplog.text, str(caught.value), repr(caught.value), repr(vars(caught.value))]
    assert "email='ann@x.org'" in client_shown
    assert LOGIN["password"] not in "\n".join(shown)


async def test_a_client_that_changes_its_password_goes_on_with_the_new_one(signing_in, wire, accounts):
    def change(request):
        accounts.password = json.loads(request.content)["new_password"]
        accounts.valid.clear()
        return True

    wire.on("POST", "/api/v1/auths/update/password", change)
    async with signing_in() as client:
        copy = client.with_options(timeout=7)
        await client.auths.change_password(LOGIN["password"], "another secret")
        assert await copy.folders.list() == []
    assert wire.lines == [SIGNIN, "POST /api/v1/auths/update/password", SIGNIN, "GET /api/v1/folders/"]


async def test_the_refusal_of_a_password_that_was_changed_meanwhile_is_forgotten(signing_in, wire, accounts):
    async with signing_in() as client:

        def refuse(_):
            client._http.credential.change_password("another secret")
            return httpx2.Response(400, json={"detail": WRONG})

        wire.on("POST", "/api/v1/auths/signin", refuse)
        with pytest.raises(AuthenticationError):
            await client.folders.list()
        accounts.password = "another secret"
        wire.on("POST", "/api/v1/auths/signin", accounts.signin)
        assert await client.folders.list() == []


@pytest.mark.parametrize(("version", "method"), [("0.12.4", "POST"), ("0.9.0", "POST"), ("0.8.12", "GET")])
async def test_signing_out_is_asked_for_as_each_server_wants_it(make, wire, version, method):
    wire.on("GET", "/api/version", {"version": version})
    wire.on(method, "/api/v1/auths/signout", {"status": True})
    async with make("a.b.c") as client:
        assert await client.auths.signout() is None
    assert wire.lines[-1] == f"{method} /api/v1/auths/signout"
    assert wire.requests[-1].headers["authorization"] == "Bearer a.b.c"


async def test_a_client_that_signed_out_signs_in_again_when_it_is_used(signing_in, wire, accounts):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/auths/signout", accounts.guarded({"status": True}))
    async with signing_in() as client:
        await client.auths.signout()
        assert wire.lines == []
        await client.folders.list()
        await client.auths.signout()
        await client.auths.signout()
        assert wire.lines[-1] == "POST /api/v1/auths/signout"
        await client.folders.list()
    assert wire.lines.count(SIGNIN) == 2
    assert wire.lines.count("POST /api/v1/auths/signout") == 1


PROFILE = {
    "name": "Ann",
    "profile_image_url": "/user.png",
    "bio": "Old",
    "gender": "x",
    "date_of_birth": "1815-12-10",
}


async def test_a_change_of_the_profile_leaves_everything_else_as_it_is(make, wire):
    wire.on("GET", "/api/v1/auths/", {**PROFILE, "id": "u1", "token": "a.b.c", "status_emoji": "x"})
    wire.on("POST", "/api/v1/auths/update/profile", lambda request: {"id": "u1", **json.loads(request.content)})
    async with make("a.b.c") as client:
        assert (await client.auths.update_profile(bio=None, name="Anna")).name == "Anna"
    assert json.loads(wire.requests[-1].content) == {**PROFILE, "bio": None, "name": "Anna"}


async def test_a_profile_that_cannot_be_read_is_not_changed(make, wire):
    wire.on("GET", "/api/v1/users/user/status", {"id": "u1", "name": "Ann", "email": "ann@x.org"})
    async with make("sk-x") as client:
        with pytest.raises(APIResponseError, match="would be lost"):
            await client.auths.update_profile(name="Anna")
    assert wire.lines == ["GET /api/v1/users/user/status"]


async def test_a_stream_that_is_left_early_signs_in_like_any_other(signing_in, wire, accounts):
    wire.on("GET", "/api/v1/users/search", accounts.guarded({"users": [{"id": "u1", "email": "a@x"}], "total": 1}))
    async with signing_in() as client, aclosing(client.users.search("a")) as found:
        assert (await anext(aiter(found))).id == "u1"
    assert wire.lines == [SIGNIN, "GET /api/v1/users/search"]
