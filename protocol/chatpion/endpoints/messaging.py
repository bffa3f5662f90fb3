"""Messages and broadcasts."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from protocol.chatpion.endpoints.base import Calls, ItemsT, ListT, ObjectT
from protocol.chatpion.requests import get, post


class Target(TypedDict, total=False):
    """Whom a broadcast is for: one of the tags, and one of the platforms. What is absent or empty restricts nothing."""

    tags: Sequence[str]
    platforms: Sequence[str]


class Schedule(TypedDict, total=False):
    """When a broadcast starts. `timezone` is for a `time` without an offset; UTC if it is not said either."""

    time: str | datetime
    timezone: str


class Messaging(Calls[ObjectT, ListT, ItemsT]):
    """What is written to one, and to many."""

    def send_message(
        self,
        subscriber_id: int,
        message: str,
        *,
        type: str | None = None,
        attachment: str | bytes | None = None,
        track_links: bool | None = None,
    ) -> ObjectT:
        """Send a message; `status` says what became of it, and is `failed` with an `error` if that is known at once.

        `type` is text (by default), image, video, audio or file; all but text need an `attachment`: its URL, its
        base64, or its bytes, at most 10 MB. With `track_links` clicks are counted.
        """
        return self._object(
            post(
                "/api/messages",
                subscriber_id=subscriber_id,
                message=message,
                type=type,
                attachment=attachment,
                track_links=track_links,
            )
        )

    def list_messages(
        self,
        *,
        subscriber_id: int | None = None,
        page: int | None = None,
        limit: int | None = None,
        status: str | None = None,
        direction: str | None = None,
    ) -> ObjectT:
        """One page: `total`, `page`, `limit` (at most 100) and `messages`, by ascending id.

        `status` is sent, delivered, read or failed, at present; `direction` is out (by default), in or all.
        """
        query = {"subscriber_id": subscriber_id, "status": status, "direction": direction}
        return self._object(get("/api/messages", page=page, limit=limit, **query))

    def iter_messages(
        self,
        *,
        subscriber_id: int | None = None,
        status: str | None = None,
        direction: str | None = None,
        limit: int = 100,
    ) -> ItemsT:
        """Each message, fetched `limit` at a time. With `status`, one that changes meanwhile may hide another one."""
        query = {"subscriber_id": subscriber_id, "status": status, "direction": direction}
        return self._items(get("/api/messages", limit=limit, **query), "messages")

    def get_message(self, message_id: int) -> ObjectT:
        """One message, with the `history` of its status."""
        return self._object(get(f"/api/messages/{message_id:d}"))

    def create_broadcast(
        self,
        name: str,
        message: str,
        *,
        type: str | None = None,
        attachment: str | bytes | None = None,
        target: Target | None = None,
        schedule: Schedule | None = None,
        personalize: bool | None = None,
        track_links: bool | None = None,
    ) -> ObjectT:
        """Send a message to each subscriber of `target`, or to all, at the time of `schedule`, or now.

        With `personalize`, `{{name}}` and the like are filled in. The rest is as in `send_message`.
        """
        return self._object(
            post(
                "/api/broadcasts",
                name=name,
                message=message,
                type=type,
                attachment=attachment,
                target=target,
                schedule=schedule,
                personalize=personalize,
                track_links=track_links,
            )
        )

    def list_broadcasts(self, *, page: int | None = None, limit: int | None = None) -> ObjectT:
        """One page: `total`, `page`, `limit` (at most 100) and `broadcasts`, by ascending id."""
        return self._object(get("/api/broadcasts", page=page, limit=limit))

    def iter_broadcasts(self, *, limit: int = 100) -> ItemsT:
        """Each broadcast, fetched `limit` at a time."""
        return self._items(get("/api/broadcasts", limit=limit), "broadcasts")

    def get_broadcast(self, broadcast_id: int) -> ObjectT:
        """One broadcast, with its progress: `sent`, `failed`, and `total`, which is None before it starts."""
        return self._object(get(f"/api/broadcasts/{broadcast_id:d}"))

    def pause_broadcast(self, broadcast_id: int) -> ObjectT:
        """Hold it where it is."""
        return self._object(post(f"/api/broadcasts/{broadcast_id:d}/pause"))

    def resume_broadcast(self, broadcast_id: int) -> ObjectT:
        """Go on where it was held."""
        return self._object(post(f"/api/broadcasts/{broadcast_id:d}/resume"))

    def cancel_broadcast(self, broadcast_id: int) -> ObjectT:
        """End it for good: nothing further is sent."""
        return self._object(post(f"/api/broadcasts/{broadcast_id:d}/cancel"))
