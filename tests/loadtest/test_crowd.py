"""Who comes back when, with a listener in place of the hub that takes nobody in for long."""

import socket
from collections.abc import Callable
from time import monotonic

import pytest

from loadtest.crowd import Comeback, Crowd
from loadtest.errors import SignInFailed
from loadtest.swarm import Swarm
from loadtest.tally import Tally


class Stage:
    """A crowd of one that has been in, at an address where somebody may listen."""

    def __init__(self, swarm: Swarm, comeback: Comeback) -> None:
        self.swarm = swarm
        self.crowd = Crowd(swarm, Tally(), comeback)
        self.session = self.crowd._begin("token", None)
        self.session.ready = self.session._was_in = True

    def until(self, so: Callable[[], bool]) -> None:
        deadline = monotonic() + 5
        while not so():
            assert monotonic() < deadline
            self.crowd.turn(10**20)  # whatever is set is due
            self.swarm.pump(0.01)

    def break_off(self) -> None:
        assert self.session.link is not None
        self.session.link.lose("broken")


def address(listener: socket.socket) -> str:
    return f"ws://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.parametrize("comeback", list(Comeback))
def test_who_was_in_comes_back(comeback: Comeback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Swarm(address(listener), Tally()) as swarm:
        stage = Stage(swarm, comeback)
        stage.break_off()
        stage.until(lambda: stage.session.connections == 2)
        assert stage.crowd.out() == 1
        assert stage.crowd.problems() == ["1 sessions never came back"]


def test_nobody_knocks_while_they_are_held() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Swarm(address(listener), Tally()) as swarm:
        stage = Stage(swarm, Comeback.AT_ONCE)
        stage.crowd.hold()
        stage.break_off()
        for _ in range(3):
            stage.crowd.turn(10**20)
        assert stage.session.connections == 1
        stage.crowd.release()
        stage.until(lambda: stage.session.connections == 2)


def test_who_is_refused_at_first_does_not_come_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = address(listener)
    with Swarm(nobody, Tally()) as swarm, pytest.raises(SignInFailed, match="0 of 1 sessions ready"):
        Crowd(swarm, Tally()).enter(["token"])


def test_who_must_not_come_back_is_a_problem_and_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Swarm(address(listener), Tally()) as swarm:
        stage = Stage(swarm, Comeback.AT_ONCE)
        stage.session.ended("closed with 4410", 4410)
        assert stage.crowd.out() == 0
        assert stage.crowd.problems() == ["1 sessions are lost for good: closed with 4410"]
