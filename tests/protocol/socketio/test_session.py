"""The other three cores: how a session is carried, how it lives, whether it has joined; and what waits for it."""

from __future__ import annotations

import math

import pytest

from protocol.socketio import packets
from protocol.socketio.engine import EnginePacket, Type
from protocol.socketio.errors import Violation
from protocol.socketio.heartbeat import RECHECK_S, Beat, Heartbeat
from protocol.socketio.membership import Join, Leave, Said, TurnAway, step
from protocol.socketio.packets import Ack, AnyPacket, Connect, Disconnect, Event
from protocol.socketio.parcel import CLOSE, PING, of_message
from protocol.socketio.transport import Transport
from protocol.socketio.waiting import MAX_WAITING, PACKETS_A_POLL, Waiting

PROBE = EnginePacket(Type.PING, "probe")
UPGRADE = EnginePacket(Type.UPGRADE)


class TestHeartbeat:
    def test_a_ping_leaves_an_interval_after_the_pong_for_the_last_one(self) -> None:
        heart = Heartbeat(25, 20, now=100)
        assert heart.next_at == 125
        assert heart.look(124.9) is Beat.NOTHING
        assert heart.look(125) is Beat.PING
        heart.ponged(128)
        assert heart.next_at == 153
        assert heart.look(153) is Beat.PING

    def test_a_peer_that_does_not_answer_is_given_up(self) -> None:
        heart = Heartbeat(25, 20, now=0)
        assert heart.look(25) is Beat.PING
        assert heart.next_at == 45
        assert heart.look(44.9) is Beat.NOTHING
        assert heart.look(45) is Beat.GIVE_UP

    def test_a_pong_for_nothing_delays_nothing(self) -> None:
        heart = Heartbeat(25, 20, now=0)
        heart.ponged(20)
        assert heart.look(25) is Beat.PING

    def test_what_cannot_be_read_yet_is_waited_for(self) -> None:
        heart = Heartbeat(25, 20, now=0)
        heart.look(25)
        heart.handling()
        assert heart.look(45) is Beat.NOTHING
        assert heart.next_at == 45 + RECHECK_S
        heart.handled(60)
        assert heart.look(79) is Beat.NOTHING
        assert heart.look(80) is Beat.GIVE_UP

    def test_only_one_ping_is_under_way(self) -> None:
        heart = Heartbeat(1, 20, now=0)
        heart.look(1)
        assert heart.look(5) is Beat.NOTHING
        assert math.isfinite(heart.next_at)


class TestTransport:
    def test_probe_and_upgrade_lead_to_a_websocket(self) -> None:
        assert Transport.POLLING.probed(PROBE).upgraded(UPGRADE) is Transport.WEBSOCKET

    @pytest.mark.parametrize("packet", [UPGRADE, EnginePacket(Type.PING), EnginePacket(Type.MESSAGE, "probe")])
    def test_nothing_else_is_a_probe(self, packet: EnginePacket) -> None:
        with pytest.raises(Violation):
            Transport.POLLING.probed(packet)

    @pytest.mark.parametrize("transport", [Transport.PROBING, Transport.WEBSOCKET])
    def test_there_is_one_probe(self, transport: Transport) -> None:
        with pytest.raises(Violation):
            transport.probed(PROBE)

    @pytest.mark.parametrize("transport", [Transport.POLLING, Transport.WEBSOCKET])
    def test_there_is_no_upgrade_without_a_probe(self, transport: Transport) -> None:
        with pytest.raises(Violation):
            transport.upgraded(UPGRADE)

    def test_nothing_else_is_an_upgrade(self) -> None:
        with pytest.raises(Violation):
            Transport.PROBING.upgraded(PROBE)


class TestMembership:
    @pytest.mark.parametrize(
        ("packet", "joined", "expected"),
        [
            (Connect("/", {"token": "t"}), False, Join({"token": "t"})),
            (Connect("/", None), True, None),
            (Connect("/admin", None), False, TurnAway("/admin")),
            (Connect("/admin", None), True, TurnAway("/admin")),
            (Disconnect("/"), True, Leave()),
            (Disconnect("/"), False, None),
            (Disconnect("/admin"), True, None),
            (Event("/", "say", [1], 2), True, Said("say", [1], 2)),
            (Ack("/", 1, []), True, None),
        ],
    )
    def test_what_a_packet_amounts_to(self, packet: AnyPacket, joined: bool, expected: object) -> None:
        assert step(packet, joined=joined) == expected

    @pytest.mark.parametrize(
        ("packet", "joined"),
        [
            (Event("/", "say", [], None), False),
            (Event("/admin", "say", [], None), True),
            (Ack("/", 1, []), False),
            (Ack("/admin", 1, []), True),
        ],
    )
    def test_nothing_is_said_outside(self, packet: AnyPacket, joined: bool) -> None:
        with pytest.raises(Violation):
            step(packet, joined=joined)


class TestWaiting:
    def test_an_answer_holds_what_the_python_client_takes(self) -> None:
        waiting = Waiting(10_000)
        for n in range(40):
            waiting.put(packets.event("n", n))
        taken = [waiting.take_packets() for _ in range(3)]
        assert [len(some) for some in taken] == [PACKETS_A_POLL, PACKETS_A_POLL, 8]
        assert [packet for some in taken for packet in some] == [f'42["n",{n}]' for n in range(40)]
        assert (bool(waiting), waiting.size) == (False, 0)

    def test_there_is_a_bound_on_their_bytes(self) -> None:
        waiting = Waiting(100)
        room = []
        for length in (98, 1_000):
            waiting.put(of_message("x" * length))
            room.append(waiting.has_room)
        waiting.take_packets()
        assert [*room, waiting.has_room] == [True, False, True]

    def test_there_is_a_bound_on_their_number_too(self) -> None:
        waiting = Waiting(10**9)
        for _ in range(MAX_WAITING):
            assert waiting.has_room
            waiting.put(PING)
        assert not waiting.has_room

    def test_attachments_wait_for_their_turn_and_follow_over_either_transport(self) -> None:
        blobs = [bytes([n]) for n in range(20)]
        parcel = packets.event("blobs", *blobs)
        waiting = Waiting(10_000)
        waiting.put(parcel)
        waiting.put(CLOSE)
        polled = waiting.take_packets()
        assert (len(polled), polled[1]) == (PACKETS_A_POLL, "bAA==")
        frames = waiting.take_frames()
        assert frames == b"".join(b"\x82\x01" + blob for blob in blobs[PACKETS_A_POLL - 1 :]) + CLOSE.frames
        assert not waiting


def test_a_parcel_is_the_same_bytes_for_everybody() -> None:
    parcel = packets.event("log", {"n": 1}, b"blob")
    assert parcel.frames is parcel.frames
    text = b'451-["log",{"n":1},{"_placeholder":true,"num":0}]'
    assert parcel.frames == bytes([0x81, len(text)]) + text + b"\x82\x04blob"
