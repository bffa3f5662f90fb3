"""Publishing with files. What carries none never comes here: it is hot."""

from actors.messages import conversation as to
from actors.messages.outcomes import Refused, bad_request
from actors.session.requests.visit import Visit
from actors.values import CidKey
from protocol.frames import Publish


async def publish(visit: Visit, request: Publish) -> Refused | None:
    """Look up the caller's uploads, and let the conversation say it."""
    who = visit.caller.who
    ids = request.attachments or []
    found = await visit.ports.attachments.find(who, ids)
    if len(found) < len(set(ids)) and not await _was_said(visit, CidKey(who, request.cid), request.conv):
        return bad_request("there is no such upload of yours", "attachments")
    message = to.Publish(
        by=visit.caller, cid=request.cid, body=request.body, reply_to=request.reply_to, attachments=found
    )
    return visit.hand_on("conversation", request.conv, message)


async def _was_said(visit: Visit, key: CidKey, conv: int) -> bool:
    """Whether it is a repetition: its files may be gone with it, and the answer is the first one's all the same."""
    return bool(await visit.ports.library.cids(conv, [key]))
