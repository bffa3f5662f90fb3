"""Secrets: their forms, and what is stored of them."""

import base64
import re

import pytest

from actors.values import Who
from protocol.frames import Credential
from storage import KeyFileError
from storage.vault import Vault, mint

BOT, OTHER = Who("bot", 7), Who("bot", 8)


@pytest.mark.parametrize(
    ("credential", "form"),
    [
        ("token", r"[A-Za-z0-9]{43}"),
        ("key_access", r"[A-Za-z0-9]{43}"),
        ("bot_key", r"7-[A-Za-z0-9]{43}"),
        ("webhook_secret", r"whsec_[A-Za-z0-9+/]{43}="),
    ],
)
def test_secrets_have_the_form_of_their_kind_and_are_never_the_same(credential: Credential, form: str) -> None:
    made = {mint(BOT, credential) for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(form, secret) for secret in made)


def test_a_webhook_secret_holds_24_random_bytes_or_more() -> None:
    assert len(base64.b64decode(mint(BOT, "webhook_secret").removeprefix("whsec_"))) >= 24


def test_a_hash_depends_on_the_key_the_kind_and_the_secret() -> None:
    vault, other = Vault(b"k" * 32), Vault(b"l" * 32)
    hashed = vault.hash("token", "s")
    assert hashed == Vault(b"k" * 32).hash("token", "s")
    assert len({hashed, vault.hash("key_access", "s"), vault.hash("token", "t"), other.hash("token", "s")}) == 4
    assert vault.key_id != other.key_id


def test_what_is_sealed_opens_for_its_owner_and_key_only() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal(BOT, "whsec_x")
    assert vault.seal(BOT, "whsec_x") != sealed
    assert b"whsec_x" not in sealed
    assert vault.unseal(BOT, sealed) == "whsec_x"
    with pytest.raises(KeyFileError):
        vault.unseal(OTHER, sealed)
    with pytest.raises(KeyFileError):
        Vault(b"l" * 32).unseal(BOT, sealed)
    with pytest.raises(KeyFileError):
        vault.unseal(BOT, sealed[:-1] + bytes([sealed[-1] ^ 1]))
