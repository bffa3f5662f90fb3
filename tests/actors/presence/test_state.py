"""Who is online, as rules: no clock, no sockets."""

from collections import defaultdict
from math import inf

from actors.presence.state import WAVE, News, Online
from actors.values import Who
from protocol.frames import Actor

ALICE, BOB, CAROL = (Actor("user", n, name) for n, name in enumerate(("alice", "bob", "carol"), 1))


class Rooms:
    """Who listens where; the test moves them about."""

    def __init__(self) -> None:
        self.owners: defaultdict[int, dict[str, Who]] = defaultdict(dict)
        self.online = Online(lambda conv: self.owners[conv], grace_s=5.0, pause_s=0.1)

    def come(self, session: str, actor: Actor, *convs: int, now: float = 0.0) -> None:
        for conv in convs:
            self.owners[conv][session] = Who(actor.kind, actor.id)
        self.online.arrived(session, actor, convs, now, at=int(now * 1_000))

    def go(self, session: str, *, now: float = 0.0) -> None:
        convs = [conv for conv, owners in self.owners.items() if owners.pop(session, None)]
        self.online.departed(session, convs, now)

    def told(self, now: float) -> dict[str, list[tuple[str, bool]]]:
        due = self.online.due(now, at=int(now * 1_000))
        return {session: [(n.actor.name, n.online) for n in news] for session, news in due.items()}


def test_both_sides_learn_of_each_other() -> None:
    rooms = Rooms()
    rooms.come("b", BOB, 1)
    assert rooms.told(1.0) == {}
    rooms.come("a", ALICE, 1, now=1.0)
    assert rooms.told(1.05) == {}
    assert rooms.told(1.1) == {"a": [("bob", True)], "b": [("alice", True)]}
    assert rooms.told(9.0) == {}


def test_those_who_come_together_learn_of_each_other_once() -> None:
    rooms = Rooms()
    for session, actor in (("a", ALICE), ("b", BOB)):
        rooms.come(session, actor, 1, 2)
    assert rooms.told(1.0) == {"a": [("bob", True)], "b": [("alice", True)]}


def test_nobody_else_learns_of_it() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.come("b", BOB, 1)
    rooms.come("c", CAROL, 2)
    assert "c" not in rooms.told(1.0)


def test_a_second_device_is_told_and_is_no_news() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.come("b", BOB, 1)
    rooms.told(1.0)
    rooms.come("a2", ALICE, 1, now=1.0)
    assert rooms.told(2.0) == {"a2": [("bob", True)]}


def test_the_last_device_that_goes_is_news_after_the_grace() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.come("a2", ALICE, 1)
    rooms.come("b", BOB, 1)
    rooms.told(1.0)
    rooms.go("a", now=1.0)
    assert rooms.online.due_at == inf
    rooms.go("a2", now=2.0)
    assert rooms.online.due_at == 7.0
    assert rooms.told(6.9) == {}
    assert rooms.told(7.0) == {"b": [("alice", False)]}
    assert len(rooms.online) == 1


def test_a_reconnect_within_the_grace_is_no_news() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.come("b", BOB, 1)
    rooms.told(1.0)
    rooms.go("a", now=1.0)
    rooms.come("a2", ALICE, 1, now=2.0)
    assert rooms.told(20.0) == {"a2": [("bob", True)]}
    assert rooms.online.due_at == inf


def test_a_visit_too_short_to_be_told_is_never_told() -> None:
    rooms = Rooms()
    rooms.come("b", BOB, 1)
    rooms.told(1.0)
    rooms.come("a", ALICE, 1, now=1.0)
    rooms.go("a", now=1.05)
    assert rooms.told(1.2) == {}
    assert rooms.told(20.0) == {}
    assert len(rooms.online) == 1


def test_time_of_an_online_person_is_when_it_came() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1, now=1.0)
    rooms.told(2.0)
    rooms.come("b", BOB, 1, now=3.0)
    due = rooms.online.due(4.0, at=4_000)
    assert due == {"a": [News(BOB, True, 3_000)], "b": [News(ALICE, True, 1_000)]}


def test_whoever_enters_a_conversation_later_is_told_of_there() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE)
    rooms.come("b", BOB, 1)
    assert rooms.told(1.0) == {}
    rooms.owners[1]["a"] = Who("user", 1)
    rooms.online.entered("a", 1, now=1.0)
    assert rooms.told(2.0) == {"a": [("bob", True)], "b": [("alice", True)]}


def test_whoever_was_put_out_is_not_told_of_there() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.come("b", BOB, 1)
    del rooms.owners[1]["a"]
    assert rooms.told(1.0) == {}
    rooms.go("a", now=1.0)
    assert rooms.told(10.0) == {}


def test_whoever_is_let_in_again_is_news_to_those_who_came_meanwhile() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.told(1.0)
    del rooms.owners[1]["a"]
    rooms.come("b", BOB, 1, now=1.0)
    assert rooms.told(2.0) == {}
    rooms.owners[1]["a"] = Who("user", 1)
    rooms.online.entered("a", 1, now=2.0)
    assert rooms.told(3.0) == {"a": [("bob", True)], "b": [("alice", True)]}


def test_an_exit_before_the_news_is_no_news() -> None:
    rooms = Rooms()
    rooms.come("a", ALICE, 1)
    rooms.told(1.0)
    rooms.come("b", BOB, 1, now=1.0)
    rooms.online.exited("b", 1)
    rooms.online.exited("nobody", 1)
    assert rooms.told(2.0) == {}


def test_unknown_sessions_are_no_error() -> None:
    rooms = Rooms()
    rooms.online.departed("x", [1], now=0.0)
    rooms.online.entered("x", 1, now=0.0)
    assert rooms.online.due_at == inf


def test_a_crowd_is_told_of_in_waves() -> None:
    rooms = Rooms()
    rooms.come("b", BOB, 1)
    rooms.told(1.0)
    for n in range(WAVE + 5):
        rooms.come(f"s{n}", Actor("user", 100 + n, f"u{n}"), 1, now=1.0)
    first = rooms.told(rooms.online.due_at)["b"]
    second = rooms.told(rooms.online.due_at)["b"]
    assert (len(first), len(second)) == (WAVE, 5)
    assert not set(first) & set(second)
    assert rooms.online.due_at == inf
