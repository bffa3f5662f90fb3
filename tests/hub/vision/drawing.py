"""Products, receipts and other images, drawn: the same ones for the same number. Needs OpenCV."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from hub.vision.matching import load

TOOLS = load()
cv, np = TOOLS
SERIF, SANS = cv.FONT_HERSHEY_COMPLEX, cv.FONT_HERSHEY_SIMPLEX
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aiou"]


def product(number: int, height: int = 640, width: int = 480) -> Any:
    """A label: a ground of its own, shapes, a name, small print and a bar code."""
    rng = random.Random(number)
    image = np.full((height, width, 3), _colour(rng, 90, 230), np.uint8)
    for _ in range(rng.randint(12, 22)):
        _shape(rng, image)
    cv.rectangle(image, (30, 60), (width - 30, 170), _colour(rng, 180, 255), -1)
    cv.putText(image, _word(rng, 3).upper(), (42, 135), SERIF, 2.0, _colour(rng, 0, 80), 4, cv.LINE_AA)
    for line in range(9):
        text = " ".join(_word(rng, 2) for _ in range(4))
        cv.putText(image, text, (36, height - 220 + 18 * line), SANS, 0.5, _colour(rng, 0, 90), 1, cv.LINE_AA)
    for place in range(width - 170, width - 40, 3):
        cv.line(image, (place, height - 50), (place, height - 14), (0, 0, 0), rng.randint(1, 2))
    return image


def no_product(number: int) -> Any:
    """A room, a text, grain, a chequered cloth: what people photograph besides."""
    rng = random.Random(10_000 + number)
    grain = np.random.default_rng(number)
    kind = number % 4
    if kind == 0:
        return cv.GaussianBlur(grain.integers(0, 256, (700, 500, 3), np.uint8), (0, 0), rng.uniform(0.8, 4))
    image = np.full((700, 500, 3), _colour(rng, 60, 240), np.uint8)
    if kind == 1:
        for _ in range(30):
            _shape(rng, image)
    elif kind == 2:
        for line in range(24):
            words = " ".join(_word(rng, rng.randint(1, 4)) for _ in range(5))
            cv.putText(image, words, (20, 40 + 27 * line), SANS, 0.6, (20, 20, 20), 1, cv.LINE_AA)
    else:
        side = rng.randint(18, 60)
        for top in range(0, 700, side):
            for left in range((top // side % 2) * side, 500, 2 * side):
                cv.rectangle(image, (left, top), (left + side, top + side), _colour(rng, 0, 255), -1)
    return image


def photographed(image: Any, number: int) -> bytes:
    """Somebody's photo of it: tilted, turned, on some ground, in some light, blurred, and packed as JPEG."""
    rng = random.Random(20_000 + number)
    height, width = image.shape[:2]
    out = (rng.randint(800, 1_100), rng.randint(700, 950))
    ground = cv.GaussianBlur(
        np.random.default_rng(number).integers(0, 256, (out[1], out[0], 3), np.uint8), (0, 0), rng.uniform(2, 9)
    )
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    scale, angle = rng.uniform(0.6, 1.1), rng.uniform(-40, 40)
    turn = cv.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    turn[:, 2] += (out[0] / 2 - width / 2, out[1] / 2 - height / 2)
    there = cv.transform(corners[None], turn)[0]
    tilt = 0.09 * scale * width
    there += np.float32([(rng.uniform(-tilt, tilt), rng.uniform(-tilt, tilt)) for _ in range(4)])
    plane = cv.getPerspectiveTransform(corners, np.float32(there))
    shown = cv.warpPerspective(image, plane, out)
    mask = cv.warpPerspective(np.full((height, width), 255, np.uint8), plane, out)
    ground[mask > 0] = shown[mask > 0]
    lit = cv.convertScaleAbs(ground, alpha=rng.uniform(0.7, 1.2), beta=rng.uniform(-25, 25))
    return jpeg(cv.GaussianBlur(lit, (0, 0), rng.uniform(0.4, 1.8)), rng.randint(35, 85))


@dataclass(frozen=True)
class Receipt:
    """A screenshot, and what stands in it."""

    amount: int
    reference: str
    image: bytes


def receipt(number: int) -> Receipt:
    """A screenshot of a message of an operator, as phones show it: light or dark, sharp or not, cropped and packed."""
    rng = random.Random(30_000 + number)
    amount = rng.choice((500, 1_000, 1_500, 2_000, 2_020, 2_500, 3_000, 5_000, 10_000, 12_500, 25_000))
    reference, lines = _message(rng, number % 4, amount)
    dark = number % 5 == 3
    paper, ink = ((24, 24, 28), (235, 235, 235)) if dark else ((250, 250, 250), (25, 25, 25))
    image = np.full((1_100, 760, 3), paper, np.uint8)
    cv.rectangle(image, (0, 0), (760, 110), _colour(rng, 60, 200), -1)
    for line, text in enumerate(lines):
        cv.putText(image, text, (40, 200 + 62 * line), SANS, 0.95, ink, 2, cv.LINE_AA)
    scale = rng.uniform(0.55, 1.3)
    image = cv.resize(image, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA if scale < 1 else cv.INTER_CUBIC)
    image = cv.GaussianBlur(image, (0, 0), rng.choice((0.3, 0.6, 0.9, 1.3, 1.8)))
    return Receipt(amount, reference, jpeg(image, rng.randint(30, 90)))


def jpeg(image: Any, quality: int = 90) -> bytes:
    return bytes(cv.imencode(".jpg", image, [cv.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def png(image: Any) -> bytes:
    return bytes(cv.imencode(".png", image)[1].tobytes())


def _message(rng: random.Random, kind: int, amount: int) -> tuple[str, list[str]]:
    """What Wave, Orange Money, MTN and Moov write, without the accents that OpenCV cannot draw."""
    spaced = f"{amount:,}".replace(",", rng.choice((" ", ".", "")))
    balance = rng.randint(100, 90_000)
    if kind == 0:
        code = "T_" + "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=14))
        return code, ["Transfert reussi", f"Montant: {spaced}F", "Frais: 20F", "ID de transaction:", code]
    if kind == 1:
        code = f"PP{rng.randint(10**5, 10**6 - 1)}.{rng.randint(1000, 9999)}.A{rng.randint(10**4, 10**5 - 1)}"
        lines = [f"Transfert de {spaced} FCFA vers le", "0700000000 reussi.", f"Ref: {code}", f"Solde: {balance} FCFA"]
        return code, ["Orange Money", *lines]
    code = "".join(rng.choices("0123456789", k=10))
    if kind == 2:
        lines = [f"Vous avez envoye {spaced} FCFA", "au 0700000000. Frais: 0 FCFA.", f"Solde: {balance} FCFA."]
        return code, ["MTN MoMo", *lines, f"Transaction ID: {code}"]
    return code, [
        "Moov Money",
        f"Depot de {spaced} FCFA effectue.",
        f"Reference: {code}",
        f"Nouveau solde: {balance} FCFA",
    ]


def _shape(rng: random.Random, image: Any) -> None:
    height, width = image.shape[:2]
    at = (rng.randrange(width), rng.randrange(height))
    size, colour = rng.randint(10, 110), _colour(rng, 0, 255)
    match rng.randrange(3):
        case 0:
            cv.circle(image, at, size, colour, rng.choice((-1, 3)), cv.LINE_AA)
        case 1:
            cv.rectangle(image, at, (at[0] + size, at[1] + rng.randint(10, 90)), colour, rng.choice((-1, 3)))
        case _:
            ends = [(at[0] + rng.randint(-size, size), at[1] + rng.randint(-size, size)) for _ in range(3)]
            cv.fillPoly(image, [np.int32([at, *ends])], colour, cv.LINE_AA)


def _word(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choices(SYLLABLES, k=syllables))


def _colour(rng: random.Random, low: int, high: int) -> tuple[int, int, int]:
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)
