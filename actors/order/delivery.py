"""The rules of the zone and of the number: the last clear statement counts."""

from __future__ import annotations

from actors.order.company import Zone
from actors.order.state import Asked, Place
from actors.order.turn import Turn


def settle_zone(turn: Turn) -> bool:
    """Take in what the message says of the zone; whether it is another one now."""
    choice = turn.facts.zone
    zone = choice.value or _picked(turn)
    if zone is not None:
        place = Place(zone.name, zone.fee)
        if place == turn.order.place:
            return False
        turn.know(place=place)
        turn.say("zone_ok", zone=zone.name, fee=zone.fee)
        return True
    if choice.options:
        names = tuple(zone.name for zone in choice.options)
        turn.ask("which_zone", Asked("zone", names), options=names)
    return False


def settle_phone(turn: Turn) -> bool:
    """Take in what the message says of the number to be called; whether it is another one now."""
    choice = turn.facts.phone
    number = choice.value or _picked_number(turn)
    if number is not None:
        if number == turn.order.phone:
            return False
        turn.know(phone=number)
        turn.say("phone_ok", phone=number)
        return True
    if choice.options:
        turn.ask("which_phone", Asked("phone", choice.options), options=choice.options)
    elif turn.facts.has_unclear_phone and (turn.order.phone is None or turn.facts.takes_back):
        turn.say("phone_short")
    return False


def _picked(turn: Turn) -> Zone | None:
    name = _pick(turn, "zone")
    return None if name is None else turn.company.zone(name)


def _picked_number(turn: Turn) -> str | None:
    return _pick(turn, "phone")


def _pick(turn: Turn, about: str) -> str | None:
    asked, pick = turn.answered, turn.facts.pick
    if asked is None or asked.about != about or pick is None or not 1 <= pick <= len(asked.options):
        return None
    return asked.options[pick - 1]
