"""What is sent to each kind of server, byte by byte, and what is understood of golden answers."""

import socket
from collections.abc import Callable, Iterator

import pytest

from loadtest.contest import json_talk, mqtt_talk, nats_talk, nchan_talk, socketio_talk
from loadtest.contest.contestant import Seat, Speaker
from loadtest.contest.json_talk import JsonSpeaker
from loadtest.contest.mqtt_talk import MqttSpeaker
from loadtest.contest.nats_talk import NatsSpeaker
from loadtest.contest.nchan_talk import NchanSpeaker
from loadtest.contest.socketio_talk import SocketIoSpeaker
from loadtest.tally import Account, Tally
from loadtest.walker import mark

SEAT = Seat(room=3, member=7)
DUE = 0xABC
MARK = b"TS:0000000000000abc"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def masked_text(payload: bytes) -> bytes:
    return bytes((0x81, 0x80 | len(payload))) + b"\0\0\0\0" + payload


def server_text(payload: bytes) -> bytes:
    return bytes((0x81, len(payload))) + payload


class Line:
    """A speaker and the server's end of its socket."""

    def __init__(self, make: Callable[[socket.socket, Tally], Speaker]) -> None:
        self.far, near = socket.socketpair()
        near.setblocking(False)
        self.tally = Tally()
        self.said = Account()
        self.speaker = make(near, self.tally)
        self.speaker.writable()

    def says(self, data: bytes) -> None:
        self.far.sendall(data)
        self.speaker.readable()

    def heard(self) -> bytes:
        return self.far.recv(65_536)

    def ready(self) -> bool:
        return self.speaker.ready

    def say(self, ref: int, due_ns: int = DUE) -> None:
        self.speaker.say(ref, due_ns, "hi")
        self.tally.sent(ref, due_ns, due_ns, self.said)


Open = Callable[[Callable[[socket.socket, Tally], Speaker]], Line]


@pytest.fixture
def line() -> Iterator[Open]:
    lines: list[Line] = []

    def opened(make: Callable[[socket.socket, Tally], Speaker]) -> Line:
        lines.append(Line(make))
        return lines[-1]

    yield opened
    for each in lines:
        each.speaker.lose("done")
        each.far.close()


@pytest.mark.parametrize(
    ("sent", "golden"),
    [
        (json_talk.join(SEAT), masked_text(b'{"join":"r3","name":"user-3-7"}')),
        (json_talk.publish(SEAT, 9, DUE, "hi"), masked_text(b'{"ref":9,"room":"r3","body":"' + MARK + b' hi"}')),
        (socketio_talk.join(SEAT), masked_text(b'420["join","r3","user-3-7"]')),
        (socketio_talk.publish(SEAT, 9, DUE, "hi"), masked_text(b'429["publish","r3","' + MARK + b' hi"]')),
        (nchan_talk.publish(DUE, "hi"), masked_text(MARK + b" hi")),
        (nats_talk.publish(SEAT, 9, DUE, "hi"), b"PUB room.r3 ack.user-3-7.9 22\r\n" + MARK + b" hi\r\n"),
        (
            nats_talk.greeting(SEAT),
            b'CONNECT {"verbose":false}\r\nSUB room.r3 1\r\nSUB ack.user-3-7.* 2\r\nPING\r\n',
        ),
        (mqtt_talk.connect(SEAT), b"\x10\x14\x00\x04MQTT\x04\x02\x00\x00\x00\x08user-3-7"),
        (mqtt_talk.subscribe(SEAT), b"\x82\x0c\x00\x01\x00\x07room/r3\x00"),
        (mqtt_talk.publish(SEAT, 9, DUE, "hi"), b"\x32\x21\x00\x07room/r3\x00\x0a" + MARK + b" hi"),
    ],
)
def test_what_is_said_is_what_the_protocol_says(sent: bytes, golden: bytes) -> None:
    assert sent == golden


def test_mqtt_lengths_are_groups_of_seven_bits() -> None:
    for size, head in ((127, b"\x30\x7f"), (128, b"\x30\x80\x01"), (16_384, b"\x30\x80\x80\x01")):
        whole = mqtt_talk.packet(0x30, b"x" * size)
        assert whole.startswith(head)
        assert mqtt_talk.read_packet(whole, 0) == (0x30, len(head), len(head) + size)
        assert mqtt_talk.read_packet(whole[:-1], 0) is None
    assert mqtt_talk.read_packet(b"\x30\x80", 0) is None


def test_mqtt_packet_ids_stay_within_what_the_protocol_has() -> None:
    assert [mqtt_talk.packet_id(ref) for ref in (1, 65_534, 65_535, 65_536)] == [2, 65_535, 1, 2]


def test_a_json_peer_is_joined_heard_and_acknowledges(line: Open) -> None:
    open_line = line(lambda raw, tally: JsonSpeaker(raw, b"GET", SEAT, tally))
    assert open_line.heard() == b"GET"
    open_line.says(SWITCHING)
    assert open_line.heard() == json_talk.join(SEAT)
    assert not open_line.ready()
    open_line.says(server_text(b'{"joined":"r3"}'))
    assert open_line.ready()
    open_line.say(9)
    open_line.says(server_text(b'{"id":1,"body":"' + MARK + b' hi"}') + server_text(b'{"ok":9,"id":1}'))
    assert open_line.speaker.account.agrees(open_line.said)
    assert (open_line.tally.acks, open_line.tally.unanswered) == (1, 0)


def test_socketio_opens_both_layers_and_answers_pings(line: Open) -> None:
    open_line = line(lambda raw, tally: SocketIoSpeaker(raw, b"GET", SEAT, tally))
    open_line.heard()
    open_line.says(SWITCHING + server_text(b'0{"sid":"a","pingInterval":25000}'))
    assert open_line.heard() == masked_text(b"40")
    open_line.says(server_text(b'40{"sid":"b"}'))
    assert open_line.heard() == socketio_talk.join(SEAT)
    open_line.says(server_text(b'430["r3"]'))
    assert open_line.ready()
    open_line.say(9)
    open_line.heard()
    open_line.says(server_text(b'42["message",{"body":"' + MARK + b'"}]') + server_text(b"439[1]") + server_text(b"2"))
    assert open_line.speaker.account.agrees(open_line.said)
    assert open_line.tally.acks == 1
    assert open_line.heard() == masked_text(b"3")


def test_socketio_that_refuses_the_connection_is_told(line: Open) -> None:
    open_line = line(lambda raw, tally: SocketIoSpeaker(raw, b"GET", SEAT, tally))
    open_line.says(SWITCHING + server_text(b'44{"message":"no"}'))
    assert open_line.speaker.lost == """unexpected packet b'44{"message":"no"}'"""


def test_nchan_acknowledges_by_the_echo_to_the_sender_only(line: Open) -> None:
    open_line = line(lambda raw, tally: NchanSpeaker(raw, b"GET", tally))
    open_line.says(SWITCHING)
    assert open_line.ready()
    open_line.say(9)
    open_line.says(server_text(mark(DUE + 1).encode()))
    assert open_line.tally.acks == 0
    open_line.says(server_text(MARK))
    assert open_line.tally.acks == 1
    assert open_line.speaker.account.count == 2


def test_nats_messages_and_acknowledgements_are_taken_wherever_the_reads_split_them(line: Open) -> None:
    open_line = line(lambda raw, tally: NatsSpeaker(raw, SEAT, tally))
    open_line.heard()
    open_line.says(b'INFO {"server_id":"x"} \r\nPONG\r\n')
    assert open_line.ready()
    open_line.say(9)
    open_line.heard()
    flood = (
        b"MSG room.r3 1 ack.user-3-7.9 22\r\n" + MARK + b" hi\r\n"
        b'MSG ack.user-3-7.9 2  27\r\n{"stream":"rooms", "seq":1}\r\nPING\r\n'
    )
    for byte in flood:
        open_line.says(bytes((byte,)))
    assert open_line.speaker.account.agrees(open_line.said)
    assert open_line.tally.acks == 1
    assert open_line.heard() == b"PONG\r\n"


def test_a_nats_error_ends_the_session(line: Open) -> None:
    open_line = line(lambda raw, tally: NatsSpeaker(raw, SEAT, tally))
    open_line.says(b"-ERR 'Slow Consumer'\r\n")
    assert open_line.speaker.lost == "-ERR 'Slow Consumer'"


def test_mqtt_is_ready_when_subscribed_and_maps_acknowledgements_back(line: Open) -> None:
    open_line = line(lambda raw, tally: MqttSpeaker(raw, SEAT, tally))
    assert open_line.heard() == mqtt_talk.connect(SEAT) + mqtt_talk.subscribe(SEAT)
    open_line.says(b"\x20\x02\x00\x00")
    assert not open_line.ready()
    open_line.says(b"\x90\x03\x00\x01\x00")
    assert open_line.ready()
    open_line.say(70_000)
    for byte in (
        b"\x30\x1f\x00\x07room/r3" + MARK + b" hi" + b"\x40\x02" + mqtt_talk.packet_id(70_000).to_bytes(2, "big")
    ):
        open_line.says(bytes((byte,)))
    assert open_line.speaker.account.agrees(open_line.said)
    assert (open_line.tally.acks, open_line.tally.errors) == (1, {})


def test_a_refused_mqtt_session_is_told(line: Open) -> None:
    open_line = line(lambda raw, tally: MqttSpeaker(raw, SEAT, tally))
    open_line.says(b"\x20\x02\x00\x05")
    assert open_line.speaker.lost == "refused with 5"
