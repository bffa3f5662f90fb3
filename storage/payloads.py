"""What the text columns of the log hold: JSON, typed on both ways."""

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from actors.values import Who
from protocol.frames import Actor


class Roster(Struct, frozen=True):
    """Payload of a `members` event."""

    added: list[Who]
    removed: list[Who]


class Emoji(Struct, frozen=True):
    """Payload of a `reacted` event."""

    emoji: str
    on: bool


class Title(Struct, frozen=True):
    """Payload of a `renamed` event."""

    name: str


_encoder = Encoder()
read_whos = Decoder(list[Who]).decode
read_roster = Decoder(Roster).decode
read_emoji = Decoder(Emoji).decode
read_title = Decoder(Title).decode


def who(actor: Actor) -> Who:
    """The identity of an actor in a frame."""
    return Who(actor.kind, actor.id)


def whos(actors: list[Actor]) -> list[Who]:
    """The identities of actors in a frame."""
    return [Who(actor.kind, actor.id) for actor in actors]


def write(payload: Roster | Emoji | Title | list[Who]) -> str:
    """Return the text to store."""
    return _encoder.encode(payload).decode()
