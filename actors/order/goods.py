"""The rules of the product: what is ordered changes only where the customer says that it does."""

from __future__ import annotations

from typing import Final, NamedTuple

from actors.order.choosing import Choice
from actors.order.products import Item
from actors.order.state import Asked, Chosen, Source
from actors.order.turn import Turn

NEEDED: Final = "Produit à préciser"


class Candidate(NamedTuple):
    """A product that a message means, and by what."""

    item: Item
    source: Source


def settle_product(turn: Turn) -> None:
    """Take in what the message says of the product."""
    if _answers_replacement(turn):
        return
    choice = _meant(turn)
    if choice.options:
        names = tuple(dict.fromkeys(candidate.item.name for candidate in choice.options))
        turn.ask("which_product", Asked("product", names), options=names)
    elif choice.value is not None:
        _take(turn, choice.value)
    elif not turn.company.catalogue and turn.order.product is None:
        _leave_to_staff(turn)


def names_product(turn: Turn) -> bool:
    """Whether the message names or shows any product."""
    return bool(turn.facts.item.value or turn.facts.item.options or _shown(turn))


def _answers_replacement(turn: Turn) -> bool:
    """A yes or a no to the question whether another product is meant instead."""
    asked, intents = turn.answered, turn.facts.intents
    if asked is None or asked.about != "replacement":
        return False
    if "yes" in intents:
        _put(turn, Candidate(Item(asked.options[0], asked.quantity), "MESSAGE"))
        return True
    if "no" in intents:
        turn.say("kept", product=_label(turn))
        return True
    return False


def _meant(turn: Turn) -> Choice[Candidate]:
    """What text and photos come to: where both speak they have to agree."""
    item, shown = turn.facts.item, _shown(turn)
    picked = _picked(turn)
    if picked is not None:
        return Choice(Candidate(Item(picked), "MESSAGE"))
    texts = item.options or ((item.value,) if item.value is not None else ())
    several = [Candidate(each, "MESSAGE") for each in texts]
    several += [Candidate(Item(name), "VISION") for name in shown]
    names = dict.fromkeys(candidate.item.name for candidate in several)
    if not names:
        return Choice()
    if len(names) > 1:
        return Choice(options=tuple(several))
    quantity = max(candidate.item.quantity for candidate in several)
    source: Source = "VISION" if shown else "MESSAGE"
    return Choice(Candidate(Item(next(iter(names)), quantity), source))


def _shown(turn: Turn) -> list[str]:
    return [seen.product for seen in turn.facts.seen if seen.sight == "product" and seen.product is not None]


def _picked(turn: Turn) -> str | None:
    asked, pick = turn.answered, turn.facts.pick
    if asked is None or asked.about != "product" or pick is None or not 1 <= pick <= len(asked.options):
        return None
    return asked.options[pick - 1]


def _take(turn: Turn, candidate: Candidate) -> None:
    present, item = turn.order.product, candidate.item
    answers = turn.answered is not None and turn.answered.about == "product"
    if present is None or (present.name != item.name and (turn.facts.takes_back or answers)):
        _put(turn, candidate)
    elif present.name != item.name:
        asked = Asked("replacement", (item.name,), item.quantity)
        turn.ask("replace_product", asked, product=present.label, other=item.name)
    elif item.quantity not in (1, present.quantity):
        turn.know(product=_chosen(turn, item, present.source))
        turn.say("product_ok", product=_label(turn))
    elif candidate.source == "VISION" and turn.order.payment is None:
        turn.say("photo_ok")


def _put(turn: Turn, candidate: Candidate) -> None:
    is_first = turn.order.product is None
    turn.know(product=_chosen(turn, candidate.item, candidate.source))
    turn.settle("product_needed")
    waits_for_money = turn.order.payment is None
    if is_first and waits_for_money:
        turn.happened("paiement_en_cours")
    # The text for a photo asks for the deposit as well.
    if candidate.source == "VISION" and waits_for_money:
        turn.say("photo_ok")
    else:
        turn.say("product_ok", product=_label(turn))


def _chosen(turn: Turn, item: Item, source: Source) -> Chosen:
    known = turn.company.product(item.name)
    return Chosen(name=item.name, quantity=item.quantity, source=source, price=known.price if known else None)


def _label(turn: Turn) -> str:
    return turn.order.product.label if turn.order.product is not None else ""


def _leave_to_staff(turn: Turn) -> None:
    """Nobody has said what the company sells: what is wanted somebody has to read."""
    if turn.facts.has_words and turn.facts.intents != {"greeting"} and turn.customer.issue("product_needed") is None:
        turn.call_staff("product_needed", NEEDED, NEEDED)
        turn.say("staff_product")
