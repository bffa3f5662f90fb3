"""A live feed that keeps what it was told."""

from __future__ import annotations

from typing import Any, NamedTuple

from actors.ports import Feed


class Shown(NamedTuple):
    """One event, and to whom it went beside the administrators."""

    event: str
    payload: dict[str, Any]
    bot: int
    owner: int | None
    to_bot: bool


class FakeFeed:
    """Implements `actors.ports.Feed`. `connected` is what `sessions` counts: one entry, a user's id, per socket.

    What it is told goes on to the feed `behind`, if there is one.
    """

    def __init__(self) -> None:
        self.behind: Feed | None = None
        self.shown: list[Shown] = []
        self.ended: list[tuple[str, int | str]] = []
        self.connected: list[int] = []

    def emit(self, event: str, payload: dict[str, Any], *, bot: int, owner: int | None, to_bot: bool = False) -> None:
        self.shown.append(Shown(event, payload, bot, owner, to_bot))
        if self.behind is not None:
            self.behind.emit(event, payload, bot=bot, owner=owner, to_bot=to_bot)

    def disconnect_user(self, user: int) -> None:
        self.ended.append(("user", user))
        if self.behind is not None:
            self.behind.disconnect_user(user)

    def disconnect_cookies(self, user: int) -> None:
        self.ended.append(("cookies", user))
        if self.behind is not None:
            self.behind.disconnect_cookies(user)

    def disconnect_session(self, session_id: str) -> None:
        self.ended.append(("session", session_id))
        if self.behind is not None:
            self.behind.disconnect_session(session_id)

    def disconnect_bot(self, bot: int) -> None:
        self.ended.append(("bot", bot))
        if self.behind is not None:
            self.behind.disconnect_bot(bot)

    def sessions(self, user: int | None) -> int:
        return len(self.connected) if user is None else self.connected.count(user)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The payloads of the events of this name, in order."""
        return [shown.payload for shown in self.shown if shown.event == name]
