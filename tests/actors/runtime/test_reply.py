"""One outcome for everybody who waits."""

from actors.runtime.reply import NOBODY, Reply
from tests.actors.runtime.puppet import Letterbox


class Desk:
    """Notes what its replies do."""

    def __init__(self) -> None:
        self.settled: list[Reply] = []
        self.failed: list[Exception] = []

    def settle(self, reply: Reply) -> None:
        self.settled.append(reply)

    def answer_failed(self, error: Exception) -> None:
        self.failed.append(error)


def test_only_the_first_answer_arrives() -> None:
    box, desk = Letterbox(), Desk()
    reply = Reply(box, desk)
    answered = [reply.answered]
    for outcome in "ab":
        reply.answer(outcome)
        answered.append(reply.answered)
    assert answered == [False, True, True]
    assert box.only == "a"
    assert desk.settled == [reply]


def test_is_settled_before_the_receiver_hears_of_it() -> None:
    desk = Desk()
    seen: list[int] = []
    Reply(Letterbox(lambda: seen.append(len(desk.settled))), desk).answer("a")
    assert seen == [1]


def test_a_receiver_that_raises_is_reported_to_the_desk() -> None:
    def fall() -> None:
        raise ZeroDivisionError

    desk = Desk()
    Reply(Letterbox(fall), desk).answer("a")
    assert [type(error) for error in desk.failed] == [ZeroDivisionError]


def test_without_a_receiver_it_is_answered_already() -> None:
    NOBODY.answer("a")
    assert NOBODY.answered
