"""Changes of subscribers with all that belongs to them, for the transactions of whoever makes them.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from msgspec.structs import replace

from actors.chatpion import shown
from actors.chatpion.merging import guest_name
from actors.chatpion.ports import NewSubscriber
from actors.chatpion.values import Account, Event, Subscriber
from storage.chatpion.guests import Guests
from storage.chatpion.hooks import HookRows
from storage.chatpion.subscriber_rows import SubscriberRows
from storage.chatpion.tallies import Tallies

Found = Callable[[sqlite3.Connection, Subscriber, int], None]


class SubscriberWrites:
    """Writes, posts the event of it, and has it counted."""

    def __init__(self, rows: SubscriberRows, guests: Guests, hooks: HookRows, tallies: Tallies) -> None:
        self._rows = rows
        self._guests = guests
        self._hooks = hooks
        self._tallies = tallies
        self._then: Found = lambda raw, subscriber, at: None

    def call_when_found(self, then: Found) -> None:
        """Have this called in the transaction that makes a subscriber."""
        self._then = then

    def found(self, raw: sqlite3.Connection, account: Account, new: NewSubscriber, at: int) -> Subscriber:
        """Make a subscriber, its guest and its conversation."""
        guest = self._guests.make(raw, guest_name(new.name, new.platform_id), at)
        made = Subscriber(
            id=self._rows.next_id(raw),
            account=account.id,
            platform=new.platform,
            platform_id=new.platform_id,
            name=new.name,
            email=new.email,
            tags=tuple(dict.fromkeys(new.tags)),
            fields={},
            conv=self._guests.found_room(raw, account, guest, at),
            user=guest.id,
            subscribed_at=at,
        )
        self._rows.insert(raw, made)
        self._tallies.count(raw, account.id, made.platform, "subscribed", at)
        self._post(raw, "subscriber.created", made, at)
        self._then(raw, made, at)
        return made

    def change(self, raw: sqlite3.Connection, before: Subscriber, after: Subscriber, at: int) -> bool:
        """Write name, e-mail, tags and fields; False, and no event: they are as they were."""
        if not self._rows.save(raw, before, after):
            return False
        if before.name != after.name:
            self._guests.rename(raw, after.user, guest_name(after.name, after.platform_id))
        self._post(raw, "subscriber.updated", after, at)
        return True

    def remove(self, raw: sqlite3.Connection, subscriber: Subscriber, at: int) -> Subscriber:
        """Have it be deleted, and its guest with its tokens; return it as it is then."""
        self._rows.end(raw, subscriber, at)
        self._guests.end(raw, subscriber.user, at)
        self._tallies.count(raw, subscriber.account, subscriber.platform, "unsubscribed", at)
        return replace(subscriber, deleted_at=at)

    def _post(self, raw: sqlite3.Connection, event: Event, subscriber: Subscriber, at: int) -> None:
        self._hooks.post(raw, subscriber.account, event, at, shown.subscriber(subscriber))
