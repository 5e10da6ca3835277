"""Secrets of others (tokens of servers we call) as text that only this installation can read."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hounsfield.kit.keyring import keys
from hounsfield.kit.settings import Settings


def seal(settings: Settings, purpose: str, secret: str) -> str:
    """Return a secret as it may be kept in the database."""
    return _fernet(settings, purpose).encrypt(secret.encode()).decode()


def unseal(settings: Settings, purpose: str, sealed: str) -> str | None:
    """Return the secret again, or None where the installation's own secret has changed since."""
    try:
        return _fernet(settings, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet(settings: Settings, purpose: str) -> MultiFernet:
    return MultiFernet(Fernet(base64.urlsafe_b64encode(key.secret)) for key in keys(settings, purpose))
