"""The account, its social accounts, and its subscribers."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from protocol.chatpion.endpoints.base import Calls, ItemsT, ListT, ObjectT
from protocol.chatpion.requests import delete, get, post, put


class SubscriberChanges(TypedDict, total=False):
    """What may be changed of a subscriber; `tags` replace those that are there."""

    name: str | None
    email: str | None
    tags: Sequence[str]


class Contacts(Calls[ObjectT, ListT, ItemsT]):
    """Who writes, through what, and to whom."""

    def get_account(self) -> ObjectT:
        """The account that the key belongs to."""
        return self._object(get("/api/account"))

    def list_social_accounts(self, *, platform: str | None = None, status: str | None = None) -> ListT:
        """All of them, or those of a platform or status (`active`, `inactive`). Access tokens show as asterisks."""
        return self._list(get("/api/social_accounts", platform=platform, status=status))

    def connect_social_account(
        self,
        platform: str,
        access_token: str,
        *,
        name: str | None = None,
        url: str | None = None,
        app_secret: str | None = None,
        verify_token: str | None = None,
    ) -> ObjectT:
        """Connect one. `webhook` needs a `url`, and its token is the `whsec_…` secret; the last two are Meta's."""
        return self._object(
            post(
                "/api/social_accounts",
                platform=platform,
                access_token=access_token,
                name=name,
                url=url,
                app_secret=app_secret,
                verify_token=verify_token,
            )
        )

    def list_subscribers(
        self,
        *,
        page: int | None = None,
        limit: int | None = None,
        platform: str | None = None,
        tag: str | None = None,
    ) -> ObjectT:
        """One page: `total`, `page`, `limit` (at most 100) and `subscribers`, by ascending id."""
        return self._object(get("/api/subscribers", page=page, limit=limit, platform=platform, tag=tag))

    def iter_subscribers(self, *, platform: str | None = None, tag: str | None = None, limit: int = 100) -> ItemsT:
        """Each subscriber, fetched `limit` at a time. One deleted meanwhile may hide another one."""
        return self._items(get("/api/subscribers", limit=limit, platform=platform, tag=tag), "subscribers")

    def add_subscriber(
        self,
        platform: str,
        platform_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> ObjectT:
        """Add one. One that is there keeps its id: what is given replaces, `tags` are added to those it has."""
        return self._object(
            post("/api/subscribers", platform=platform, platform_id=platform_id, name=name, email=email, tags=tags)
        )

    def get_subscriber(self, subscriber_id: int) -> ObjectT:
        """One subscriber."""
        return self._object(get(f"/api/subscribers/{subscriber_id:d}"))

    def update_subscriber(self, subscriber_id: int, **changes: Unpack[SubscriberChanges]) -> ObjectT:
        """Change what is given; None empties it. Platform and platform id are fixed."""
        return self._object(put(f"/api/subscribers/{subscriber_id:d}", changes))

    def delete_subscriber(self, subscriber_id: int) -> ObjectT:
        """Remove one, with its tokens and its flow. Its messages stay."""
        return self._object(delete(f"/api/subscribers/{subscriber_id:d}"))

    def create_subscriber_token(self, subscriber_id: int) -> ObjectT:
        """A further `token` for native sessions of a subscriber of platform `hub`, with its `ws_url`."""
        return self._object(post(f"/api/subscribers/{subscriber_id:d}/token"))

    def release_subscriber(self, subscriber_id: int) -> ObjectT:
        """Take a subscriber back from the people that a flow's `handoff` gave it to; the flow goes on."""
        return self._object(post(f"/api/subscribers/{subscriber_id:d}/release"))
