"""Secrets: how they are made, and how they are kept so that the database alone gives none of them away.

What others present to the hub is kept as a keyed hash: high-entropy secrets need no slow hash, and a lookup by hash
takes the same time whatever was guessed. What the hub itself must use or show again (to sign webhooks; the key that
stands in a Cordless webhook) is sealed with AES-256-GCM, for one credential of one owner only.

Master keys come and go: the first one keeps whatever is made now, the others still find and open what they kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from actors.values import Who
from protocol.frames import Credential
from storage.errors import KeyFileError

ALPHANUMERIC: Final = string.ascii_letters + string.digits
TOKEN_CHARS: Final = 43  # 5.95 random bits each
SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12
# With nonce and tag 54 bytes: base64 without padding, which forms and URLs would mangle.
SEALED_KEY_BYTES: Final = 26

PRESENTED: Final[frozenset[Credential]] = frozenset({"token", "key_access", "bot_key"})
SHOWN_AGAIN: Final[frozenset[Credential]] = frozenset({"bot_key", "webhook_secret"})
Purpose = Literal["session", "reset", "api_key"]
"""What a secret is for that is nobody's credential: a pass of the web, or a key of an account of ChatPion."""


def is_shown_again(owner: Who, credential: Credential) -> bool:
    """Whether the hub shows or uses the secret later on. Of native tokens it shows those of bots to their owners."""
    return credential in SHOWN_AGAIN or (credential == "token" and owner.kind == "bot")


class Kept(NamedTuple):
    """What the database holds of a secret, and under which master key. A hash, a seal, or both."""

    key_id: str
    hash: bytes | None
    sealed: bytes | None


class Vault:
    """Hashes and seals under keys that are derived from the master keys; `keys[0]` is the current one."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        current, *older = [_Key(key) for key in keys]
        self._current = current
        self._keys = {key.id: key for key in (current, *older)}

    @property
    def key_id(self) -> str:
        """The current master key's."""
        return self._current.id

    @property
    def key_ids(self) -> list[str]:
        """Those of all master keys, the current one first."""
        return list(self._keys)

    def mint(self, owner: Who, credential: Credential) -> str:
        """Make a new secret of 160 random bits or more, in the form of its kind."""
        if credential == "webhook_secret":
            return self.mint_webhook_secret()
        if credential == "key_access":
            return self._mint_sealed(owner)
        token = _letters()
        return f"{owner.id}-{token}" if credential == "bot_key" else token

    def _mint_sealed(self, owner: Who) -> str:
        """A sealed value, as the dialect has it. It is never opened: it would die with its master key, its hash not."""
        sealed = self._current.seal(secrets.token_bytes(SEALED_KEY_BYTES), _about(owner, "key_access"))
        return base64.urlsafe_b64encode(sealed).decode()

    def keep(self, owner: Who, credential: Credential, secret: str) -> Kept:
        """Return what is stored of a secret, under the current master key."""
        key = self._current
        hashed = key.hash(credential, secret) if credential in PRESENTED else None
        sealed = key.seal(secret.encode(), _about(owner, credential)) if is_shown_again(owner, credential) else None
        return Kept(key.id, hashed, sealed)

    def hash(self, purpose: Purpose, secret: str) -> bytes:
        """Return what is stored of a secret, under the current master key."""
        return self._current.hash(purpose, secret)

    def seal_for(self, place: str, secret: str) -> bytes:
        """Seal a secret under the current master key, for one `place` in the database."""
        return self._current.seal(secret.encode(), place.encode())

    def unseal_for(self, place: str, key_id: str, sealed: bytes) -> str:
        """Return the secret. Raises `KeyFileError` when it was sealed for another place, or with another key."""
        return self._open(key_id, sealed, place.encode(), place)

    def mint_webhook_secret(self) -> str:
        """Make a new secret that webhooks are signed with, as Standard Webhooks writes it."""
        return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()

    def mint_pass(self) -> str:
        """Make a new secret for a cookie or a link."""
        return _letters()

    def hashes(self, credential: Credential | Purpose, secret: str) -> list[bytes]:
        """Return what may be stored of a presented secret: under each master key, the current one first."""
        return [key.hash(credential, secret) for key in self._keys.values()]

    def unseal(self, owner: Who, credential: Credential, key_id: str, sealed: bytes) -> str:
        """Return the secret. Raises `KeyFileError` when it was sealed for another owner, kind or key."""
        return self._open(key_id, sealed, _about(owner, credential), f"{credential} of {owner.kind} {owner.id}")

    def _open(self, key_id: str, sealed: bytes, about: bytes, called: str) -> str:
        key = self._keys.get(key_id)
        if key is None:
            raise KeyFileError(f"the {called} was sealed with a key that is not here")
        try:
            return key.open(sealed, about).decode()
        except InvalidTag:
            raise KeyFileError(f"the sealed {called} does not open") from None

    def sign(self, text: str) -> bytes:
        """Return a signature that nobody makes who does not have the current master key."""
        return self._current.sign(text)

    def signatures(self, text: str) -> list[bytes]:
        """Return what may stand as the signature of a text: that of each master key, the current one first."""
        return [key.sign(text) for key in self._keys.values()]


class _Key:
    """What is done with one master key."""

    def __init__(self, master_key: bytes) -> None:
        self.id = key_id_of(master_key)
        self._hash_key = _derive(master_key, b"hubbub credential hash 1")
        self._signing_key = _derive(master_key, b"hubbub link signature 1")
        self._sealing = AESGCM(_derive(master_key, b"hubbub credential seal 1"))

    def hash(self, credential: Credential | Purpose, secret: str) -> bytes:
        # One kind's secret is never another kind's. Surrogates: JSON can carry them, and a guess must not be an error.
        return hmac.digest(self._hash_key, f"{credential}:{secret}".encode(errors="surrogatepass"), "sha256")

    def sign(self, text: str) -> bytes:
        return hmac.digest(self._signing_key, text.encode(), "sha256")

    def seal(self, plain: bytes, about: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        return self._sealing.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)


def key_id_of(master_key: bytes) -> str:
    """Return what a master key is called where it must not stand itself."""
    return hashlib.sha256(b"hubbub key id" + master_key).hexdigest()[:16]


def place(table: str, row: int, column: str) -> str:
    """What a seal is for that is no user's and no bot's credential."""
    return f"{table}:{row}:{column}"


def _letters() -> str:
    # Letters and digits only: a token that begins with a dash would be taken for an option on a command line.
    return "".join(secrets.choice(ALPHANUMERIC) for _ in range(TOKEN_CHARS))


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(master_key)


def _about(owner: Who, credential: Credential) -> bytes:
    """The key of the row in the database: a seal that is moved to another row does not open there."""
    return f"{owner.kind}:{owner.id}:{credential}".encode()
