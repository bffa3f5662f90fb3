"""The bounded queue, without any task."""

import pytest

from actors.runtime.address import Address
from actors.runtime.errors import MailboxFull, Stopped
from actors.runtime.mailbox import Mailbox, Overflow
from actors.runtime.reply import NOBODY, Reply
from actors.runtime.statistics import Counts
from tests.actors.runtime.puppet import Letterbox

ADDRESS = Address("puppet", 1)


def mailbox(limit: int = 2, overflow: Overflow = Overflow.REFUSE) -> Mailbox:
    return Mailbox(ADDRESS, limit, overflow, Counts())


def waiting(box: Mailbox) -> list[object]:
    return [message for message, _ in box.queue]


def test_first_in_first_out() -> None:
    box = mailbox()
    box.put("a", NOBODY, urgent=False)
    box.put("b", NOBODY, urgent=False)
    assert waiting(box) == ["a", "b"]


def test_refuses_beyond_its_limit_except_what_is_urgent() -> None:
    box = mailbox(limit=1)
    box.put("a", NOBODY, urgent=False)
    with pytest.raises(MailboxFull):
        box.put("b", NOBODY, urgent=False)
    box.put("c", NOBODY, urgent=True)
    assert waiting(box) == ["a", "c"]


def test_after_a_division_only_what_is_urgent_is_for_this_life() -> None:
    box = mailbox(limit=3)
    box.put("before", NOBODY, urgent=False)
    box.divide()
    box.put("after", NOBODY, urgent=False)
    box.divide()
    box.put("urgent", NOBODY, urgent=True)
    assert waiting(box) == ["before", "urgent"]
    assert len(box) == 3
    assert box.unite()
    assert waiting(box) == ["before", "urgent", "after"]


def test_a_division_has_its_own_limit() -> None:
    box = mailbox(limit=1)
    box.put("before", NOBODY, urgent=False)
    box.divide()
    box.put("after", NOBODY, urgent=False)
    with pytest.raises(MailboxFull):
        box.put("too many", NOBODY, urgent=False)


def test_an_empty_one_unites_to_nothing() -> None:
    box = mailbox()
    box.divide()
    assert not box.unite()


def test_whoever_is_dropped_may_tell_again_at_once() -> None:
    box = mailbox(limit=1, overflow=Overflow.DROP_OLDEST)
    again = Letterbox(lambda: box.put("urgent", NOBODY, urgent=True))
    box.put("a", Reply(again), urgent=False)
    box.put("b", NOBODY, urgent=False)
    assert waiting(box) == ["b", "urgent"]
    assert isinstance(again.only, MailboxFull)


def test_rejection_answers_everybody_each_with_a_fault_of_its_own() -> None:
    box = mailbox()
    boxes = [Letterbox(), Letterbox()]
    box.put("a", Reply(boxes[0]), urgent=False)
    box.divide()
    box.put("b", Reply(boxes[1]), urgent=False)
    box.reject(lambda: Stopped(ADDRESS))
    assert len(box) == 0
    assert [type(each.only) for each in boxes] == [Stopped, Stopped]
    assert boxes[0].only is not boxes[1].only
