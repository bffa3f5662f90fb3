"""Which product of a catalogue an image shows: ORB features, matched one to one, in a plane that RANSAC finds.

A product is flat enough where its label is. Features that agree by chance do not lie where one view of the photo would
have put them: what is counted are those that do, each place once. Then the image, seen from where the photo was taken,
has to look like the photo nearly everywhere: bar codes and logos are found again on what is another product.

Rather unsure than wrong: the best has to have `min_inliers`, and clearly more than the best of any other product, so
that two sizes of one brand are asked about.

Runs in the worker only. The types of OpenCV and numpy end here: `load` gives them as `Any`, and everything type-checks
where they are not installed.
"""

from __future__ import annotations

import importlib
import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from hub.vision.formats import MAX_PIXELS
from hub.vision.jobs import Features, Known

LONGEST_SIDE: Final = 720
NARROWEST: Final = 64
FEATURES: Final = 800
RATIO: Final = 0.85
REPROJECTION_PX: Final = 6.0
MARGIN: Final = 1.6
"""How many times as many places as the second best product."""
CELL_PX: Final = 4
"""Features nearer to each other than this are one place: ORB finds a corner again at each scale."""
TILES: Final = 8
MOST_IN_A_TILE: Final = 3
"""What counts in one of 8 × 8 parts of a photo: a bar code or a logo looks much the same on all products."""
LEAST_AREA: Final = 0.015
"""The share of the image that the photo has to cover."""
NEEDED_FOR_A_PLANE: Final = 4
MOST_TRIES: Final = 1_000
"""Of RANSAC: enough for a plane that three of ten pairs lie in."""
PICTURE_SIDE: Final = 224
FIELDS: Final = 6
"""The picture is compared in 6 × 6 fields, each with its own light and contrast."""
LEAST_LIKENESS: Final = 0.55
"""The correlation that half of the fields reach."""
MATCHING_S: Final = 5.0
"""Of processor time, which is enough for some 400 photos. Whoever has not been compared with all knows nothing."""


class Tools(NamedTuple):
    """OpenCV and numpy."""

    cv: Any
    np: Any


def load() -> Tools:
    """Import them, with one thread each. Raises ImportError."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(MAX_PIXELS)
    cv: Any = importlib.import_module("cv2")
    np: Any = importlib.import_module("numpy")
    cv.setNumThreads(1)
    cv.setRNGSeed(7)
    return Tools(cv, np)


def decode(tools: Tools, data: bytes) -> Any | None:
    """Return the image in shades of grey, turned as its camera says; None: it cannot be decoded."""
    try:
        return tools.cv.imdecode(tools.np.frombuffer(data, tools.np.uint8), tools.cv.IMREAD_GRAYSCALE)
    except tools.cv.error:
        return None


def features_of(tools: Tools, image: Any) -> Features:
    """Return what is known again of an image."""
    small = _within(tools, image, LONGEST_SIDE)
    points, descriptors = _found(tools, small)
    places = tools.np.float32([point.pt for point in points])
    picture = _within(tools, small, PICTURE_SIDE)
    height, width = picture.shape
    return Features(
        points=places.tobytes(),
        descriptors=b"" if descriptors is None else descriptors.tobytes(),
        picture=picture.tobytes(),
        width=width,
        scale=height / small.shape[0],
    )


def _found(tools: Tools, image: Any) -> tuple[Any, Any]:
    """What ORB finds. It fails on what is narrower than what it looks at."""
    if min(image.shape) < NARROWEST:
        return (), None
    orb = tools.cv.ORB_create(nfeatures=FEATURES, fastThreshold=10)
    points, descriptors = orb.detectAndCompute(image, None)
    return points, descriptors


def product_of(tools: Tools, image: Any, known: Iterable[Known], min_inliers: int) -> str | None:
    """Return the product that the image shows for certain."""
    seen = View.of(tools, features_of(tools, image))
    scores: dict[str, int] = {}
    ends_at = time.process_time() + MATCHING_S
    for photo in known:
        if time.process_time() > ends_at:
            return None
        score = agreement(tools, View.of(tools, photo.features), seen)
        scores[photo.product] = max(score, scores.get(photo.product, 0))
    return certain(scores, min_inliers)


def certain(scores: dict[str, int], min_inliers: int) -> str | None:
    """Return the product with clearly the most, and enough of it."""
    ranked: Sequence[tuple[str, int]] = sorted(scores.items(), key=lambda each: -each[1])
    if not ranked or ranked[0][1] < min_inliers:
        return None
    second = ranked[1][1] if len(ranked) > 1 else 0
    return ranked[0][0] if ranked[0][1] >= MARGIN * second else None


class View(NamedTuple):
    """Features as arrays."""

    points: Any
    descriptors: Any
    picture: Any
    scale: float

    @classmethod
    def of(cls, tools: Tools, features: Features) -> View:
        """Unpack them."""
        points = tools.np.frombuffer(features.points, tools.np.float32).reshape(-1, 2)
        descriptors = tools.np.frombuffer(features.descriptors, tools.np.uint8).reshape(-1, 32)
        picture = tools.np.frombuffer(features.picture, tools.np.uint8).reshape(-1, features.width)
        return cls(points, descriptors, picture, features.scale)

    @property
    def area(self) -> float:
        """Of the whole image, in the pixels in which `points` are."""
        return float(self.picture.size) / self.scale**2


def agreement(tools: Tools, photo: View, seen: View) -> int:
    """Return how many places of the photo are in the image where one view of it has them."""
    pairs = _pairs(tools, photo.descriptors, seen.descriptors)
    if len(pairs) < NEEDED_FOR_A_PLANE:
        return 0
    there = tools.np.float32([photo.points[left] for left, _ in pairs])
    here = tools.np.float32([seen.points[right] for _, right in pairs])
    plane, mask = tools.cv.findHomography(there, here, tools.cv.RANSAC, REPROJECTION_PX, maxIters=MOST_TRIES)
    if plane is None or not _is_a_view(tools, plane, there, seen.area):
        return 0
    if likeness(tools, plane, photo, seen) < LEAST_LIKENESS:
        return 0
    kept = mask.ravel().astype(bool)
    return min(_spread(there[kept], photo.points), _places(here[kept]))


def _pairs(tools: Tools, left: Any, right: Any) -> list[tuple[int, int]]:
    """Those that are each other's nearest, and nearer than the next: one to one."""
    if min(len(left), len(right)) < NEEDED_FOR_A_PLANE:
        return []
    matcher = tools.cv.BFMatcher(tools.cv.NORM_HAMMING)
    near = matcher.knnMatch(left, right, k=2)
    best = [(first.queryIdx, first.trainIdx) for first, second in near if first.distance < RATIO * second.distance]
    if len(best) < NEEDED_FOR_A_PLANE:
        return []
    # Only those that are somebody's nearest are asked for theirs: half of the work.
    back = matcher.match(right[[place for _, place in best]], left)
    return [pair for pair, match in zip(best, back, strict=True) if match.trainIdx == pair[0]]


def _is_a_view(tools: Tools, plane: Any, there: Any, area: float) -> bool:
    """Whether what matched, seen so, is still a shape that is convex, not mirrored, and large enough to be a photo."""
    low, high = there.min(axis=0), there.max(axis=0)
    corners = tools.np.float32([[low, (high[0], low[1]), high, (low[0], high[1])]])
    seen = tools.cv.perspectiveTransform(corners, plane)
    if not tools.np.isfinite(seen).all() or not tools.cv.isContourConvex(seen):
        return False
    # In the order of the corners a mirrored one has a negative area.
    size = tools.cv.contourArea(seen, oriented=True) * (1 if _turns_right(tools, corners) else -1)
    return bool(size >= LEAST_AREA * area)


def _turns_right(tools: Tools, corners: Any) -> bool:
    return bool(tools.cv.contourArea(corners, oriented=True) > 0)


def _places(points: Any) -> int:
    return len({(int(x) // CELL_PX, int(y) // CELL_PX) for x, y in points})


def _spread(points: Any, photo: Any) -> int:
    """How many places there are, up to so many in each part of the photo."""
    low, high = photo.min(axis=0), photo.max(axis=0)
    places = {(int(x) // CELL_PX, int(y) // CELL_PX): (x, y) for x, y in points}
    side = (high - low) / TILES + 1
    tiles = Counter(tuple(((place - low) // side).astype(int)) for place in places.values())
    return sum(min(count, MOST_IN_A_TILE) for count in tiles.values())


def likeness(tools: Tools, plane: Any, photo: View, seen: View) -> float:
    """Return how much the image, seen from where the photo was taken, is like it: the median of the fields, -1 to 1."""
    there = tools.np.diag([photo.scale, photo.scale, 1.0])
    here = tools.np.diag([seen.scale, seen.scale, 1.0])
    height, width = photo.picture.shape
    flags = tools.cv.INTER_LINEAR | tools.cv.WARP_INVERSE_MAP
    way = here @ plane @ tools.np.linalg.inv(there)
    turned = tools.cv.warpPerspective(seen.picture, way, (width, height), flags=flags)
    fields = zip(_fields(tools, photo.picture), _fields(tools, turned), strict=True)
    return float(tools.np.median([_correlation(left, right) for left, right in fields]))


def _fields(tools: Tools, picture: Any) -> list[Any]:
    rows = tools.np.array_split(picture.astype(tools.np.float32), FIELDS)
    return [field for row in rows for field in tools.np.array_split(row, FIELDS, axis=1)]


def _correlation(left: Any, right: Any) -> float:
    """Nothing is like a field of one shade."""
    spread = float(left.std() * right.std())
    if left.size == 0 or spread < 1e-3:
        return 0.0
    return float(((left - left.mean()) * (right - right.mean())).mean()) / spread


def _within(tools: Tools, image: Any, side: int) -> Any:
    """The image, no longer than this."""
    factor = side / max(image.shape)
    if factor >= 1:
        return image
    size = tuple(max(1, round(each * factor)) for each in reversed(image.shape))
    return tools.cv.resize(image, size, interpolation=tools.cv.INTER_AREA)
