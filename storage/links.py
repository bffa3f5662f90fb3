"""Signatures of links to attachments: implements `actors.ports.LinkSigner`."""

from __future__ import annotations

import base64
import hmac

from actors.ports import Grant
from storage.vault import Vault


class Links:
    """Signs with a key that is derived from the current master key; those of earlier ones still hold."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def sign(self, grant: Grant) -> str:
        """The signature of a link that stands for the grant, URL-safe."""
        return _text(self._vault.sign(_said(grant)))

    def holds(self, grant: Grant, signature: str) -> bool:
        """Whether the signature is that of the grant; it takes the same time whatever was guessed."""
        guess = signature.encode(errors="replace")
        held = [hmac.compare_digest(_text(known).encode(), guess) for known in self._vault.signatures(_said(grant))]
        return any(held)


def _said(grant: Grant) -> str:
    return f"attachment {grant.id} for {grant.viewer.kind} {grant.viewer.id} until {grant.expires}"


def _text(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")
