"""The check that messages could travel."""

import pytest
from msgspec import Struct

from actors.runtime.address import Address
from actors.runtime.codec import CheckedReply, Codec
from actors.runtime.errors import AnsweredTwice, Interrupted, NotEncodable
from tests.actors.runtime.puppet import AnyMessage, Letterbox, Say
from tests.actors.runtime.test_reply import Desk

CODEC = Codec("puppet", AnyMessage)


class Loose(Struct):
    """Comes out of msgpack with a list in place of the tuple."""

    anything: object


def test_a_message_arrives_as_a_copy() -> None:
    message = Say("a")
    copy = CODEC.message(message)
    assert copy == message
    assert copy is not message


@pytest.mark.parametrize("message", [object(), Loose(1), "plain"])
def test_what_is_not_of_the_vocabulary_is_refused(message: object) -> None:
    with pytest.raises(NotEncodable, match=f"{type(message).__name__}, puppet"):
        CODEC.message(message)


@pytest.mark.parametrize("outcome", [object(), Loose(object()), Loose((1, 2)), ValueError()])
def test_outcomes_that_could_not_travel_are_refused(outcome: object) -> None:
    with pytest.raises(NotEncodable):
        CheckedReply(Letterbox(), Desk(), CODEC).answer(outcome)


@pytest.mark.parametrize("outcome", [None, 1, "text", Say("a"), [1, 2], Loose({"a": 1})])
def test_others_arrive(outcome: object) -> None:
    box = Letterbox()
    CheckedReply(box, Desk(), CODEC).answer(outcome)
    assert box.only == outcome


def test_an_actor_that_answers_twice_is_told_so() -> None:
    reply = CheckedReply(Letterbox(), Desk(), CODEC)
    reply.answer("a")
    with pytest.raises(AnsweredTwice):
        reply.answer("b")


def test_the_runtime_answers_after_the_actor_or_before_it() -> None:
    address = Address("puppet", 1)
    for outcomes in (["a", Interrupted(address)], [Interrupted(address), "a"]):
        box = Letterbox()
        reply = CheckedReply(box, Desk(), CODEC)
        for outcome in outcomes:
            reply.answer(outcome)
        assert box.only is outcomes[0] or box.only == outcomes[0]
