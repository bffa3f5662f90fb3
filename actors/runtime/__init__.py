"""Supervised actors on trio. Knows no word of chat.

An actor is a class with `receive`, registered as a `Kind` with a `System`. Whoever has its address gets a `Ref` and
tells it messages; it is started on first use, handles one message at a time, restarts after a failure, and is put to
sleep when idle. See `errors` for what a message can meet instead of an answer.
"""

from actors.runtime.actor import Actor, Context
from actors.runtime.address import Address
from actors.runtime.errors import (
    AnsweredTwice,
    AskTimeout,
    Crashed,
    Escalated,
    Interrupted,
    MailboxFull,
    Misuse,
    NoSuchActor,
    NotEncodable,
    Quarantined,
    Refusal,
    RuntimeFault,
    Stopped,
    UnknownKind,
)
from actors.runtime.failure import Doing, Failure
from actors.runtime.kind import Kind
from actors.runtime.mailbox import Overflow
from actors.runtime.ref import Ref
from actors.runtime.reply import Reply, ReplyTo
from actors.runtime.restarts import RestartPolicy
from actors.runtime.statistics import KindStatistics
from actors.runtime.system import System
from actors.runtime.tree import Branch, Node, State, Tree

__all__ = [
    "Actor",
    "Address",
    "AnsweredTwice",
    "AskTimeout",
    "Branch",
    "Context",
    "Crashed",
    "Doing",
    "Escalated",
    "Failure",
    "Interrupted",
    "Kind",
    "KindStatistics",
    "MailboxFull",
    "Misuse",
    "NoSuchActor",
    "Node",
    "NotEncodable",
    "Overflow",
    "Quarantined",
    "Ref",
    "Refusal",
    "Reply",
    "ReplyTo",
    "RestartPolicy",
    "RuntimeFault",
    "State",
    "Stopped",
    "System",
    "Tree",
    "UnknownKind",
]
