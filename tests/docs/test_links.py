from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, ROOT, anchors, links, name

EVERY = [(document, target) for document in DOCUMENTS for target in links(document)]


@pytest.mark.parametrize(("document", "target"), EVERY, ids=[f"{name(d)} → {t}" for d, t in EVERY])
def test_a_link_leads_somewhere(document: Path, target: str) -> None:
    path, _, fragment = target.partition("#")
    goal = (document.parent / path).resolve() if path else document
    assert goal.exists()
    assert not fragment or fragment in anchors(goal)


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs/decisions"
    assert set(links(folder / "README.md")) == {path.name for path in folder.glob("0*.md")}
