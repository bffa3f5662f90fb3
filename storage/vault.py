"""Secrets: how they are made, and how they are kept so that the database alone gives none of them away.

What others present to the hub is kept as a keyed hash: high-entropy secrets need no slow hash, and a lookup by hash
takes the same time whatever was guessed. What the hub itself must use (to sign webhooks) is sealed with AES-256-GCM.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from actors.values import Who
from protocol.frames import Credential
from storage.errors import KeyFileError

ALPHANUMERIC = string.ascii_letters + string.digits
TOKEN_CHARS = 43  # 5.95 random bits each
SECRET_BYTES = 32
NONCE_BYTES = 12


class Vault:
    """Hashes and seals under keys derived from the master key."""

    def __init__(self, master_key: bytes) -> None:
        self.key_id = hashlib.sha256(b"hubbub key id" + master_key).hexdigest()[:16]
        self._hash_key = _derive(master_key, b"hubbub credential hash 1")
        self._sealing = AESGCM(_derive(master_key, b"hubbub credential seal 1"))

    def hash(self, credential: Credential, secret: str) -> bytes:
        """Return what is stored of a secret that others present; one kind's secret is never another kind's."""
        return hmac.digest(self._hash_key, f"{credential}:{secret}".encode(), "sha256")

    def seal(self, owner: Who, secret: str) -> bytes:
        """Return the sealed secret; it opens for this owner only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, secret.encode(), _about(owner))

    def unseal(self, owner: Who, sealed: bytes) -> str:
        """Return the secret. Raises `KeyFileError` when it was sealed for another owner or under another key."""
        try:
            plain = self._sealing.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _about(owner))
        except InvalidTag:
            raise KeyFileError(f"the sealed secret of {owner.kind} {owner.id} does not open") from None
        return plain.decode()

    def keep(self, owner: Who, credential: Credential, secret: str) -> bytes:
        """Return the form in which this credential is stored."""
        return self.seal(owner, secret) if credential == "webhook_secret" else self.hash(credential, secret)


def mint(owner: Who, credential: Credential) -> str:
    """Make a new secret of 256 random bits, in the form of its kind."""
    if credential == "webhook_secret":
        return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    # Letters and digits only: a token that begins with a dash would be taken for an option on a command line.
    token = "".join(secrets.choice(ALPHANUMERIC) for _ in range(TOKEN_CHARS))
    return f"{owner.id}-{token}" if credential == "bot_key" else token


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(master_key)


def _about(owner: Who) -> bytes:
    return f"{owner.kind}:{owner.id}:webhook_secret".encode()
