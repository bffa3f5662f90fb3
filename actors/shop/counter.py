"""Where customers come in: what the edge asks before it has a conversation to speak to."""

from __future__ import annotations

from actors.order.company import Company
from actors.order.ports import Admitted, Shoppers, Shops
from actors.order.values import Shop
from actors.ports import Accounts, Clock, Library
from actors.shop.staff import invite, spread
from actors.spreading import Refs, spread_name
from actors.switchboard import Switchboard
from actors.values import Who


class Counter:
    """Lets customers in, and has rooms follow the settings of companies. One serves the whole hub.

    All of it raises the `PortError` kinds: then nothing was done, or doing it again is harmless.
    """

    __slots__ = ("_accounts", "_clock", "_library", "_refs", "_shoppers", "_shops", "_switchboard")

    def __init__(
        self,
        *,
        shops: Shops,
        shoppers: Shoppers,
        library: Library,
        accounts: Accounts,
        refs: Refs,
        switchboard: Switchboard,
        clock: Clock,
    ) -> None:
        self._shops = shops
        self._shoppers = shoppers
        self._library = library
        self._accounts = accounts
        self._refs = refs
        self._switchboard = switchboard
        self._clock = clock

    async def admit(self, company_id: str, user_id: str, user_name: str | None = None) -> Admitted:
        """Have the customer, with its room; staff who are connected see that one."""
        admitted = await self._shoppers.admit(company_id, user_id, user_name, self._clock.now_ms())
        if admitted.is_new:
            await invite(admitted, self._library, self._refs, self._switchboard)
        if admitted.is_renamed:
            shopper = admitted.shopper
            who = Who("user", shopper.user)
            spread_name(self._refs, self._switchboard, who, shopper.guest_name, [shopper.conv])
        return admitted

    async def save(self, company: Company) -> Shop:
        """Have these settings, and the staff of today in every room. Raises `UnknownStaff`, `NoSuchPhoto`."""
        before = await self._shops.settings(company.company_id)
        shop = await self._shops.save(company, self._clock.now_ms())
        staff = () if before is None else before.staff
        await spread(shop, staff, await self._shops.rooms(shop.id), self._accounts, self._refs)
        return shop
