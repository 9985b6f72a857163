"""A shared server with other settings, for as long as a test needs them."""

from contextlib import asynccontextmanager


@asynccontextmanager
async def admin_config(client, **changes):
    """The server with other settings, for as long as this lasts."""
    before = await client.request("GET", "/api/v1/auths/admin/config")
    plain = {name: value for name, value in before.items() if "MFA" not in name}
    await client.request("POST", "/api/v1/auths/admin/config", json={**plain, **changes})
    try:
        yield
    finally:
        await client.request("POST", "/api/v1/auths/admin/config", json=plain)
