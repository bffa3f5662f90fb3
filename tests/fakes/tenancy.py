"""Accounts and subscribers put into the data directory of a hub that does not run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from actors.chatpion.ports import NewLetter, NewSubscriber
from actors.chatpion.values import Account, Letter, SocialSecrets, Subscriber
from storage import Storage, open_storage

NOW = 1_700_000_000_000


class Tenancy(NamedTuple):
    """What was made. `tokens` are those of the subscribers, in order; `secret` is that of the account's endpoint."""

    account: Account
    subscribers: list[Subscriber]
    tokens: list[str]
    letters: list[Letter]
    secret: str


async def furnish(
    directory: Path,
    *,
    endpoint: str,
    subscribers: int,
    texts: Sequence[str],
    platform: str = "hub",
    url: str | None = None,
    token: str = "",
    image: str | None = None,
    name: str = "Acme",
) -> Tenancy:
    """Have an account whose events go to the endpoint, and these texts wait for each of its subscribers.

    With a `token` the account has a connection to the platform. An `image` is a URL, of what goes with every text.
    """
    async with open_storage(directory, report=lambda _conv, _notice: None) as storage:
        kept = storage.chatpion
        account = await kept.tenants.create(name=name)
        hook = await kept.hooks.create(account.id, url=endpoint, events=["*"], now=NOW)
        if token:
            secrets = SocialSecrets(access_token=token)
            await kept.social.connect(account.id, platform=platform, name=None, url=url, secrets=secrets, now=NOW)
        people = [await _subscriber(storage, account, platform, number) for number in range(subscribers)]
        tokens = [await kept.subscribers.issue_token(account.id, each.id) or "" for each in people if platform == "hub"]
        letters = [await kept.letters.queue(letter(each, text, image)) for text in texts for each in people]
    return Tenancy(account, people, tokens, letters, hook.secret)


def letter(to: Subscriber, text: str, image: str | None = None) -> NewLetter:
    """A text that waits, perhaps with an image."""
    return NewLetter(
        account=to.account,
        subscriber=to.id,
        platform=to.platform,
        at=NOW,
        text=text,
        body=text,
        type="text" if image is None else "image",
        attachment=image,
    )


async def _subscriber(storage: Storage, account: Account, platform: str, number: int) -> Subscriber:
    new = NewSubscriber(platform=platform, platform_id=f"p{number}")
    return (await storage.chatpion.subscribers.upsert(account, new, NOW)).subscriber
