"""The check that messages could travel to another process: each one goes through msgpack and arrives as a copy."""

from typing import Any

import msgspec

from actors.runtime.errors import AnsweredTwice, NotEncodable, RuntimeFault
from actors.runtime.reply import Desk, Reply, ReplyTo


class Codec:
    """Encodes and decodes what one kind of actors is told."""

    __slots__ = ("_decoder", "_encoder", "_name")

    def __init__(self, name: str, messages: Any) -> None:
        self._name = name
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[object] = msgspec.msgpack.Decoder(messages)

    def message(self, message: object) -> object:
        """The message's copy, as the other side would see it. Raises `NotEncodable`."""
        return self._copy(message, self._decoder)

    def outcome(self, outcome: object) -> object:
        """The outcome's copy, as a value of the same type. Raises `NotEncodable`."""
        try:
            decoder: msgspec.msgpack.Decoder[object] = msgspec.msgpack.Decoder(type(outcome))
        except TypeError as error:
            raise self._failed(outcome, str(error)) from error
        return self._copy(outcome, decoder)

    def _copy(self, value: object, decoder: msgspec.msgpack.Decoder[object]) -> object:
        try:
            copy = decoder.decode(self._encoder.encode(value))
        except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
            raise self._failed(value, str(error)) from error
        if copy != value:
            raise self._failed(value, "it comes out changed")
        return copy

    def _failed(self, value: object, why: str) -> NotEncodable:
        return NotEncodable(f"{type(value).__name__}, {self._name}: does not go through msgpack: {why}")


class CheckedReply(Reply):
    """A reply that is strict with its actor: outcomes must be encodable, and are given once."""

    __slots__ = ("_codec", "_given")

    def __init__(self, to: ReplyTo, desk: Desk, codec: Codec) -> None:
        super().__init__(to, desk)
        self._codec = codec
        self._given = False

    def answer(self, outcome: object) -> None:
        """Check, then answer."""
        if not isinstance(outcome, RuntimeFault):
            if self._given:
                raise AnsweredTwice(f"a second answer, {type(outcome).__name__}")
            outcome = self._codec.outcome(outcome)
            self._given = True
        super().answer(outcome)
