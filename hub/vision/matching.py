"""Which product of a catalogue an image shows: ORB features, matched one to one, in a plane that RANSAC finds.

A product is flat enough where its label is. Features that agree by chance do not lie where one view of the photo would
have put them: what is counted are those that do, each place once. Rather unsure than wrong: the best has to have
`min_inliers`, and clearly more than the best of any other product, so that two sizes of one brand are asked about.

Runs in the worker only. The types of OpenCV and numpy end here: `load` gives them as `Any`, and everything type-checks
where they are not installed.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from hub.vision.formats import MAX_PIXELS
from hub.vision.jobs import Features, Known

LONGEST_SIDE: Final = 720
FEATURES: Final = 1_200
RATIO: Final = 0.85
REPROJECTION_PX: Final = 6.0
MARGIN: Final = 1.6
"""How many times as many places as the second best product."""
CELL_PX: Final = 4
"""Features nearer to each other than this are one place: ORB finds a corner again at each scale."""
LEAST_AREA: Final = 0.015
"""The share of the image that the photo has to cover."""
NEEDED_FOR_A_PLANE: Final = 4


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
    orb = tools.cv.ORB_create(nfeatures=FEATURES, fastThreshold=10)
    points, descriptors = orb.detectAndCompute(_small(tools, image), None)
    if descriptors is None:
        return Features(b"", b"")
    places = tools.np.float32([point.pt for point in points])
    return Features(places.tobytes(), descriptors.tobytes())


def product_of(tools: Tools, image: Any, known: Iterable[Known], min_inliers: int) -> str | None:
    """Return the product that the image shows for certain."""
    seen = _Plane.of(tools, features_of(tools, image))
    area = _area(_small(tools, image))
    scores: dict[str, int] = {}
    for photo in known:
        score = _agreement(tools, _Plane.of(tools, photo.features), seen, area)
        scores[photo.product] = max(score, scores.get(photo.product, 0))
    return certain(scores, min_inliers)


def certain(scores: dict[str, int], min_inliers: int) -> str | None:
    """Return the product with clearly the most, and enough of it."""
    ranked: Sequence[tuple[str, int]] = sorted(scores.items(), key=lambda each: -each[1])
    if not ranked or ranked[0][1] < min_inliers:
        return None
    second = ranked[1][1] if len(ranked) > 1 else 0
    return ranked[0][0] if ranked[0][1] >= MARGIN * second else None


class _Plane(NamedTuple):
    """Features as arrays."""

    points: Any
    descriptors: Any

    @classmethod
    def of(cls, tools: Tools, features: Features) -> _Plane:
        points = tools.np.frombuffer(features.points, tools.np.float32).reshape(-1, 2)
        return cls(points, tools.np.frombuffer(features.descriptors, tools.np.uint8).reshape(-1, 32))


def _agreement(tools: Tools, photo: _Plane, seen: _Plane, area: float) -> int:
    """How many places of the photo are in the image where one view of it has them."""
    pairs = _pairs(tools, photo.descriptors, seen.descriptors)
    if len(pairs) < NEEDED_FOR_A_PLANE:
        return 0
    there = tools.np.float32([photo.points[left] for left, _ in pairs])
    here = tools.np.float32([seen.points[right] for _, right in pairs])
    plane, mask = tools.cv.findHomography(there, here, tools.cv.RANSAC, REPROJECTION_PX, maxIters=3_000)
    if plane is None or not _is_a_view(tools, plane, there, area):
        return 0
    kept = mask.ravel().astype(bool)
    return min(_places(there[kept]), _places(here[kept]))


def _pairs(tools: Tools, left: Any, right: Any) -> list[tuple[int, int]]:
    """Those that are each other's nearest, and nearer than the next: one to one."""
    if min(len(left), len(right)) < NEEDED_FOR_A_PLANE:
        return []
    matcher = tools.cv.BFMatcher(tools.cv.NORM_HAMMING)
    back = {match.queryIdx: match.trainIdx for match in matcher.match(right, left)}
    near = matcher.knnMatch(left, right, k=2)
    best = [first for first, second in near if first.distance < RATIO * second.distance]
    return [(match.queryIdx, match.trainIdx) for match in best if back.get(match.trainIdx) == match.queryIdx]


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


def _small(tools: Tools, image: Any) -> Any:
    factor = LONGEST_SIDE / max(image.shape)
    if factor >= 1:
        return image
    return tools.cv.resize(image, None, fx=factor, fy=factor, interpolation=tools.cv.INTER_AREA)


def _area(image: Any) -> float:
    return float(image.shape[0] * image.shape[1])
