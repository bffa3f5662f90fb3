"""Some of an audience, told side by side in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import trio

from actors.chatpion.ports import Addressee
from actors.chatpion.values import Broadcast
from actors.messages.subscriber import Send
from actors.runtime.actor import Context
from actors.runtime.errors import Refusal
from actors.runtime.ref import Answer

PATIENCE_S: Final = 3.0
"""So long it waits for the slowest of them: what a subscriber has not said by then, it says later by itself.

Whoever wishes for a pause waits for it too, and no longer than the edge does.
"""


async def tell_each(context: Context, row: Broadcast, people: Sequence[Addressee]) -> None:
    """Have it said to each, and return once it was, or `PATIENCE_S` have passed.

    Whoever took it is out of the audience; whoever did not, for whatever reason, is still there.
    """
    message = Send(
        text=row.text,
        type=row.type,
        attachment=row.attachment,
        file=row.file,
        track_links=row.track_links,
        personalize=row.personalize,
        broadcast=row.id,
    )
    answers = [answer for each in people if (answer := _tell(context, each, message)) is not None]
    with trio.move_on_after(PATIENCE_S):
        for answer in answers:
            await answer.given.wait()


def _tell(context: Context, to: Addressee, message: Send) -> Answer | None:
    answer = Answer()
    try:
        context.ref("subscriber", to.conv).tell(message, answer)
    except Refusal:
        return None
    return answer
