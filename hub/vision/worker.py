"""The process that decodes: it takes its limits, does one job, and ends.

    python -m hub.vision.worker < job > answer

Nothing that an image does to it outlives that image, and nothing of one customer is there for the next. It is told all
that it needs and opens no file of the hub.
"""

from __future__ import annotations

import sys

from hub.vision.jobs import UNDECODED, Describe, Described, Features, Look, Looked, pack, read_job
from hub.vision.limits import CPU_S, MEMORY_BYTES, confine
from hub.vision.matching import Tools, decode, features_of, load, product_of
from hub.vision.scans import scans_of


def main() -> None:
    """Do the job on standard input."""
    confine(MEMORY_BYTES, CPU_S)
    job = read_job(sys.stdin.buffer.read())
    tools = load()
    answer = _described(tools, job) if isinstance(job, Describe) else _looked(tools, job)
    sys.stdout.buffer.write(pack(answer))


def _described(tools: Tools, job: Describe) -> Described:
    return Described(tuple(_features(tools, image) for image in job.images))


def _features(tools: Tools, data: bytes) -> Features | None:
    image = decode(tools, data)
    return None if image is None else features_of(tools, image)


def _looked(tools: Tools, job: Look) -> Looked:
    image = decode(tools, job.image)
    if image is None:
        return UNDECODED
    product = product_of(tools, image, job.known, job.min_inliers)
    return Looked(product, scans_of(tools, image) if job.wants_scans else ())


if __name__ == "__main__":
    main()
