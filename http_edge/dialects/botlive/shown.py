"""What clients are shown of companies and orders. Pure. Documented keys are always there, others are additions."""

from __future__ import annotations

from typing import Any

from actors.order import periods
from actors.order.status import bare_fields
from actors.order.values import ActiveOrder, Activity, Intervention, Range, ShopHook, Statistics
from actors.times import whole_seconds

Shown = dict[str, Any]


def statistics(found: Statistics, range: Range, now: int) -> Shown:
    """The figures of a period, beside the one before."""
    return {
        "ca_live_session": float(found.now.turnover),
        "ca_variation": periods.percentage(found.now.turnover, found.before.turnover),
        "commandes_total": found.now.orders,
        "commandes_variation": periods.difference(found.now.orders, found.before.orders),
        "clients_actifs": found.now.clients,
        "interventions_requises": found.interventions,
        "time_range": range,
        "updated_at": whole_seconds(now),
    }


def active(found: ActiveOrder, currency: str) -> Shown:
    """An order that is under way."""
    order = found.order
    return {
        "user_id": found.user_id,
        "user_name": found.user_name,
        **bare_fields(order, currency),
        "completion_rate": order.rate,
        "created_at": whole_seconds(order.started_at or 0),
    }


def intervention(found: Intervention) -> Shown:
    """Something to be settled."""
    return {
        "user_id": found.user_id,
        "type": found.type,
        "message": found.message,
        "order_status": found.order_status,
        "created_at": whole_seconds(found.created_at),
        "id": found.id,
        "detail": found.detail,
    }


def activity(found: Activity, now: int) -> Shown:
    """Something that happened. A payment that is awaited is about no product yet."""
    product = {} if found.product is None or found.type == "paiement_en_cours" else {"produit": found.product}
    return {"type": found.type, "client": found.client, **product, "timestamp": ago(now - found.at)}


def ago(ms: int) -> str:
    """How long ago something was, as one says it."""
    minutes = ms // 60_000
    if minutes < 1:
        return "à l'instant"
    if minutes < 60:
        return f"il y a {minutes} min"
    return f"il y a {minutes // 60} h" if minutes < 1_440 else f"il y a {minutes // 1_440} j"


def hook(found: ShopHook, secret: str | None = None) -> Shown:
    """Where events go; with the secret that they are signed with, for whoever registers."""
    sealed = {} if secret is None else {"secret": secret}
    return {
        "id": found.id,
        "webhook_url": found.url,
        "events": list(found.events),
        "company_id": found.company_id,
        **sealed,
        "created_at": whole_seconds(found.created_at),
    }
