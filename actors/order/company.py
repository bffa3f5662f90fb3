"""What a company sells, where it delivers, whom it has paid, and how it speaks. Frozen; checked where it is read."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Ocr = Literal["auto", "tesseract", "off"]
DEPOSIT: Final = 2_000
TIMEZONE: Final = "Africa/Abidjan"
CURRENCY: Final = "FCFA"
COUNTRY: Final = "CI"
HANDOVER_MINUTES: Final = 30
MIN_INLIERS: Final = 18


class Product(Struct, frozen=True, kw_only=True):
    """What can be ordered. `photos` are paths of files; `price` in the company's currency."""

    name: str
    aliases: tuple[str, ...] = ()
    price: int | None = None
    photos: tuple[str, ...] = ()


class Zone(Struct, frozen=True, kw_only=True):
    """Where is delivered to, for a fee in the company's currency."""

    name: str
    fee: int
    aliases: tuple[str, ...] = ()


def _zones(fee: int, *names: str) -> tuple[Zone, ...]:
    return tuple(Zone(name=name, fee=fee) for name in names)


ABIDJAN: Final[tuple[Zone, ...]] = (
    *_zones(
        1_500, "Yopougon", "Cocody", "Adjamé", "Attécoubé", "Abobo", "Plateau", "Treichville", "Marcory", "Koumassi"
    ),
    *_zones(2_000, "Port-Bouët"),
    *_zones(2_500, "Bingerville", "Anyama", "Songon"),
)
"""Where a company delivers that says nothing of it."""


class Company(Struct, frozen=True, kw_only=True):
    """One company. `payment_numbers` are in E.164; none means that any recipient will do. `texts` replace defaults."""

    company_id: str
    name: str
    country: str = COUNTRY
    timezone: str = TIMEZONE
    currency: str = CURRENCY
    deposit: int = DEPOSIT
    payment_numbers: tuple[str, ...] = ()
    handover_minutes: int = HANDOVER_MINUTES
    staff: tuple[str, ...] = ()
    vision_min_inliers: int = MIN_INLIERS
    ocr: Ocr = "auto"
    catalogue: tuple[Product, ...] = ()
    zones: tuple[Zone, ...] = ABIDJAN
    texts: dict[str, str] = {}

    def product(self, name: str) -> Product | None:
        """Return the product with exactly this name."""
        return next((product for product in self.catalogue if product.name == name), None)

    def zone(self, name: str) -> Zone | None:
        """Return the zone with exactly this name."""
        return next((zone for zone in self.zones if zone.name == name), None)
