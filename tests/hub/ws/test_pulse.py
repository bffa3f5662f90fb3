"""When patience ends."""

from __future__ import annotations

from hub.ws.pulse import Look, Patience, Pulse
from protocol.codes import CloseCode

PATIENCE = Patience(hello_s=10, ping_s=25, silence_s=45, full_s=8)


def pulse() -> Pulse:
    return Pulse(PATIENCE, 100.0)


def test_a_stranger_is_looked_at_when_its_hello_is_due() -> None:
    assert pulse().look(100, signed_in=False) == Look(close=None, ping=False, next_at=110)
    assert pulse().look(110, signed_in=False).close is CloseCode.NO_HELLO


def test_a_signed_in_client_is_looked_at_when_its_ping_is_due() -> None:
    assert pulse().look(110, signed_in=True) == Look(close=None, ping=False, next_at=125)


def test_pings_come_at_their_interval() -> None:
    it = pulse()
    assert it.look(125, signed_in=True) == Look(close=None, ping=True, next_at=145)
    it.heard_at = 126
    assert it.look(145, signed_in=True) == Look(close=None, ping=False, next_at=150)
    assert it.look(150, signed_in=True).ping


def test_silence_is_counted_from_what_was_heard_last() -> None:
    it = pulse()
    it.heard_at = 120
    assert it.look(164.9, signed_in=True).close is None
    assert it.look(165, signed_in=True).close is CloseCode.SILENT


def test_a_full_outbox_has_its_time_and_no_more() -> None:
    it = pulse()
    assert it.full(101) == 109
    assert it.look(108, signed_in=True) == Look(close=None, ping=False, next_at=109)
    assert it.look(109, signed_in=True).close is CloseCode.TOO_SLOW


def test_an_outbox_with_room_again_is_forgiven() -> None:
    it = pulse()
    it.full(101)
    it.has_room()
    assert it.look(109, signed_in=True).close is None


def test_a_busy_hub_holds_neither_silence_nor_a_late_hello_against_the_peer() -> None:
    it = pulse()
    it.busy = True
    assert it.look(200, signed_in=False) == Look(close=None, ping=True, next_at=201)


def test_a_busy_hub_still_cuts_who_does_not_read() -> None:
    it = pulse()
    it.busy = True
    it.full(101)
    assert it.look(109, signed_in=True).close is CloseCode.TOO_SLOW
