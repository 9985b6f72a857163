"""Flat names for users: `get_users`, `get_user_by_id`, `update_user_role`, `delete_user`."""

from __future__ import annotations

from .._dual import Dual, M, alias, operation
from ..resources.users import PAGE, User, Users


class UserNames(Dual[M]):
    """`client.get_users()` and its like; for administrators."""

    users: Users[M]

    get_user_by_id = alias(Users.get)

    @operation
    async def get_users(self, skip: int = 0, limit: int = 50) -> list[User]:
        """List accounts: at most `limit`, after the first `skip`.

        Raises:
            ValueError: A number is negative.
            PermissionDeniedError: You are no administrator.
        """
        if skip < 0 or limit < 0:
            raise ValueError(f"skip and limit are not negative: {skip}, {limit}")
        found: list[User] = []
        first = skip // PAGE
        for page in range(first + 1, (skip + limit - 1) // PAGE + 2 if limit else 0):
            found += await self.users.list(page=page)
            if len(found) < (page - first) * PAGE:
                break
        return found[skip - first * PAGE :][:limit]

    @operation
    async def update_user_role(self, user_id: str, role: str) -> bool:
        """Make somebody `admin`, `user` or `pending`. Always True: failure raises.

        Raises:
            ValueError: There is no such role.
            NotFoundError: There is no such user.
        """
        await self.users.set_role(user_id, role)
        return True

    @operation
    async def delete_user(self, user_id: str) -> bool:
        """Delete an account, with its chats. Always True: failure raises.

        Raises:
            NotFoundError: There is no such user.
        """
        await self.users.delete(user_id)
        return True
