"""What endpoints are told of orders: the `data` of each event, as it is documented. Pure.

`company_id` is in all of it, and what the document does not name is additive.
"""

from __future__ import annotations

from typing import Any

from actors.order.effects import Validated
from actors.order.ports import StaffMessage
from actors.order.state import Issue
from actors.order.status import OrderStatus
from actors.order.values import Shop, Shopper

Data = dict[str, Any]


def order_completed(shop: Shop, shopper: Shopper, status: OrderStatus) -> Data:
    """Everything of an order is known."""
    return _about(shop, shopper) | {"order_status": status}


def payment_validated(shop: Shop, shopper: Shopper, paid: Validated) -> Data:
    """What was paid is enough."""
    money = {"amount": paid.amount, "currency": shop.company.currency, "reference": paid.reference}
    return _about(shop, shopper) | money


def intervention_required(shop: Shop, shopper: Shopper, issue: Issue, id: int) -> Data:
    """Staff are needed: the long text is the message."""
    return _about(shop, shopper) | {"type": issue.type, "message": issue.detail, "id": id, "detail": issue.detail}


def staff_message(shop: Shop, shopper: Shopper, message: StaffMessage) -> Data:
    """Somebody wrote to the customer."""
    return _about(shop, shopper) | {"text": message.text, "staff": message.staff, "message_id": message.id}


def _about(shop: Shop, shopper: Shopper) -> Data:
    return {"user_id": shopper.user_id, "company_id": shop.company.company_id}
