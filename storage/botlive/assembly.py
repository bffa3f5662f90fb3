"""All that companies keep, put together: `storage.botlive`, one attribute a port."""

from __future__ import annotations

from dataclasses import dataclass

from actors.order.values import Shop
from storage.botlive.answer_rows import AnswerRows
from storage.botlive.books import Books
from storage.botlive.figures import FigureRows
from storage.botlive.hooks import ShopHookRows, ShopHooks
from storage.botlive.journal import Journal
from storage.botlive.ledger import ActiveRows, Ledger
from storage.botlive.notes import NoteRows
from storage.botlive.order_rows import OrderRows
from storage.botlive.photos import Photos
from storage.botlive.shop_rows import ShopRows
from storage.botlive.shopper_rows import ShopperRows
from storage.botlive.shoppers import Shoppers
from storage.botlive.shops import Shops
from storage.chatpion.assembly import Means
from storage.chatpion.guests import Guests
from storage.chatpion.hooks import HookRows
from storage.chatpion.wakes import Wakes
from storage.memo import Memo


@dataclass(frozen=True)
class Botlive:
    """One attribute a port of `actors.order.ports`; `photos` are those of catalogues, `rows` are for provisioning."""

    shops: Shops
    shoppers: Shoppers
    books: Books
    ledger: Ledger
    hooks: ShopHooks
    photos: Photos
    rows: ShopRows


def assemble(means: Means, wakes: Wakes, photos: Photos, known: Memo[str, Shop]) -> Botlive:
    """Make every part. `wakes` tells of lanes in which something waits; `known` are settings that were read."""
    bridge, database, together, dialect = means.bridge, means.database, means.together, means.database.dialect
    guests = Guests(dialect, means.numbers, means.vault, means.sql)
    shops = ShopRows(dialect, means.numbers, photos.place)
    shoppers = ShopperRows(dialect, guests, shops)
    figures, notes = FigureRows(dialect, means.wording), NoteRows(dialect)
    hooks = ShopHookRows(dialect, HookRows(dialect, wakes))
    journal = Journal(OrderRows(dialect, means.wording, figures), notes, hooks, figures)
    return Botlive(
        shops=Shops(bridge, database, together, shops, means.refresh, known),
        shoppers=Shoppers(bridge, database, together, shops, shoppers, means.rooms, means.refresh),
        books=Books(bridge, database, together, shoppers, AnswerRows(dialect), journal),
        ledger=Ledger(bridge, database, shops, ActiveRows(dialect), notes, figures),
        hooks=ShopHooks(bridge, database, together, means.vault, shops, hooks, means.refresh),
        photos=photos,
        rows=shops,
    )
