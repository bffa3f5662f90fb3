"""Staff who are connected see a room as soon as it is founded, with themselves among those who came."""

from __future__ import annotations

from actors.messages.session import Admitted as Invited
from actors.order.company import Company
from actors.order.ports import Admitted
from actors.order.values import Shop, Shopper
from actors.shop.staff import invite
from tests.actors.conversation.house import House


async def test_a_new_room_comes_to_staff_who_are_connected() -> None:
    house = House()
    bot, guest = await house.bot("Chez Awa"), house.store.add_user("guest 1", role="guest")
    awa, bob = house.user("awa"), house.user("bob")
    async with house.open():
        phone, elsewhere = house.connect(awa), house.connect(bob)
        room = house.room("closed", bot, awa, guest)
        await invite(admitted(bot.id, room.conv, guest.id), house.store.library, house.system, house.switchboard)
        await house.settle()
        assert [each.conv for each in phone.told if isinstance(each, Invited)] == [room.conv]
        assert not [each for each in elsewhere.told if isinstance(each, Invited)]


async def test_nothing_wakes_where_nobody_is_connected() -> None:
    house = House()
    bot, guest = await house.bot("Chez Awa"), house.store.add_user("guest 1", role="guest")
    async with house.open():
        room = house.room("closed", bot, guest)
        await invite(admitted(bot.id, room.conv, guest.id), house.store.library, house.system, house.switchboard)
        await house.settle()
        assert house.switchboard.statistics()["rooms"] == 0


def admitted(bot: int, conv: int, user: int) -> Admitted:
    """A customer who is new."""
    shop = Shop(id=1, bot=bot, version=1, company=Company(company_id="C", name="Chez Awa", staff=("awa",)))
    return Admitted(shop, Shopper(id=1, shop=1, user_id="1", user_name=None, conv=conv, user=user), is_new=True)
