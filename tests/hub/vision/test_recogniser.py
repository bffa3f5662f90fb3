"""Products and receipts through the real processes. More of them: `python -m tests.hub.vision.measure`."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.order.company import Company, Product
from actors.order.facts import Seen
from hub.vision import features, recogniser
from hub.vision.features import Album
from hub.vision.reader import Engine, Tesseract
from hub.vision.recogniser import Sight
from tests.hub.vision.test_formats import png_of

if importlib.util.find_spec("cv2") is None:
    pytest.skip("needs the extra `vision`", allow_module_level=True)

from tests.hub.vision import drawing
from tests.hub.vision.measure import catalogue, of_products, of_receipts, seen_in

PRODUCTS = 6
RECEIPTS = 3
TESSERACT = shutil.which("tesseract")
needs_tesseract = pytest.mark.skipif(TESSERACT is None, reason="needs tesseract")

BROKEN, UNREAD, UNSURE = Seen(sight="broken"), Seen(sight="unread"), Seen(sight="unsure")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return replace(catalogue(tmp_path_factory.mktemp("photos"), PRODUCTS), ocr="off")


@pytest.fixture(scope="module")
def album() -> Album:
    """One for all tests, as in a hub: photos are described once."""
    return Album()


@pytest.fixture
def sight(album: Album) -> Sight:
    return Sight(album, None, has_vision=True)


def photo(company: Company, number: int) -> bytes:
    return Path(company.catalogue[number].photos[0]).read_bytes()


async def test_products_are_known_again_tilted_blurred_and_packed(sight: Sight, company: Company) -> None:
    views = [drawing.photographed(drawing.product(number), 50 + number) for number in range(PRODUCTS)]
    assert of_products(await sight.look(company, views), range(PRODUCTS)) == Counter(right=PRODUCTS)


async def test_what_is_not_in_the_catalogue_is_no_product_of_it(sight: Sight, company: Company) -> None:
    strange = [drawing.photographed(drawing.no_product(number), number) for number in range(3)]
    strange += [drawing.photographed(drawing.product(900 + number), number) for number in range(3)]
    assert await sight.look(company, strange) == [UNREAD] * len(strange)


async def test_images_with_nothing_in_them_are_images_all_the_same(sight: Sight, company: Company) -> None:
    blank = [drawing.png(drawing.np.full(shape, 255, "uint8")) for shape in ((1, 1), (1, 3_000), (3_000, 2), (64, 64))]
    assert await sight.look(company, blank) == [UNREAD] * len(blank)


async def test_two_products_that_look_the_same_are_told_apart_by_nobody(sight: Sight, company: Company) -> None:
    same = Product(name="the other size", photos=company.catalogue[0].photos)
    image = drawing.photographed(drawing.product(0), 50)
    twice = replace(company, catalogue=(*company.catalogue, same))
    assert [(await sight.look(each, [image]))[0].product for each in (company, twice)] == ["product 0", None]


async def test_fewer_places_than_the_company_wants_are_no_product(sight: Sight, company: Company) -> None:
    image = drawing.photographed(drawing.product(0), 50)
    assert await sight.look(replace(company, vision_min_inliers=500), [image]) == [UNREAD]


@pytest.mark.parametrize("has_vision", [True, False])
async def test_the_file_of_a_catalogue_is_that_product_with_the_extra_and_without(
    album: Album, company: Company, has_vision: bool
) -> None:
    sight = Sight(album, None, has_vision=has_vision)
    assert await sight.look(company, [photo(company, 3)]) == [Seen(sight="product", product="product 3")]


async def test_without_the_extra_any_other_image_is_left_open(album: Album, company: Company) -> None:
    sight = Sight(album, None, has_vision=False)
    image = drawing.photographed(drawing.product(0), 50)
    assert await sight.look(company, [image, photo(company, 1)]) == [UNREAD, Seen(sight="product", product="product 1")]


async def test_photos_that_are_gone_or_broken_do_not_hide_the_others(
    sight: Sight, company: Company, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(png_of(600, 600, b"half"))
    text = tmp_path / "text.jpg"
    text.write_text("no image")
    more = (Product(name="odd", photos=(str(broken), str(text), str(tmp_path / "gone.jpg"))),)
    image = drawing.photographed(drawing.product(2), 52)
    odd = replace(company, catalogue=(*more, *company.catalogue))
    assert await sight.look(odd, [image]) == [Seen(sight="product", product="product 2")]


HOSTILE = {
    "nothing": b"",
    "HTML": b"<!doctype html><img src=x onerror=alert(1)>",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "cut off": drawing.jpeg(drawing.product(0))[:400],
    "a bomb": png_of(30_000, 30_000, bytes(30_000)),
    "a bomb that says to be small": png_of(6_000, 6_000, b""),
    "noise behind a head": drawing.png(drawing.product(0))[:60] + bytes(range(256)) * 40,
    "too many bytes": drawing.jpeg(drawing.product(0)) + bytes(10 * 2**20),
}


async def test_hostile_images_are_broken_and_hold_up_nothing(sight: Sight, company: Company) -> None:
    images = [*HOSTILE.values(), photo(company, 1)]
    seen = dict(zip([*HOSTILE, "a photo"], await sight.look(company, images), strict=True))
    assert seen.pop("a photo") == Seen(sight="product", product="product 1")
    assert seen == dict.fromkeys(HOSTILE, BROKEN)


MORTAL = """
import io, os, sys
job = sys.stdin.buffer.read()
b"DEADLY" in job and os._exit(9)
sys.stdin = io.TextIOWrapper(io.BytesIO(job))
from hub.vision.worker import main
main()
"""
"""The worker, if there was an image that it dies of."""
DEADLY = png_of(60, 60) + b"DEADLY"


async def test_an_image_that_ends_its_process_is_broken_and_takes_no_other_along(
    monkeypatch: pytest.MonkeyPatch, sight: Sight, company: Company
) -> None:
    monkeypatch.setattr(recogniser, "WORKER", (sys.executable, "-c", MORTAL))
    image = drawing.photographed(drawing.product(2), 52)
    assert await sight.look(company, [DEADLY, image]) == [BROKEN, Seen(sight="product", product="product 2")]


async def test_a_photo_that_ends_the_process_takes_no_other_of_the_catalogue_along(
    monkeypatch: pytest.MonkeyPatch, company: Company, tmp_path: Path
) -> None:
    monkeypatch.setattr(features, "WORKER", (sys.executable, "-c", MORTAL))
    deadly = tmp_path / "deadly.png"
    deadly.write_bytes(DEADLY)
    odd = replace(company, catalogue=(Product(name="odd", photos=(str(deadly),)), *company.catalogue[:3]))
    album = Album()
    assert [known.product for known in await album.known(await album.photos(odd))] == [
        "product 0",
        "product 1",
        "product 2",
    ]


class Scripted:
    """An engine that reads what it is told to, one text after the other."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)

    async def read(self, image: bytes, *, layout: str = "") -> str:
        return self._texts.pop(0)


TEXT = "Transfert de 2000 FCFA. Transaction ID: 4812345678"


@pytest.mark.parametrize("has_vision", [True, False])
async def test_the_extra_is_not_needed_to_read_receipts(album: Album, company: Company, has_vision: bool) -> None:
    sight = Sight(album, Scripted(TEXT, TEXT), has_vision=has_vision)
    (seen,) = await sight.look(replace(company, ocr="auto"), [drawing.receipt(1).image])
    assert (seen.sight, seen.evidence and seen.evidence.amount) == ("receipt", 2_000)


async def test_an_image_that_is_a_product_and_a_receipt_is_unsure(album: Album, company: Company) -> None:
    sight = Sight(album, Scripted(TEXT, TEXT), has_vision=True)
    image = drawing.photographed(drawing.product(0), 50)
    assert await sight.look(replace(company, ocr="auto"), [image]) == [UNSURE]


async def test_what_the_engine_cannot_read_is_left_to_people(album: Album, company: Company) -> None:
    absent: Engine = Tesseract("tesseract-that-is-not-there")
    sight = Sight(album, absent, has_vision=True)
    assert await sight.look(replace(company, ocr="auto"), [drawing.receipt(0).image]) == [UNREAD]


@needs_tesseract
async def test_amounts_of_receipts_are_right_or_left_open(album: Album, company: Company) -> None:
    sight = Sight(album, Tesseract(str(TESSERACT)), has_vision=True)
    drawn = [drawing.receipt(number) for number in range(RECEIPTS)]
    found = of_receipts(await seen_in(sight, replace(company, ocr="auto"), [each.image for each in drawn]), drawn)
    assert found["wrong amount"] == found["wrong reference"] == 0
    assert found["right"] >= RECEIPTS // 2
