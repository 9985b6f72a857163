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


@asynccontextmanager
async def permissions(client, section, **changes):
    """The server with other permissions for all users, for as long as this lasts."""
    before = (await client.users.default_permissions())[section]
    await client.users.set_default_permissions({section: changes})
    try:
        yield
    finally:
        await client.users.set_default_permissions({section: {name: before[name] for name in changes}})
