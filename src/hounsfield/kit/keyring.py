"""Keys derived from the installation's secret, one per purpose, each with an id so that the secret can be changed.

What was made with an earlier secret stays readable while that secret is listed in `HOUNSFIELD_PREVIOUS_SECRET_KEYS`.
"""

import hashlib
import hmac
from dataclasses import dataclass

from hounsfield.kit.settings import Settings


@dataclass(frozen=True)
class Key:
    """256 bits for one purpose; the id says which without telling anything about them."""

    id: str
    secret: bytes

    def mark(self, content: bytes) -> str:
        """Return the HMAC-SHA-256 of something: whoever has no key cannot make it, nor find what it is of by trying."""
        return hmac.digest(self.secret, content, "sha256").hex()


def keys(settings: Settings, purpose: str) -> list[Key]:
    """Return the keys of a purpose: the one to use first, then those of earlier secrets."""
    return [_derive(secret, purpose) for secret in settings.secrets]


def _derive(secret: str, purpose: str) -> Key:
    derived = hmac.digest(secret.encode(), f"hounsfield.{purpose}".encode(), "sha256")
    return Key(hashlib.sha256(b"id of " + derived).hexdigest()[:8], derived)
