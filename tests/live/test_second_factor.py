import base64
import hashlib
import hmac
import time

import pytest

from openwebui_chat_client import ANONYMOUS, AuthenticationError, OpenWebUIClient
from openwebui_chat_client.errors import SecondFactorError
from openwebui_chat_client.local import LocalServer


@pytest.fixture(scope="module")
def strict():
    """A server of its own that wants a second factor of everybody."""
    with LocalServer(model="scripted") as running:
        with OpenWebUIClient(running.url, running.jwt) as admin:
            config = admin.request("GET", "/api/v1/auths/admin/config")
            admin.request("POST", "/api/v1/auths/admin/config", json={**config, "ENABLE_MFA": True})
        yield running


@pytest.fixture(scope="module")
def recovery_codes(strict):
    """The codes of the administrator, whose authenticator is set up as a browser does it."""
    with OpenWebUIClient(strict.url, ANONYMOUS) as client:
        with pytest.raises(SecondFactorError, match="browser") as caught:
            client.auths.signin(strict.email, strict.password)
        assert caught.value.next_step == "enroll"
        challenge = {"challenge_token": caught.value.challenge_token}
        secret = client.request("POST", "/api/v1/auths/mfa/enroll/start", json=challenge)["manual_key"]
        done = client.request("POST", "/api/v1/auths/mfa/enroll/confirm", json={**challenge, "code": code(secret)})
    return iter(done["recovery_codes"])


def code(secret: str) -> str:
    """What an authenticator shows now for this secret (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, int(time.time() // 30).to_bytes(8), hashlib.sha1)
    number = int.from_bytes(digest[digest[-1] & 15 :][:4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


async def test_a_sign_in_is_finished_with_a_second_factor(make, strict, recovery_codes):
    async with make(ANONYMOUS, base_url=strict.url) as nobody:
        with pytest.raises(SecondFactorError, match=r"auths\.verify") as caught:
            await nobody.auths.signin(strict.email, strict.password)
        needed = caught.value
        assert needed.next_step == "verify"
        assert needed.expires_in > 0
        with pytest.raises(AuthenticationError):
            await nobody.auths.verify(needed.challenge_token, "000000")
        session = await nobody.auths.verify(needed.challenge_token, next(recovery_codes), recovery=True)
    assert session.email == strict.email
    async with make(session.token, base_url=strict.url) as admin:
        assert (await admin.auths.me()).role == "admin"


@pytest.mark.usefixtures("recovery_codes")
async def test_a_key_needs_no_second_factor(make, strict):
    async with make(strict.token, base_url=strict.url) as keyed:
        assert (await keyed.auths.me()).email == strict.email


async def test_a_wrong_password_gets_no_challenge(make, strict):
    async with make(ANONYMOUS, base_url=strict.url) as nobody:
        with pytest.raises(AuthenticationError, match="incorrect") as caught:
            await nobody.auths.signin(strict.email, "wrong")
    assert not isinstance(caught.value, SecondFactorError)


async def test_a_client_that_signs_in_goes_on_after_its_code(make, strict, recovery_codes):
    login = {"email": strict.email, "password": strict.password}
    async with make(base_url=strict.url, **login) as client:
        for _ in range(2):
            with pytest.raises(SecondFactorError, match=r"auths\.verify") as caught:
                await client.models.list()
        await client.auths.verify(caught.value.challenge_token, next(recovery_codes), recovery=True)
        assert (await client.auths.me()).email == strict.email
        assert "echo" in {model.id for model in await client.models.list()}
