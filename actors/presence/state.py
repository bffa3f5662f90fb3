"""Who is online, who is to be told, and when. Pure: time comes in as seconds, rooms as who listens to them.

A person is online while one of its sessions is in sync, and for a grace after the last one: a reconnect is no news.
What happens within a moment is told together, so that a thousand clients that come back at once are one wave.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice, takewhile
from math import inf
from typing import NamedTuple

from actors.values import Who
from protocol.frames import Actor

Owners = Callable[[int], Mapping[str, Who]]
"""The sessions that listen to a conversation, with whose they are."""


class News(NamedTuple):
    """What a session is told of somebody."""

    actor: Actor
    online: bool
    at: int


Told = dict[str, dict[Who, News]]
"""By session, and then by whom it is about, so that two shared conversations make no two frames."""

WAVE = 100
"""So many sessions that have come are told of at a time."""


class Person:
    """Somebody who is online, or has just gone. `known_in`: where the others know it; `seen_in`: where it was last."""

    __slots__ = ("actor", "known_in", "seen_in", "sessions", "shown", "since")

    def __init__(self, actor: Actor, since: int) -> None:
        self.actor = actor
        self.since = since
        self.sessions: set[str] = set()
        self.known_in: set[int] = set()
        self.seen_in: set[int] = set()
        self.shown = False


class Online:
    """Everybody who is online. Times are in seconds of any clock that only grows, `at` in milliseconds of wall time."""

    def __init__(self, owners: Owners, *, grace_s: float, pause_s: float) -> None:
        self._owners = owners
        self._grace_s = grace_s
        self._pause_s = pause_s
        self._people: dict[Who, Person] = {}
        self._whose: dict[str, Who] = {}
        self._comers: dict[str, set[int]] = {}
        self._leaving: dict[Who, float] = {}  # in the order of the times, because the grace is the same for all
        self._flush_at = inf

    def __len__(self) -> int:
        return len(self._people)

    def arrived(self, session: str, actor: Actor, convs: Iterable[int], now: float, at: int) -> None:
        """A session is in sync. Told again, it changes nothing."""
        who = Who(actor.kind, actor.id)
        person = self._people.get(who)
        if person is None:
            person = self._people[who] = Person(actor, at)
        person.actor = actor
        person.sessions.add(session)
        self._leaving.pop(who, None)
        self._whose[session] = who
        for conv in convs:
            self._come(session, conv, now)

    def entered(self, session: str, conv: int, now: float) -> None:
        """A session is in one more conversation: it is told who is there, and they are told of its owner."""
        if session in self._whose:
            self._people[self._whose[session]].known_in.discard(conv)
            self._come(session, conv, now)

    def exited(self, session: str, conv: int) -> None:
        """A session is in one conversation less."""
        self._comers.get(session, set()).discard(conv)

    def departed(self, session: str, convs: Iterable[int], now: float) -> None:
        """A session ended, and was in these until then; an unknown one is no error."""
        who = self._whose.pop(session, None)
        self._comers.pop(session, None)
        if who is None:
            return
        person = self._people[who]
        person.sessions.discard(session)
        person.seen_in = set(convs)
        if not person.sessions:
            self._leaving[who] = now + self._grace_s

    @property
    def due_at(self) -> float:
        """When there is something to tell, `inf` for never."""
        return min(self._flush_at, next(iter(self._leaving.values()), inf))

    def due(self, now: float, at: int) -> dict[str, list[News]]:
        """What each session is to be told now. It counts as told."""
        told: Told = {}
        self._tell_of_goers(told, now, at)
        if self._flush_at <= now:
            comers = self._take_comers(now)
            for session, convs in comers.items():
                self._tell_comer(told, session, convs)
            for session, convs in comers.items():
                self._tell_of_comer(told, session, convs)
        return {session: list(news.values()) for session, news in told.items()}

    def _come(self, session: str, conv: int, now: float) -> None:
        self._comers.setdefault(session, set()).add(conv)
        self._flush_at = min(self._flush_at, now + self._pause_s)

    def _take_comers(self, now: float) -> dict[str, set[int]]:
        """Those who are next, a bounded number: a hub that thousands come back to has other things to do meanwhile."""
        sessions = list(islice(self._comers, WAVE))
        comers = {session: self._comers.pop(session) for session in sessions}
        self._flush_at = now + self._pause_s if self._comers else inf
        return comers

    def _tell_of_goers(self, told: Told, now: float, at: int) -> None:
        gone = list(takewhile(lambda who: self._leaving[who] <= now, self._leaving))
        for who in gone:
            del self._leaving[who]
            person = self._people.pop(who)
            if person.shown:
                self._spread(told, person.seen_in, who, News(person.actor, False, at))

    def _tell_comer(self, told: Told, session: str, convs: Iterable[int]) -> None:
        """Who is online where a session has come to; of those who come in the same wave `_tell_of_comer` tells."""
        own = self._whose[session]
        for conv in convs:
            for who in self._owners(conv).values():
                person = self._people.get(who)
                if person is not None and person.shown and who != own:
                    told.setdefault(session, {})[who] = News(person.actor, True, person.since)

    def _tell_of_comer(self, told: Told, session: str, convs: Iterable[int]) -> None:
        who = self._whose[session]
        person = self._people[who]
        person.shown = True
        # Only where the session still is: it may have been put out of a conversation in the meantime.
        there = [conv for conv in convs if conv not in person.known_in and session in self._owners(conv)]
        person.known_in.update(there)
        self._spread(told, there, who, News(person.actor, True, person.since))

    def _spread(self, told: Told, convs: Iterable[int], who: Who, news: News) -> None:
        for conv in convs:
            for session, owner in self._owners(conv).items():
                if owner != who:
                    told.setdefault(session, {})[who] = news
