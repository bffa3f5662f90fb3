"""What one client has seen and sent: plain bookkeeping, without I/O and without any of the hub's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

Frame = dict[str, Any]


class Fact(NamedTuple):
    """What makes an event this one and no other. `text` stands for the body of a message as its author sent it.

    It is None where a replay may show another one than was first said: edited and deleted messages.
    """

    type: str
    id: int | None
    kind: str
    actor: int
    at: int
    cid: str | None
    text: bytes | None


class Sent(NamedTuple):
    """A publish: its key and its text."""

    conv: int
    cid: str
    body: str


class Receipt(NamedTuple):
    """What the hub said about a publish when it acknowledged it."""

    conv: int
    seq: int
    id: int
    at: int


class Change(NamedTuple):
    """An acknowledged edit or reaction: as event `seq`, of message `id`."""

    conv: int
    seq: int
    type: str
    id: int


def fact_of(frame: Frame) -> Fact:
    """Return the fact that an event frame tells."""
    said = frame["t"] == "message"
    actor = frame["from"] if said else frame["by"]
    as_sent = said and not frame.get("edited") and not frame.get("deleted")
    text = text_of(frame["body"]) if as_sent else None
    return Fact(frame["t"], frame.get("id"), actor["kind"], actor["id"], frame["at"], frame.get("cid"), text)


def text_of(body: str) -> bytes:
    """Return what stands for a body: long runs see millions of them."""
    return blake2b(body.encode(), digest_size=8).digest()


@dataclass
class Seen:
    """The events of one conversation as one client saw them. `last` is its cursor.

    `holes` and `repeats` count what `protocol.md` says that a client never sees; `gaps` are what the hub said it left
    out, both ends included.
    """

    epoch: int
    last: int
    facts: dict[int, Fact] = field(default_factory=dict)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    holes: int = 0
    repeats: int = 0
    resets: int = 0

    def event(self, frame: Frame) -> None:
        """Take in an event."""
        seq = frame["seq"]
        if seq <= self.last:
            self.repeats += 1
        elif seq > self.last + 1:
            self.holes += 1
        self.last = max(self.last, seq)
        self.facts[seq] = fact_of(frame)

    def gap(self, frame: Frame) -> None:
        """Take in what the hub says it leaves out."""
        if frame["from"] != self.last + 1 or frame["to"] < frame["from"]:
            self.holes += 1
        self.gaps.append((frame["from"], frame["to"]))
        self.last = frame["to"]

    def reset(self, frame: Frame) -> None:
        """Take in that the cursor was of no use."""
        self.resets += 1
        self.epoch, self.last = frame["epoch"], frame["seq"]


@dataclass
class Diary:
    """Everything one client knows. `waiting` is sent and not answered: it is sent again until it is."""

    seen: dict[int, Seen] = field(default_factory=dict)
    waiting: dict[str, Sent] = field(default_factory=dict)
    sent: int = 0
    receipts: dict[str, Receipt] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    refusals: list[Frame] = field(default_factory=list)

    @property
    def cursors(self) -> list[list[int]]:
        """What `hello` takes."""
        return [[conv, seen.epoch, seen.last] for conv, seen in self.seen.items()]

    def welcome(self, frame: Frame) -> None:
        """Begin to watch what is listed and new."""
        for summary in frame["conversations"]:
            self.seen.setdefault(summary["id"], Seen(summary["epoch"], summary["seq"]))

    def publishes(self, sent: Sent) -> None:
        """Note that this is to be published."""
        self.waiting[sent.cid] = sent
        self.sent += 1

    def acknowledged(self, cid: str, frame: Frame) -> None:
        """Note that it is. A second answer must be the first one."""
        receipt = Receipt(frame["conv"], frame["seq"], frame["id"], frame["at"])
        self.waiting.pop(cid, None)
        if self.receipts.setdefault(cid, receipt) != receipt:
            self.contradictions.append(f"{cid}: {self.receipts[cid]}, then {receipt}")
