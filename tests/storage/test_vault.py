"""Secrets: their forms, and what is stored of them."""

import base64
import re
from typing import get_args

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from actors.values import Who
from protocol.frames import Credential
from storage import KeyFileError
from storage.vault import Vault, key_id_of

BOT, OTHER = Who("bot", 7), Who("bot", 8)
OLD, NEW = b"k" * 32, b"l" * 32


@pytest.mark.parametrize(
    ("credential", "form"),
    [
        ("token", r"[A-Za-z0-9]{43}"),
        ("key_access", r"[A-Za-z0-9_-]{72}"),
        ("bot_key", r"7-[A-Za-z0-9]{43}"),
        ("webhook_secret", r"whsec_[A-Za-z0-9+/]{43}="),
    ],
)
def test_secrets_have_the_form_of_their_kind_and_are_never_the_same(credential: Credential, form: str) -> None:
    vault = Vault([OLD])
    made = {vault.mint(BOT, credential) for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(form, secret) for secret in made)


def test_a_webhook_secret_holds_24_random_bytes_or_more() -> None:
    assert len(base64.b64decode(Vault([OLD]).mint(BOT, "webhook_secret").removeprefix("whsec_"))) >= 24


def test_key_access_is_sealed_for_its_bot() -> None:
    sealed = base64.urlsafe_b64decode(Vault([OLD]).mint(BOT, "key_access"))
    aes = AESGCM(HKDF(SHA256(), 32, None, b"hubbub credential seal 1").derive(OLD))
    assert len(aes.decrypt(sealed[:12], sealed[12:], b"bot:7:key_access")) >= 20
    with pytest.raises(InvalidTag):
        aes.decrypt(sealed[:12], sealed[12:], b"bot:8:key_access")


def test_a_hash_depends_on_the_key_the_kind_and_the_secret() -> None:
    vault, other = Vault([OLD]), Vault([NEW])
    (hashed,) = vault.hashes("token", "s")
    assert [hashed] == Vault([OLD]).hashes("token", "s")
    assert vault.keep(BOT, "token", "s")[:2] == (vault.key_id, hashed)
    others = [vault.hashes("key_access", "s"), vault.hashes("token", "t"), other.hashes("token", "s")]
    assert [hashed] not in others
    assert vault.key_id != other.key_id


def test_a_guess_that_no_text_can_be_is_a_wrong_one_not_an_error() -> None:
    assert len(Vault([OLD]).hashes("token", "\ud800")) == 1


def test_only_what_the_hub_needs_again_is_sealed_and_only_what_others_present_is_hashed() -> None:
    vault = Vault([OLD])
    kept = {kind: vault.keep(BOT, kind, "secret") for kind in get_args(Credential)}
    assert {kind for kind, (_, hashed, _) in kept.items() if hashed} == {"token", "key_access", "bot_key"}
    assert {kind for kind, (_, _, sealed) in kept.items() if sealed} == {"token", "bot_key", "webhook_secret"}
    assert vault.keep(Who("user", 1), "token", "secret").sealed is None


def test_what_is_sealed_opens_for_its_owner_kind_and_key_only() -> None:
    vault = Vault([OLD])
    key_id, _, sealed = vault.keep(BOT, "bot_key", "7-x")
    assert sealed is not None
    assert vault.keep(BOT, "bot_key", "7-x").sealed != sealed
    assert b"7-x" not in sealed
    assert vault.unseal(BOT, "bot_key", key_id, sealed) == "7-x"
    wrong: list[tuple[Who, Credential, str, bytes]] = [
        (OTHER, "bot_key", key_id, sealed),
        (BOT, "webhook_secret", key_id, sealed),
        (BOT, "bot_key", key_id_of(NEW), sealed),
        (BOT, "bot_key", key_id, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ]
    for owner, kind, by, value in wrong:
        with pytest.raises(KeyFileError):
            vault.unseal(owner, kind, by, value)


def test_an_older_key_still_finds_and_opens_what_it_kept_and_keeps_nothing_new() -> None:
    before, vault = Vault([OLD]), Vault([NEW, OLD])
    key_id, hashed, sealed = before.keep(BOT, "bot_key", "7-x")
    assert sealed is not None
    assert vault.unseal(BOT, "bot_key", key_id, sealed) == "7-x"
    assert vault.hashes("bot_key", "7-x") == [*Vault([NEW]).hashes("bot_key", "7-x"), hashed]
    assert vault.key_ids == [key_id_of(NEW), key_id_of(OLD)]
    assert vault.keep(BOT, "token", "x").key_id == vault.key_id == key_id_of(NEW)
