"""Summaries that must fit into an outbox."""

from msgspec import UNSET
from msgspec.structs import replace

from actors.session.gather import MEMBERS_SHOWN, fitting
from protocol.frames import Actor, Summary

PEOPLE = [Actor("user", n, "n") for n in range(100)]
SUMMARY = Summary(id=1, kind="open", name=None, epoch=1, seq=1, read=0, unread=0, mentions=0, members=PEOPLE)


def test_what_fits_is_left_alone() -> None:
    few = [SUMMARY] * (MEMBERS_SHOWN // 100)
    assert fitting(few) == few


def test_beyond_that_conversations_come_without_members() -> None:
    most = MEMBERS_SHOWN // 100
    fitted = fitting([SUMMARY] * (most + 2))
    assert fitted[:most] == [SUMMARY] * most
    assert fitted[most:] == [replace(SUMMARY, members=UNSET)] * 2
