"""Which lanes lead somewhere, as those who write bots leave it."""

from pathlib import Path

from actors.values import Lane
from storage import NewBot, ProvisionFile
from tests.storage.subject import RealSubject, real_subject


def leads(real: RealSubject, bot: int) -> tuple[bool, bool]:
    addresses = real.storage.addresses
    lanes = addresses.lead(Lane("cordless", bot)), addresses.lead(Lane("events", bot))
    assert (bot in addresses.receivers) is any(lanes)
    return lanes


async def test_every_change_of_a_bot_is_followed(real: RealSubject) -> None:
    bot = (await real.bot("ci", await real.user("alice"))).id
    assert leads(real, bot) == (False, False)
    await real.accounts.update_bot(bot, {"webhook_url": "http://h/"})
    assert leads(real, bot) == (True, False)
    await real.accounts.update_bot(bot, {"webhook_url": None, "events_url": "http://h/"})
    assert leads(real, bot) == (False, True)
    await real.accounts.delete_bot(bot)
    assert leads(real, bot) == (False, False)


async def test_what_is_provisioned_leads_somewhere_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        file = ProvisionFile(bots=[NewBot(name="ci", webhook_url="http://h/")])
        bot = int((await real.storage.provisioning.provision(file))["bots"]["ci"]["id"])
        assert leads(real, bot) == (True, False)
    async with real_subject(tmp_path) as again:
        assert leads(again, bot) == (True, False)


async def test_the_bots_of_accounts_are_known_from_their_first_moment(real: RealSubject) -> None:
    addresses = real.storage.addresses
    assert addresses.speakers == frozenset()
    account = await real.storage.chatpion.tenants.create(name="Example")
    assert addresses.speakers == {account.bot}
