"""A link stands for exactly what was granted, under whichever master key it was made."""

import pytest

from actors.ports import Grant
from actors.values import Who
from storage.links import Links
from storage.vault import Vault

GRANT = Grant(7, Who("user", 1), 1_800_000_000)
KEY, OLDER = bytes(32), bytes(range(32))


def test_a_signature_holds_for_its_grant_and_is_safe_in_a_url() -> None:
    links = Links(Vault([KEY]))
    signature = links.sign(GRANT)
    assert links.holds(GRANT, signature)
    assert len(signature) == 43
    assert signature.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "other",
    [
        GRANT._replace(id=8),
        GRANT._replace(expires=GRANT.expires + 1),
        GRANT._replace(viewer=Who("user", 2)),
        GRANT._replace(viewer=Who("bot", 1)),
    ],
)
def test_it_holds_for_nothing_else(other: Grant) -> None:
    links = Links(Vault([KEY]))
    assert not links.holds(other, links.sign(GRANT))


@pytest.mark.parametrize("guess", ["", "x", "é" * 43, "A" * 43, "\ud800"])
def test_a_guess_is_no_error(guess: str) -> None:
    assert not Links(Vault([KEY])).holds(GRANT, guess)


def test_links_outlive_the_rotation_of_the_master_key_but_not_its_end() -> None:
    signature = Links(Vault([OLDER])).sign(GRANT)
    assert Links(Vault([KEY, OLDER])).holds(GRANT, signature)
    assert not Links(Vault([KEY])).holds(GRANT, signature)
