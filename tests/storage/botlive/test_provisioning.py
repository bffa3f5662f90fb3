"""The section `companies`: made once, with staff and photos, or nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from actors.order.company import Company, Product
from actors.order.ports import NoSuchPhoto, UnknownStaff
from actors.values import Who
from storage import NewUser, ProvisionError, ProvisionFile, Storage
from tests.storage.botlive.till import NOW

AWA = Company(company_id="4OS4", name="Chez Awa", staff=("alice",))


def file(*companies: Company) -> ProvisionFile:
    return ProvisionFile(users=[NewUser(username="alice")], companies=companies)


async def test_a_company_is_made_once_and_known_at_once(storage: Storage) -> None:
    first = await storage.provisioning.provision(file(AWA))
    again = await storage.provisioning.provision(file(Company(company_id="4OS4", name="Other")))
    assert first["companies"] == again["companies"] == {"4OS4": {"id": 1}}
    shop = await storage.botlive.shops.shop("4OS4")
    assert shop is not None
    assert shop.company == AWA
    assert shop.bot in storage.addresses.shops
    admitted = await storage.botlive.shoppers.admit("4OS4", "1", None, NOW)
    room = await storage.library.conversation(admitted.shopper.conv)
    assert room is not None
    assert Who("user", first["users"]["alice"]["id"]) in {member.who for member in room.members}


async def test_a_company_that_customers_made_gets_the_settings_of_the_file(storage: Storage) -> None:
    born = (await storage.botlive.shoppers.admit("4OS4", "1", None, NOW)).shop
    assert (await storage.provisioning.provision(file(AWA)))["companies"] == {"4OS4": {"id": born.id}}
    shop = await storage.botlive.shops.shop("4OS4")
    assert shop is not None
    assert shop.company.name == "Chez Awa"


async def test_staff_whom_nobody_knows_are_named_and_nothing_is_made(storage: Storage) -> None:
    with pytest.raises(ProvisionError, match=r"companies\[1\]\.staff\[0\]: there is no user 'bob'"):
        await storage.provisioning.provision(file(AWA, Company(company_id="b", name="b", staff=("bob",))))
    assert await storage.botlive.shops.shop("4OS4") is None
    with pytest.raises(UnknownStaff):
        await storage.botlive.shops.save(AWA, NOW)


async def test_photos_are_kept_by_what_is_in_them(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"photo")
    digest = await storage.botlive.photos.copy(tmp_path / "a.jpg")
    company = Company(company_id="C", name="C", catalogue=(Product(name="a", photos=(digest,)),))
    shop = await storage.botlive.shops.save(company, NOW)
    assert await trio.Path(shop.company.catalogue[0].photos[0]).read_bytes() == b"photo"
    assert await storage.botlive.shops.settings("C") == company


async def test_a_photo_that_is_none_is_refused(storage: Storage) -> None:
    for digest in ("0" * 64, "../etc/passwd", "..//etc/passwd", ""):
        company = Company(company_id="C", name="C", catalogue=(Product(name="a", photos=(digest,)),))
        with pytest.raises(NoSuchPhoto):
            await storage.botlive.shops.save(company, NOW)
