"""When rooms send: at once while that is cheap, joined when it is not; all of it in times that are made up."""

import pytest

from actors.conversation.allowance import Allowance
from actors.conversation.pace import ALL_SHARE, MEMORY_S, Pace, allowance_of_all
from actors.conversation.window import Window

SHORTEST_S = 0.005


class Room:
    """Messages at even distances, each of which takes `send_s` to send however many it is sent with."""

    def __init__(self, send_s: float, everyone: Allowance | None = None) -> None:
        self.pace = Pace(Window(SHORTEST_S, 0.2), everyone or allowance_of_all())
        self.send_s = send_s
        self.waits: list[float] = []
        self.sendings = 0
        self.due_at: float | None = None
        self.waiting: list[float] = []

    def say(self, now: float) -> None:
        self.wake(now)
        self.waiting.append(now)
        self.due_at = self.pace.due_at(now, 1)
        self.wake(now)

    def wake(self, now: float) -> None:
        if self.due_at is None or self.due_at > now:
            return
        began = max(self.due_at, self.waiting[-1])
        self.waits += [began - since for since in self.waiting]
        self.sendings += 1
        self.pace.sent(began, began + self.send_s)
        self.waiting, self.due_at = [], None


def talk(room: Room, rate: int, seconds: float, start: float = 10.0) -> Room:
    for number in range(int(rate * seconds)):
        room.say(start + number / rate)
    return room


@pytest.mark.parametrize(("rate", "send_ms"), [(20, 0.05), (40, 3.0), (300, 0.8), (5_000, 0.03)])
def test_messages_that_are_cheap_one_by_one_wait_for_nothing(rate: int, send_ms: float) -> None:
    room = talk(Room(send_ms / 1_000), rate, 3.0)
    assert max(room.waits) == 0
    assert room.sendings == rate * 3


@pytest.mark.parametrize(("rate", "send_ms"), [(1_000, 0.7), (600, 3.0), (8_000, 0.06)])
def test_messages_that_would_be_dear_one_by_one_are_joined_and_stay_so(rate: int, send_ms: float) -> None:
    room = talk(Room(send_ms / 1_000), rate, 1.0)
    room.sendings = 0
    talk(room, rate, 3.0, start=11.0)
    least = min(rate, 1 / SHORTEST_S, 1_000 / (4 * send_ms)) * 3
    assert room.sendings < 1.25 * least
    assert room.sendings * room.send_s / 3 < 0.25


def test_a_few_at_once_are_no_load() -> None:
    room = Room(0.001)
    for at in (10.0, 10.001, 10.002, 10.003, 10.5):
        room.say(at)
    assert max(room.waits) == 0


def test_a_room_that_calms_down_is_quick_again() -> None:
    room = talk(Room(0.003), 600, 2.0)
    room.wake(12.1)
    room.waits.clear()
    talk(room, 40, 1.0, start=12.0 + MEMORY_S + 0.05)
    assert max(room.waits) == 0


def test_modest_rooms_that_together_would_take_the_loop_all_wait() -> None:
    everyone = allowance_of_all()
    rooms = [Room(0.002, everyone) for _ in range(20)]
    for step in range(20 * 3 * 40):
        talker = rooms[step % 20]
        talker.say(10.0 + step / (20 * 40))
        for room in rooms:
            room.wake(10.0 + step / (20 * 40))
    sent_s = sum(room.sendings * room.send_s for room in rooms)
    assert 0.3 * ALL_SHARE < sent_s / 3 < 1.1 * ALL_SHARE
    assert max(wait for room in rooms for wait in room.waits) < MEMORY_S


def test_an_allowance_grows_again_and_forgives_what_is_too_much() -> None:
    allowance = Allowance(0.5, slack_s=0.1, memory_s=1.0)
    allowance.use(10.0, 0.05)
    assert allowance.free_at == pytest.approx(10.0)
    allowance.use(10.0, 0.1)
    assert allowance.free_at == pytest.approx(10.2)
    allowance.use(10.0, 99.0)
    assert allowance.free_at == pytest.approx(11.0)
