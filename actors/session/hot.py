"""Requests that go from the door straight to their conversation, as the conversation's own messages. Pure."""

from collections.abc import Callable
from typing import Final

from actors.messages import conversation as to
from actors.values import Caller
from protocol.frames import Delete, Edit, Publish, React, Read, Received, Typing

Hot = Publish | Edit | Delete | React | Received | Read | Typing
Write = Publish | Edit | Delete | React
"""What writes to the log, and so counts for the session's rate."""
Sign = Received | Read | Typing
"""What nobody waits for."""


def publish(request: Publish, by: Caller, came: float) -> to.Publish:
    return to.Publish(by=by, cid=request.cid, body=request.body, reply_to=request.reply_to, came=came)


def edit(request: Edit, by: Caller, _: float) -> to.Edit:
    return to.Edit(by=by, id=request.id, body=request.body)


def delete(request: Delete, by: Caller, _: float) -> to.Delete:
    return to.Delete(by=by, id=request.id)


def react(request: React, by: Caller, _: float) -> to.React:
    return to.React(by=by, id=request.id, emoji=request.emoji, on=request.on)


def received(request: Received, by: Caller) -> to.Advance:
    return to.Advance(by=by, received=request.seq)


def read(request: Read, by: Caller) -> to.Advance:
    return to.Advance(by=by, read=request.seq)


def typing(request: Typing, by: Caller) -> to.Type:
    return to.Type(by=by, on=request.on)


# By exact type, not `match`: this is looked up for every frame that comes in.
WRITES: Final[dict[type, Callable[..., to.Message]]] = {Publish: publish, Edit: edit, Delete: delete, React: react}
SIGNS: Final[dict[type, Callable[..., to.Message]]] = {Received: received, Read: read, Typing: typing}


def needs_files(request: Write) -> bool:
    """Whether files have to be looked up before any conversation sees the write: then it is not hot."""
    return isinstance(request, Publish) and bool(request.attachments)
