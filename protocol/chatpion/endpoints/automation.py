"""Flows, webhooks, analytics."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from protocol.chatpion.endpoints.base import Calls, ItemsT, ListT, ObjectT
from protocol.chatpion.requests import delete, get, post, put


class Automation(Calls[ObjectT, ListT, ItemsT]):
    """What the hub does by itself, and what it reports."""

    def list_flows(self, *, page: int | None = None, limit: int | None = None, status: str | None = None) -> ObjectT:
        """One page: `total`, `page`, `limit` (at most 100) and `flows` without their nodes, by ascending id.

        `status` is active or inactive.
        """
        return self._object(get("/api/flows", page=page, limit=limit, status=status))

    def iter_flows(self, *, status: str | None = None, limit: int = 100) -> ItemsT:
        """Each flow without its nodes, fetched `limit` at a time."""
        return self._items(get("/api/flows", limit=limit, status=status), "flows")

    def get_flow(self, flow_id: int) -> ObjectT:
        """One flow, with its nodes."""
        return self._object(get(f"/api/flows/{flow_id:d}"))

    def create_flow(self, flow: Mapping[str, Any]) -> ObjectT:
        """Save a flow: `name` and `nodes`; `description`, `status`, `triggers`. BadRequest names the node at fault."""
        return self._object(post("/api/flows", **flow))

    def update_flow(self, flow_id: int, flow: Mapping[str, Any]) -> ObjectT:
        """Save it anew. Who is in the middle of it finishes as it was."""
        return self._object(put(f"/api/flows/{flow_id:d}", flow))

    def delete_flow(self, flow_id: int) -> ObjectT:
        """Remove a flow; who is in the middle of it hears nothing more."""
        return self._object(delete(f"/api/flows/{flow_id:d}"))

    def start_flow(self, flow_id: int, subscriber_id: int) -> ObjectT:
        """Start an active flow for a subscriber; the one that runs ends. Its first text is said when this returns."""
        return self._object(post(f"/api/flows/{flow_id:d}/start", subscriber_id=subscriber_id))

    def list_webhooks(self) -> ListT:
        """All webhooks, without their secrets."""
        return self._list(get("/api/webhooks"))

    def create_webhook(self, url: str, events: Sequence[str]) -> ObjectT:
        """Have events, or `*` for all, told to a URL. The answer alone shows the `secret` for `verify_webhook`."""
        return self._object(post("/api/webhooks", url=url, events=events))

    def delete_webhook(self, webhook_id: int) -> ObjectT:
        """Tell that URL nothing more."""
        return self._object(delete(f"/api/webhooks/{webhook_id:d}"))

    def get_dashboard_analytics(
        self,
        *,
        start_date: str | date | None = None,
        end_date: str | date | None = None,
        platform: str | None = None,
    ) -> ObjectT:
        """Subscribers, messages and engagement from one day to another, both included, in UTC; by default the last 30.

        A `datetime` bounds to the second, and must have a zone.
        """
        query = {"start_date": start_date, "end_date": end_date, "platform": platform}
        return self._object(get("/api/analytics/dashboard", **query))
