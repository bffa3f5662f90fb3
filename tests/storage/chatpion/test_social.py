"""Connections to platforms, and their secrets."""

from actors.chatpion.values import Account, SocialAccount, SocialSecrets
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.conftest import Rows

SECRETS = SocialSecrets(access_token="access-of-it", app_secret="app-of-it", verify_token="verify-of-it")


async def connect(kept: ChatPion, account: Account, platform: str, secrets: SocialSecrets = SECRETS) -> SocialAccount:
    return await kept.social.connect(
        account.id, platform=platform, name="A page", url="http://page.example", secrets=secrets, now=1_000
    )


async def test_what_is_connected_is_listed_without_its_secrets(
    kept: ChatPion, account: Account, other: Account
) -> None:
    page, shop, hook = [await connect(kept, account, name) for name in ("facebook", "facebook", "webhook")]
    await connect(kept, other, "facebook")
    assert page == SocialAccount(
        id=1,
        account=account.id,
        platform="facebook",
        name="A page",
        url="http://page.example",
        status="active",
        connected_at=1_000,
    )
    assert await kept.social.list(account.id) == [page, shop, hook]
    assert await kept.social.list(account.id, platform="facebook") == [page, shop]
    assert await kept.social.list(account.id, platform="facebook", status="inactive") == []
    assert await kept.social.social_account(hook.id) == hook


async def test_of_several_the_newest_active_one_is_used(
    kept: ChatPion, account: Account, other: Account, rows: Rows
) -> None:
    page, shop = [await connect(kept, account, "facebook") for _ in range(2)]
    await connect(kept, other, "facebook")
    assert await kept.social.active(account.id, "facebook") == shop
    rows("UPDATE social_accounts SET status = 'inactive' WHERE id = ?", shop.id)
    assert await kept.social.active(account.id, "facebook") == page
    assert await kept.social.active(account.id, "webhook") is None


async def test_secrets_are_sealed_each_for_its_row(kept: ChatPion, account: Account, rows: Rows) -> None:
    page = await connect(kept, account, "facebook")
    bare = await connect(kept, account, "webhook", SocialSecrets(access_token="access-of-it"))
    assert await kept.social.secrets(page.id) == SECRETS
    assert await kept.social.secrets(bare.id) == SocialSecrets(access_token="access-of-it")
    assert await kept.social.secrets(99) is None
    assert "of-it" not in repr(SECRETS)
    stored = rows("SELECT access_token, app_secret, verify_token FROM social_accounts")
    assert not any(b"of-it" in value for row in stored for value in row if value is not None)
    rows(
        "UPDATE social_accounts SET access_token = (SELECT access_token FROM social_accounts WHERE id = 1) WHERE id = 2"
    )
    assert await kept.social.secrets(bare.id) is None
