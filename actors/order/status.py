"""What programs are shown of an order: `order_status`, bare fields. Literal texts, which clients compare."""

from __future__ import annotations

from msgspec import Struct

from actors.order.state import Order


class OrderStatus(Struct, frozen=True, kw_only=True):
    """The documented object. A field that is not known is empty."""

    produit: str
    paiement: str
    zone: str
    numero: str
    completion_rate: int
    is_complete: bool


def status_of(order: Order, currency: str) -> OrderStatus:
    """Return what answers and webhooks show of an order."""
    product, place = order.product, order.place
    return OrderStatus(
        produit=f"✅PRODUIT:{product.label}[{product.source}]" if product is not None else "",
        paiement=f"✅PAIEMENT:{order.payment} {currency}[TRANSACTIONS]" if order.payment is not None else "",
        zone=f"✅ZONE:{place.name}-{place.fee} {currency}[MESSAGE]" if place is not None else "",
        numero=f"✅NUMÉRO:{order.phone}[MESSAGE]" if order.phone is not None else "",
        completion_rate=order.rate,
        is_complete=order.step == "completed",
    )


def bare_fields(order: Order, currency: str) -> dict[str, str]:
    """Return the fields as the list of active orders shows them."""
    product, place = order.product, order.place
    return {
        "produit": "" if product is None else f"{product.quantity}x {product.name}",
        "paiement": "" if order.payment is None else f"{order.payment} {currency}",
        "zone": "" if place is None else place.name,
        "numero": order.phone or "",
    }


def turnover(order: Order) -> int:
    """Return what a completed order counts for: price times quantity, or what was paid where there is no price."""
    product = order.product
    if product is None or product.price is None:
        return order.payment or 0
    return product.price * product.quantity
