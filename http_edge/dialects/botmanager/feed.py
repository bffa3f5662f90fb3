"""Who watches over Socket.IO, and what they are shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from http_edge.dialects.botmanager.callers import Identity
from http_edge.socketio import Peer
from protocol.socketio import packets

log = logging.getLogger("hubbub.feed")

NOBODY = Identity()


class LiveFeed:
    """Implements `actors.ports.Feed`: one for the hub, in one thread.

    `revision` grows whenever somebody is disconnected. Whoever looks up an identity and finds that it has grown
    meanwhile looks again: what was found may not hold any more.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._watchers: dict[Peer, Identity] = {}
        self._administrators: dict[Peer, None] = {}
        self._users: dict[int, dict[Peer, None]] = {}
        self._bots: dict[int, dict[Peer, None]] = {}

    def enter(self, peer: Peer, identity: Identity) -> None:
        """From now on the peer is shown what this identity may see."""
        self._watchers[peer] = identity
        if identity.rules_hub:
            self._administrators[peer] = None
        if identity.user is not None:
            self._users.setdefault(identity.user.id, {})[peer] = None
        if identity.bot is not None:
            self._bots.setdefault(identity.bot.caller.id, {})[peer] = None

    def leave(self, peer: Peer) -> Identity:
        """It is shown nothing any more. Returns who it was."""
        identity = self._watchers.pop(peer, NOBODY)
        self._administrators.pop(peer, None)
        if identity.user is not None:
            _remove(self._users, identity.user.id, peer)
        if identity.bot is not None:
            _remove(self._bots, identity.bot.caller.id, peer)
        return identity

    def who(self, peer: Peer) -> Identity:
        """Who it is."""
        return self._watchers.get(peer, NOBODY)

    # ------------------------------------------------------------------ Feed

    def emit(self, event: str, payload: dict[str, Any], *, bot: int, owner: int | None, to_bot: bool = False) -> None:
        """See `Feed`."""
        watchers = dict(self._administrators)
        if owner is not None:
            watchers |= self._users.get(owner, {})
        if to_bot:
            watchers |= self._bots.get(bot, {})
        if watchers:
            _show(event, payload, watchers)

    def disconnect_user(self, user: int) -> None:
        """See `Feed`."""
        self._dismiss(lambda identity: identity.user is not None and identity.user.id == user)

    def disconnect_cookies(self, user: int) -> None:
        """See `Feed`."""
        self._dismiss(
            lambda identity: identity.session_id is not None and identity.user is not None and identity.user.id == user
        )

    def disconnect_session(self, session_id: str) -> None:
        """See `Feed`."""
        self._dismiss(lambda identity: identity.session_id == session_id)

    def disconnect_bot(self, bot: int) -> None:
        """See `Feed`."""
        self._dismiss(lambda identity: identity.is_bot(bot))

    def sessions(self, user: int | None) -> int:
        """See `Feed`."""
        return len(self._watchers) if user is None else len(self._users.get(user, ()))

    def _dismiss(self, meant: Callable[[Identity], bool]) -> None:
        self.revision += 1
        for peer in [peer for peer, identity in self._watchers.items() if meant(identity)]:
            peer.dismiss()


def _show(event: str, payload: dict[str, Any], watchers: Iterable[Peer]) -> None:
    try:
        parcel = packets.event(event, payload)
    except (TypeError, ValueError, RecursionError):
        log.exception("an event could not be encoded", extra={"event": event})
        return
    for peer in watchers:
        peer.send(parcel)


def _remove(groups: dict[int, dict[Peer, None]], key: int, peer: Peer) -> None:
    group = groups[key]
    del group[peer]
    if not group:
        del groups[key]
