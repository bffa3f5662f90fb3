"""The account that a key belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from actors.chatpion.ports import Tenants
from actors.chatpion.shown import Shown, time
from actors.chatpion.values import Account
from http_edge.dialects.chatpion.errors import expected, missing
from http_edge.dialects.chatpion.routes import Call, Endpoint, Route
from http_edge.gateway import Gateway


class AccountSection:
    """Routes about accounts. It has no state."""

    def __init__(self, *, tenants: Tenants, gateway: Gateway) -> None:
        self._tenants = tenants
        self._gateway = gateway

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [Endpoint(route=Route(method="GET", rule="/api/account", noun="account"), handler=self.show)]

    async def show(self, call: Call) -> Shown:
        """Show the account that the key belongs to."""
        found = expected(await self._gateway.read(self._tenants.account(call.account.id)))
        if found is None:
            raise missing("Account")
        return account_shown(found)


def account_shown(account: Account) -> Shown:
    """An account, as it is shown."""
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "plan": account.plan,
        "created_at": time(account.created_at),
        "updated_at": time(account.updated_at),
    }
