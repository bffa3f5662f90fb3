"""Keys: shown once, known by their hash, dead when revoked."""

import pytest

from actors.chatpion.ports import KeyLogin
from actors.chatpion.scopes import UnknownScope
from actors.chatpion.values import Account
from actors.ports import NameTaken
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.conftest import Rows


async def test_whose_key_it_is_is_known(kept: ChatPion, account: Account, other: Account) -> None:
    made = await kept.keys.create(other.id, name="main", scopes=["messages:read", "flows:write"])
    assert made.key.scopes == ("messages:read", "flows:write")
    for _ in range(2):  # from the database, and remembered
        assert await kept.keys.login(made.secret) == KeyLogin(made.key, other)
    for wrong in ("", made.secret[:-1], made.secret + "x", made.secret.upper(), "\ud800"):
        assert await kept.keys.login(wrong) is None


async def test_the_secret_is_long_and_nowhere_in_the_database(kept: ChatPion, account: Account, rows: Rows) -> None:
    made = await kept.keys.create(account.id, name="main", scopes=["*"])
    assert made.secret.startswith("cp_")
    assert len(made.secret) == 46  # 43 letters and digits of 5.95 bits
    assert made.secret not in repr(made)
    ((*stored,),) = rows("SELECT * FROM api_keys")
    assert not any(
        made.secret[3:].encode() in (value if isinstance(value, bytes) else str(value).encode()) for value in stored
    )


async def test_a_revoked_key_is_dead_at_once(kept: ChatPion, account: Account, other: Account) -> None:
    made = await kept.keys.create(account.id, name="main", scopes=["*"])
    spared = await kept.keys.create(other.id, name="main", scopes=["*"])
    assert await kept.keys.login(made.secret) is not None
    assert await kept.keys.revoke(account.id, "main")
    assert await kept.keys.login(made.secret) is None
    assert await kept.keys.login(spared.secret) is not None
    assert not await kept.keys.revoke(account.id, "main")
    (listed,) = await kept.keys.keys(account.id)
    assert listed.revoked_at is not None


async def test_a_name_is_free_again_once_its_key_is_revoked(kept: ChatPion, account: Account) -> None:
    await kept.keys.create(account.id, name="main", scopes=["*"])
    with pytest.raises(NameTaken):
        await kept.keys.create(account.id, name="main", scopes=["*"])
    await kept.keys.revoke(account.id, "main")
    made = await kept.keys.create(account.id, name="main", scopes=["*"])
    assert [key.id for key in await kept.keys.keys(account.id)] == [1, made.key.id]
    assert await kept.keys.login(made.secret) is not None


async def test_an_unknown_scope_makes_no_key(kept: ChatPion, account: Account) -> None:
    with pytest.raises(UnknownScope):
        await kept.keys.create(account.id, name="main", scopes=["messages:all"])
    assert await kept.keys.keys(account.id) == []
