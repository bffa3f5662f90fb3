"""How well products and receipts are recognised, by whole pictures through the real processes.

    python -m tests.hub.vision.measure [--products 40] [--views 3] [--others 40] [--receipts 30]

Exits with 1 if any is taken for what it is not, or if fewer than 95 of 100 views of products are known again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import trio

from actors.order.company import Company, Product
from actors.order.facts import Seen
from hub.vision.assembly import recogniser
from hub.vision.recogniser import Sight
from tests.hub.vision import drawing

RIGHT_OF_100 = 95


def catalogue(folder: Path, count: int) -> Company:
    """A company with so many products, a photo of each."""
    products = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        path.write_bytes(drawing.jpeg(drawing.product(number)))
        products.append(Product(name=f"product {number}", photos=(str(path),)))
    return Company(company_id="shop", name="Shop", catalogue=tuple(products))


async def seen_in(sight: Sight, company: Company, images: Sequence[bytes]) -> list[Seen]:
    """What each is, as messages of one image."""
    return [(await sight.look(company, [image]))[0] for image in images]


def of_products(seen: Sequence[Seen], numbers: Sequence[int]) -> Counter[str]:
    """How many are right, wrong and neither."""
    return Counter(
        "neither" if each.product is None else "right" if each.product == f"product {number}" else "wrong"
        for each, number in zip(seen, numbers, strict=True)
    )


def of_receipts(seen: Sequence[Seen], receipts: Sequence[drawing.Receipt]) -> Counter[str]:
    """How many amounts and references are right, wrong and neither."""
    found: Counter[str] = Counter()
    for each, receipt in zip(seen, receipts, strict=True):
        evidence = each.evidence
        if evidence is None or evidence.amount is None:
            found["neither"] += 1
        else:
            right = (evidence.amount, evidence.reference) == (receipt.amount, receipt.reference)
            found["right" if right else "wrong amount" if evidence.amount != receipt.amount else "wrong reference"] += 1
    return found


async def measure(args: argparse.Namespace, folder: Path) -> bool:
    """Print the figures; False: something was taken for what it is not."""
    company, sight = catalogue(folder, args.products), recogniser()
    numbers = [number for number in range(args.products) for _ in range(args.views)]
    views = [
        drawing.photographed(drawing.product(number), args.views * number + at % args.views)
        for at, number in enumerate(numbers)
    ]
    await sight.look(company, views[:1])
    products = of_products(await _timed("a view of a product", sight, company, views), numbers)
    strange = [drawing.photographed(drawing.no_product(number), number) for number in range(args.others)]
    strange += [drawing.photographed(drawing.product(number), number) for number in range(900, 900 + args.others)]
    others = Counter(each.sight for each in await _timed("another image", sight, company, strange))
    drawn = [drawing.receipt(number) for number in range(args.receipts)]
    receipts = of_receipts(await _timed("a receipt", sight, company, [each.image for each in drawn]), drawn)
    sys.stdout.write(f"products {dict(products)}\nothers   {dict(others)}\nreceipts {dict(receipts)}\n")
    wrong = products["wrong"] + others["product"] + others["receipt"] + receipts["wrong amount"]
    return wrong == 0 and products["right"] * 100 >= RIGHT_OF_100 * len(views)


async def _timed(what: str, sight: Sight, company: Company, images: Sequence[bytes]) -> list[Seen]:
    started = time.perf_counter()
    seen = await seen_in(sight, company, images)
    sys.stdout.write(f"{what}: {(time.perf_counter() - started) / max(1, len(images)):.2f} s\n")
    return seen


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("products", 40), ("views", 3), ("others", 40), ("receipts", 30)):
        parser.add_argument(f"--{name}", type=int, default=default)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if trio.run(measure, parser.parse_args(), Path(folder)) else 1)


if __name__ == "__main__":
    main()
