"""From changes to rows, without a database."""

import pytest

from actors.messages.changes import AnyChange, Append, SaveMarks
from actors.values import Mark, Who
from protocol.frames import Actor, AnyEvent, Members, Message, Reacted
from storage.batch import Group
from storage.plan import Do, Hole, Row, plan

ALICE, BOB = Actor("user", 1, "alice"), Actor("user", 2, "bob")


def group(*events: AnyEvent | SaveMarks, conv: int = 9) -> Group:
    changes: list[AnyChange] = [
        event if isinstance(event, SaveMarks) else Append(conv=conv, term=1, event=event) for event in events
    ]
    return Group(conv, 1, changes)


def said(seq: int, *, conv: int = 9, mentions: list[Actor] | None = None) -> Message:
    return Message(conv=conv, seq=seq, at=1, id=100 + seq, sender=ALICE, body="hi", cid=f"{seq}", mentions=mentions)


def moved(seq: int, *, added: list[Actor] | None = None, removed: list[Actor] | None = None) -> Members:
    return Members(conv=9, seq=seq, at=1, added=added or [], removed=removed or [], by=ALICE)


def reacted(seq: int, *, on: bool) -> Reacted:
    return Reacted(conv=9, seq=seq, at=1, id=100, by=BOB, emoji="x", on=on)


def marked(read: int, received: int) -> SaveMarks:
    return SaveMarks(conv=9, term=1, marks=[Mark(Who("user", 2), read, received)])


def rows(*groups: Group) -> dict[Do, list[Row]]:
    return dict(plan(list(groups)))


def test_a_message_costs_three_statements_whatever_the_batch() -> None:
    steps = plan([group(*(said(seq) for seq in range(5, 9))), group(said(2, conv=3), conv=3)])
    assert [(step.do, len(step.rows)) for step in steps] == [(Do.MOVE_HEAD, 2), (Do.POST, 5), (Do.UNINDEX, 5)]
    assert steps[0].rows == [(8, 9, 4), (2, 3, 1)]


@pytest.mark.parametrize("seqs", [(5, 7), (5, 5), (6, 5)])
def test_events_that_do_not_follow_each_other_are_no_plan(seqs: tuple[int, int]) -> None:
    with pytest.raises(Hole):
        plan([group(*(said(seq) for seq in seqs))])


def test_markers_alone_do_not_move_the_head() -> None:
    assert rows(group(marked(3, 4), marked(2, 6))) == {Do.MARK: [(3, 6, 9, "user", 2)]}


def test_who_leaves_and_comes_back_begins_anew() -> None:
    steps = rows(group(marked(3, 3), moved(5, removed=[BOB]), moved(6, added=[BOB])))
    assert steps[Do.DROP_MEMBER] == [(9, "user", 2)]
    assert steps[Do.ADD_MEMBER] == [(9, "user", 2, "member", 0, 0)]
    assert Do.MARK not in steps


def test_who_comes_and_leaves_again_is_gone() -> None:
    steps = rows(group(moved(5, added=[BOB]), moved(6, removed=[BOB])))
    assert steps[Do.DROP_MEMBER] == [(9, "user", 2)]
    assert Do.ADD_MEMBER not in steps


@pytest.mark.parametrize(
    ("turns", "dropped", "added"), [([True], 0, 1), ([False], 1, 0), ([True, False], 1, 0), ([True, False, True], 1, 1)]
)
def test_only_the_net_effect_of_reactions_is_written(turns: list[bool], dropped: int, added: int) -> None:
    steps = rows(group(*(reacted(5 + place, on=on) for place, on in enumerate(turns))))
    assert len(steps.get(Do.DROP_REACTION, [])) == dropped
    assert len(steps.get(Do.ADD_REACTION, [])) == added
    assert len(steps[Do.CHANGE]) == len(turns)


def test_mentions_are_noted_for_others_and_once() -> None:
    steps = rows(group(said(5, mentions=[BOB, BOB, ALICE])))
    assert steps[Do.MENTION] == [("user", 2, 9, 5)]
