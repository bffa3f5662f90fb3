"""The codec against the `msgpack` and `json` packages, and against whoever means harm."""

import json
import random
from typing import Any, get_args

import msgpack
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameDecoder, Opcode

from protocol import frames
from protocol.codec import CODECS, JSON, MSGPACK, Codec
from protocol.codes import MAX_BODY_CHARS, MAX_ID, CloseCode
from protocol.errors import Close, Refused
from protocol.frames import AnyOutbound, AnyRequest, Bye, Hello, History, Publish, Typing, UpdateBot
from tests.fakes.frames import outbound, pack, requests, unpack

BOTH = pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=["msgpack", "json"])

PUBLISH = {"t": "publish", "ref": 9, "conv": 3, "cid": "c", "body": "hello"}
TYPING = {"t": "typing", "conv": 3, "on": True}


def refusal(codec: Codec, payload: bytes | str) -> frames.Error:
    with pytest.raises(Refused) as raised:
        codec.decode(payload)
    return raised.value.error


def closing(codec: Codec, payload: bytes | str) -> CloseCode:
    with pytest.raises(Close) as raised:
        codec.decode(payload)
    return raised.value.code


# ------------------------------------------------------------------------------------- the other packages agree


@BOTH
@given(request=requests())
def test_what_the_other_package_sends_is_understood(codec: Codec, request: AnyRequest) -> None:
    assert codec.decode(pack(codec, msgspec.to_builtins(request))) == request


@BOTH
@given(frame=outbound())
def test_what_is_sent_is_understood_by_the_other_package(codec: Codec, frame: AnyOutbound) -> None:
    seen = unpack(codec, codec.encode(frame))
    assert seen == msgspec.to_builtins(frame)
    assert isinstance(seen["t"], str)


@BOTH
@given(frame=outbound())
def test_a_piece_is_one_unmasked_websocket_frame(codec: Codec, frame: AnyOutbound) -> None:
    decoder = FrameDecoder(client=True)
    decoder.receive_bytes(codec.piece(frame))
    read = decoder.process_buffer()
    assert read is not None
    assert read.opcode is (Opcode.BINARY if codec.binary else Opcode.TEXT)
    assert isinstance(read.payload, bytes)
    assert (read.payload, read.message_finished) == (codec.encode(frame), True)
    assert decoder.process_buffer() is None


def test_the_codecs_are_found_by_subprotocol() -> None:
    assert CODECS == {"hubbub.v1.msgpack": MSGPACK, "hubbub.v1.json": JSON}


# ------------------------------------------------------------------------------------- frames as the document has them


ALICE = frames.Actor("user", 1, "alice")
GOLDEN: list[tuple[AnyOutbound, dict[str, Any]]] = [
    (
        frames.Message(conv=3, seq=5, at=17, id=8, sender=ALICE, body="hi", cid="c"),
        {
            "t": "message",
            "conv": 3,
            "seq": 5,
            "at": 17,
            "id": 8,
            "from": {"kind": "user", "id": 1, "name": "alice"},
            "body": "hi",
            "cid": "c",
        },
    ),
    (
        frames.Message(conv=3, seq=5, at=17, id=8, sender=ALICE, body="", cid="c", deleted=True, reply_to=7),
        {
            "t": "message",
            "conv": 3,
            "seq": 5,
            "at": 17,
            "id": 8,
            "from": {"kind": "user", "id": 1, "name": "alice"},
            "body": "",
            "cid": "c",
            "reply_to": 7,
            "deleted": True,
        },
    ),
    (
        frames.Reacted(conv=3, seq=6, at=18, id=8, by=ALICE, emoji="👍", on=False),
        {
            "t": "reacted",
            "conv": 3,
            "seq": 6,
            "at": 18,
            "id": 8,
            "by": {"kind": "user", "id": 1, "name": "alice"},
            "emoji": "👍",
            "on": False,
        },
    ),
    (
        frames.Members(conv=3, seq=7, at=1, added=[], removed=[ALICE], by=ALICE),
        {
            "t": "members",
            "conv": 3,
            "seq": 7,
            "at": 1,
            "added": [],
            "removed": [{"kind": "user", "id": 1, "name": "alice"}],
            "by": {"kind": "user", "id": 1, "name": "alice"},
        },
    ),
    (frames.Gap(conv=3, start=6, end=99), {"t": "gap", "conv": 3, "from": 6, "to": 99}),
    (frames.Reset(conv=3, epoch=2, seq=4), {"t": "reset", "conv": 3, "epoch": 2, "seq": 4}),
    (frames.Left(conv=3), {"t": "left", "conv": 3}),
    (frames.Synced(), {"t": "synced"}),
    (frames.GoAway(retry_ms=1500), {"t": "goaway", "retry_ms": 1500}),
    (
        frames.TypingNow(conv=3, sender=ALICE, on=True),
        {"t": "typing", "conv": 3, "from": {"kind": "user", "id": 1, "name": "alice"}, "on": True},
    ),
    (
        frames.Ok(ref=1, conv=3, seq=5, id=8, at=17, dup=False),
        {"t": "ok", "ref": 1, "conv": 3, "seq": 5, "id": 8, "at": 17, "dup": False},
    ),
    (frames.Ok(ref=1), {"t": "ok", "ref": 1}),
    (
        frames.Error(ref=None, code="bad_request", message="no", field="ref"),
        {"t": "error", "ref": None, "code": "bad_request", "message": "no", "field": "ref"},
    ),
    (
        frames.Error(ref=4, code="busy", message="later", retry_ms=50),
        {"t": "error", "ref": 4, "code": "busy", "message": "later", "retry_ms": 50},
    ),
]


@BOTH
@pytest.mark.parametrize(("frame", "wire"), GOLDEN, ids=[wire["t"] for _, wire in GOLDEN])
def test_a_frame_looks_as_documented(codec: Codec, frame: AnyOutbound, wire: dict[str, Any]) -> None:
    assert unpack(codec, codec.encode(frame)) == wire


# ------------------------------------------------------------------------------------- what is forgiven


@BOTH
def test_unknown_keys_are_ignored(codec: Codec) -> None:
    payload = pack(codec, {**TYPING, "mood": {"very": ["good", None, 1.5]}})
    assert codec.decode(payload) == Typing(conv=3, on=True)


def test_keys_that_are_no_strings_are_unknown_keys() -> None:
    assert MSGPACK.decode(msgpack.packb({1: 2, **TYPING})) == Typing(conv=3, on=True)


def test_extension_types_in_unknown_keys_are_ignored() -> None:
    payload = msgpack.packb({**TYPING, "x": msgpack.ExtType(5, b"abc"), "y": msgpack.Timestamp(1, 2)})
    assert MSGPACK.decode(payload) == Typing(conv=3, on=True)


@BOTH
def test_null_is_the_same_as_absent_where_a_key_is_optional(codec: Codec) -> None:
    hello = {"t": "hello", "ref": 1, "device": "d", "token": "s", "username": None, "cursors": None}
    assert codec.decode(pack(codec, hello)) == Hello(ref=1, device="d", token="s")
    history = {"t": "history", "ref": 1, "conv": 3, "before": None, "limit": None}
    assert codec.decode(pack(codec, history)) == History(ref=1, conv=3)
    publish = {**PUBLISH, "reply_to": None, "attachments": None}
    assert codec.decode(pack(codec, publish)) == Publish(ref=9, conv=3, cid="c", body="hello")
    assert codec.decode(pack(codec, {**TYPING, "ref": None})) == Typing(conv=3, on=True)


@BOTH
def test_null_takes_an_optional_value_of_a_bot_away(codec: Codec) -> None:
    update = codec.decode(pack(codec, {"t": "bot.update", "ref": 1, "bot": 2, "avatar": None}))
    assert update == UpdateBot(ref=1, bot=2, avatar=None)
    assert isinstance(update, UpdateBot)
    assert update.description is msgspec.UNSET


@BOTH
def test_a_ref_may_be_any_unsigned_64_bit_integer(codec: Codec) -> None:
    request = codec.decode(pack(codec, {**PUBLISH, "ref": 2**64 - 1}))
    assert request.ref == 2**64 - 1
    assert unpack(codec, codec.encode(frames.Ok(ref=2**64 - 1)))["ref"] == 2**64 - 1


@BOTH
def test_a_body_is_counted_in_code_points(codec: Codec) -> None:
    body = "😀" * MAX_BODY_CHARS
    request = codec.decode(pack(codec, {**PUBLISH, "body": body}))
    assert isinstance(request, Publish)
    assert request.body == body


# ------------------------------------------------------------------------------------- what is refused, and how


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({**PUBLISH, "ref": "9"}, "bad_request", "ref"),
    ({**PUBLISH, "ref": -1}, "bad_request", "ref"),
    ({**PUBLISH, "ref": 1.0}, "bad_request", "ref"),
    ({**PUBLISH, "ref": True}, "bad_request", "ref"),
    ({**PUBLISH, "ref": None}, "bad_request", "ref"),
    ({"t": "publish", "conv": 3, "cid": "c", "body": ""}, "bad_request", "ref"),
    ({**TYPING, "ref": []}, "bad_request", "ref"),
    ({**PUBLISH, "conv": 0}, "bad_request", "conv"),
    ({**PUBLISH, "conv": -3}, "bad_request", "conv"),
    ({**PUBLISH, "conv": True}, "bad_request", "conv"),
    ({**PUBLISH, "conv": 3.0}, "bad_request", "conv"),
    ({**PUBLISH, "conv": MAX_ID + 1}, "bad_request", "conv"),
    ({**PUBLISH, "conv": 2**64 - 1}, "bad_request", "conv"),
    ({**PUBLISH, "conv": {}}, "bad_request", "conv"),
    ({"t": "publish", "ref": 9, "cid": "c", "body": "x"}, "bad_request", "conv"),
    ({**PUBLISH, "cid": ""}, "bad_request", "cid"),
    ({**PUBLISH, "cid": "c" * 65}, "bad_request", "cid"),
    ({**PUBLISH, "cid": 1}, "bad_request", "cid"),
    ({**PUBLISH, "body": ""}, "bad_request", "body"),
    ({**PUBLISH, "body": None}, "bad_request", "body"),
    ({**PUBLISH, "body": "x" * (MAX_BODY_CHARS + 1)}, "too_long", "body"),
    ({"t": "edit", "ref": 9, "conv": 3, "id": 1, "body": "x" * (MAX_BODY_CHARS + 1)}, "too_long", "body"),
    ({**PUBLISH, "body": ["x"] * (MAX_BODY_CHARS + 1)}, "bad_request", "body"),
    ({**PUBLISH, "reply_to": 0}, "bad_request", "reply_to"),
    ({**PUBLISH, "attachments": 1}, "bad_request", "attachments"),
    ({**PUBLISH, "attachments": [0]}, "bad_request", "attachments"),
    ({**TYPING, "on": 1}, "bad_request", "on"),
    ({**TYPING, "on": "true"}, "bad_request", "on"),
    ({"t": "react", "ref": 9, "conv": 3, "id": 1, "emoji": "x" * 33, "on": True}, "bad_request", "emoji"),
    ({"t": "received", "conv": 3, "seq": -1}, "bad_request", "seq"),
    ({"t": "history", "ref": 9, "conv": 3, "limit": 101}, "bad_request", "limit"),
    ({"t": "history", "ref": 9, "conv": 3, "limit": 0}, "bad_request", "limit"),
    ({"t": "history", "ref": 9, "conv": 3, "before": 5, "after": 1}, "bad_request", "after"),
    ({"t": "search", "ref": 9, "q": ""}, "bad_request", "q"),
    ({"t": "hello", "ref": 9, "device": "d"}, "bad_request", "token"),
    ({"t": "hello", "ref": 9, "device": "d", "token": "t", "password": "p"}, "bad_request", "token"),
    ({"t": "hello", "ref": 9, "device": "d", "username": "u"}, "bad_request", "password"),
    ({"t": "hello", "ref": 9, "device": "d", "password": "p"}, "bad_request", "username"),
    ({"t": "hello", "ref": 9, "token": "t"}, "bad_request", "device"),
    ({"t": "hello", "ref": 9, "device": "d", "token": "t", "cursors": [[1, 2]]}, "bad_request", "cursors"),
    ({"t": "hello", "ref": 9, "device": "d", "token": "t", "cursors": [[1, 2, -1]]}, "bad_request", "cursors"),
    ({"t": "hello", "ref": 9, "device": "d", "token": "t", "cursors": [[1, 2, "3"]]}, "bad_request", "cursors"),
    ({"t": "conversation.create", "ref": 9, "kind": "secret", "members": []}, "bad_request", "kind"),
    ({"t": "members.add", "ref": 9, "conv": 3, "users": [1, "2"]}, "bad_request", "users"),
    ({"t": "bot.rotate", "ref": 9, "bot": 1, "credential": "x" * 50_000}, "bad_request", "credential"),
    ({"ref": 9}, "bad_request", "t"),
    ({"t": 1, "ref": 9}, "bad_request", "t"),
    ({"t": None, "ref": 9}, "bad_request", "t"),
    ({"t": "nonsense", "ref": 9}, "unknown_type", "t"),
    ({"t": "", "ref": 9}, "unknown_type", "t"),
    ({"t": "ok", "ref": 9}, "unknown_type", "t"),
    ({"t": "message", "ref": 9}, "unknown_type", "t"),
    ({"t": "PUBLISH", "ref": 9}, "unknown_type", "t"),
    ({}, "bad_request", "t"),
]


@BOTH
@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    WRONG,
    ids=[f"{wrong.get('t', '-')}-{field}".replace(" ", "") for wrong, _, field in WRONG],
)
def test_a_wrong_value_is_refused_by_name(codec: Codec, wrong: dict[str, Any], code: str, field: str) -> None:
    error = refusal(codec, pack(codec, wrong))
    assert (error.code, error.field) == (code, field)
    assert error.ref == (None if field == "ref" else wrong.get("ref"))
    assert error.retry_ms is None
    assert 0 < len(error.message) <= 200
    assert codec.encode(error)


@BOTH
def test_a_token_of_any_length_is_a_token_though_a_wrong_one(codec: Codec) -> None:
    hello = {"t": "hello", "ref": 9, "device": "d", "token": "x" * 60_000}
    assert codec.decode(pack(codec, hello)) == Hello(ref=9, device="d", token="x" * 60_000)


@BOTH
@pytest.mark.parametrize("side", ["before", "after"])
def test_zero_is_a_place_before_the_first_message(codec: Codec, side: str) -> None:
    request = codec.decode(pack(codec, {"t": "history", "ref": 9, "conv": 3, side: 0}))
    assert isinstance(request, History)
    assert getattr(request, side) == 0


@BOTH
def test_a_wrong_value_is_not_said_back(codec: Codec) -> None:
    wrong = {"t": "bot.rotate", "ref": 1, "bot": 1, "credential": "a password at the wrong place"}
    assert refusal(codec, pack(codec, wrong)).message == "`credential`: none of the values that it takes"


@BOTH
@pytest.mark.parametrize("part", [1, "x", None, [], [1], [["t", "bye"]], True, 1.5])
def test_what_is_no_map_closes(codec: Codec, part: object) -> None:
    assert closing(codec, pack(codec, part)) is CloseCode.MALFORMED


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        b"\x80\x80",
        msgpack.packb(TYPING) + b"\x00",
        msgpack.packb(TYPING) * 2,
        msgpack.packb(TYPING)[:-1],
        b"\xdf\xff\xff\xff\xff",
        b"\x81\xa1t",
        b"\x81\x81\x01\x02\x03",
        b"\x81\x92\x01\x02\x03",
        b"\x83\xa1t\xa3bye\xa1x" + b"\x91" * 60_000,
        b"\x82\xa1t\xa3bye\xa1x" + b"\x91" * 60_000 + b"\x01",
        b"\x82\xa1t\xa3bye\xa1x" + b"\x81\xa1a" * 20_000 + b"\x01",
    ],
)
def test_what_is_not_exactly_one_msgpack_map_closes(payload: bytes) -> None:
    assert closing(MSGPACK, payload) is CloseCode.MALFORMED


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{",
        "{}{}",
        "{} x",
        "\ufeff{}",
        "{'t': 'bye'}",
        '{"t": "bye",}',
        '{"t": "bye", "x": NaN}',
        '{"t": "bye", "x": Infinity}',
        '{"t": "bye", "x": 01}',
        '{"t": "bye", "x": "\x01"}',
        '{"t": "bye", "x": "\\q"}',
        '{"t": "bye", "x": ' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"t": "bye", "x": ' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}",
    ],
)
def test_what_is_not_exactly_one_json_object_closes(payload: str) -> None:
    assert closing(JSON, payload) is CloseCode.MALFORMED


@BOTH
def test_a_message_of_the_other_kind_closes(codec: Codec) -> None:
    other = JSON if codec is MSGPACK else MSGPACK
    assert closing(codec, pack(other, TYPING)) is CloseCode.WRONG_FRAME_KIND


def test_half_a_surrogate_pair_is_a_wrong_value_not_a_reason_to_close() -> None:
    # What a browser sends when a program has cut a text inside an emoji.
    error = refusal(JSON, r'{"t":"publish","ref":9,"conv":3,"cid":"c","body":"cut \ud83d"}')
    assert (error.ref, error.code, error.field) == (9, "bad_request", "body")
    assert JSON.decode(r'{"t":"bye","x":"\ud83d"}') == Bye()
    assert isinstance(JSON.decode(r'{"t":"publish","ref":9,"conv":3,"cid":"c","body":"\ud83d\ude00"}'), Publish)


@pytest.mark.parametrize("number", ["1e400", "9" * 6_000, "-1e400", "18446744073709551616", "1" + "0" * 200])
def test_numbers_out_of_any_range_are_wrong_values(number: str) -> None:
    error = refusal(JSON, f'{{"t":"typing","ref":9,"conv":{number},"on":true}}')
    assert (error.ref, error.field) == (9, "conv")


def test_bad_utf8_in_a_value_is_a_wrong_value() -> None:
    payload = msgpack.packb({**PUBLISH, "body": "abc"}).replace(b"abc", b"a\xffc")
    error = refusal(MSGPACK, payload)
    assert (error.ref, error.code, error.field) == (9, "bad_request", "body")


def test_of_a_key_that_comes_twice_the_last_value_counts() -> None:
    assert JSON.decode('{"t":"typing","conv":1,"on":true,"conv":2}') == Typing(conv=2, on=True)


def test_secrets_do_not_show_in_a_repr() -> None:
    hello = Hello(ref=1, device="d", username="alice", password="hunter2")
    assert "hunter2" not in repr(hello)
    assert "s3cret" not in repr(Hello(ref=1, device="d", token="s3cret"))


# ------------------------------------------------------------------------------------- whatever comes


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(
    sorted({"t", "ref", "conv", "id", "body", "cid", "seq", "on", "limit", "q", "cursors", "token"})
)
TAGS = st.sampled_from([str(request.__struct_config__.tag) for request in get_args(AnyRequest)])


def outcome(codec: Codec, payload: bytes | str) -> AnyRequest | Refused | Close:
    """Decode; anything but the two typed errors fails the test."""
    try:
        return codec.decode(payload)
    except (Refused, Close) as error:
        return error


def check(codec: Codec, payload: bytes | str) -> AnyRequest | None:
    """Decode; an error must be fit to be sent."""
    match outcome(codec, payload):
        case Refused(error=error):
            assert error.field is not None
            assert codec.encode(error)
        case Close(code=code):
            assert code in (CloseCode.MALFORMED, CloseCode.WRONG_FRAME_KIND)
        case request:
            return request
    return None


@BOTH
@given(payload=st.binary(max_size=200) | st.text(max_size=200))
@example(payload=b"\x81\xa1t\xd9\xff")
def test_any_bytes_meet_a_typed_error(codec: Codec, payload: bytes | str) -> None:
    check(codec, payload)


@BOTH
@given(junk=st.dictionaries(NAMES, JUNK, max_size=8), tag=TAGS)
def test_any_values_meet_a_typed_error(codec: Codec, junk: dict[str, Any], tag: str) -> None:
    frame = {**junk, "t": tag}
    try:
        payload = pack(codec, frame)
    except (TypeError, ValueError):
        return  # bytes have no form in JSON
    request = check(codec, payload)
    assert request is None or request.__struct_config__.tag == tag


@BOTH
def test_mutated_frames_meet_a_typed_error(codec: Codec) -> None:
    source = random.Random(20_251_125)
    seeds = [pack(codec, frame) for frame, _, _ in WRONG if len(str(frame)) < 500] + [pack(codec, PUBLISH)]
    for _ in range(5_000):
        mutant = bytearray(seed.encode() if isinstance(seed := source.choice(seeds), str) else seed)
        for _ in range(source.randint(1, 4)):
            place = source.randrange(len(mutant))
            match source.randrange(3):
                case 0:
                    mutant[place] = source.randrange(256)
                case 1:
                    del mutant[place]
                case _:
                    mutant.insert(place, source.randrange(256))
            mutant = mutant or bytearray(b"\x80")
        check(codec, bytes(mutant) if codec.binary else mutant.decode("utf-8", "replace"))


def test_nesting_of_any_depth_meets_a_typed_error() -> None:
    for depth in range(1, 1_200):
        nested = "[" * depth + "]" * depth
        for key in ("t", "ref", "conv"):
            check(JSON, f'{{"t":"typing","on":1,"{key}":{nested}}}')
        check(MSGPACK, b"\x82\xa1t\xa6typing\xa4conv" + b"\x91" * depth + b"\x01")


@BOTH
@given(request=requests())
def test_the_second_look_sees_what_the_first_one_saw(codec: Codec, request: AnyRequest) -> None:
    payload = pack(codec, msgspec.to_builtins(request))
    assert codec._second_look.read(payload) == request


def test_json_bytes_are_not_mistaken_for_msgpack() -> None:
    assert closing(MSGPACK, json.dumps(TYPING).encode()) is CloseCode.MALFORMED
