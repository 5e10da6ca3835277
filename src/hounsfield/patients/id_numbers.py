"""Identity numbers: encrypted where they lie, masked where they are shown, found by a keyed hash."""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hounsfield.kit.keyring import Key, keys
from hounsfield.kit.settings import Settings
from hounsfield.patients.errors import IdNumberLocked, InvalidIdNumber

_RESIDENT = re.compile(r"\d{17}[\dX]")  # of the People's Republic of China, GB 11643
_WEIGHTS, _CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
_NONCE = 12


def checked(typed: str) -> str:
    """Return a number without the spaces of its writing; of a resident identity card the last digit must fit.

    Raises
    ------
    InvalidIdNumber
        It does not.
    """
    number = re.sub(r"[\s-]", "", typed).upper()
    if _RESIDENT.fullmatch(number):
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
        if _CHECKS[total % 11] != number[17]:
            raise InvalidIdNumber
    return number


def masked(number: str) -> str:
    """Return a number as it is shown: `110***********1234`."""
    head, tail = (3, 4) if len(number) >= 11 else (0, 2)
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


class IdNumbers:
    """Seals and opens numbers with AES-256-GCM; each is bound to its patient and says which key it needs."""

    def __init__(self, settings: Settings) -> None:
        self._keys = {key.id: key for key in keys(settings, "patients.id_number")}
        self._marks = keys(settings, "patients.id_number.search")

    @property
    def key(self) -> Key:
        return next(iter(self._keys.values()))

    def seal(self, patient_id: str, number: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + AESGCM(self.key.secret).encrypt(nonce, number.encode(), patient_id.encode())
        return f"{self.key.id}:{urlsafe_b64encode(sealed).decode()}"

    def open(self, patient_id: str, sealed: str) -> str:
        """Return a number in clear.

        Raises
        ------
        IdNumberLocked
            Its key is not known, or it is not this patient's.
        """
        key_id, _, content = sealed.partition(":")
        key, data = self._keys.get(key_id), urlsafe_b64decode(content)
        if key is None:
            raise IdNumberLocked
        try:
            plain = AESGCM(key.secret).decrypt(data[:_NONCE], data[_NONCE:], patient_id.encode())
        except InvalidTag:
            raise IdNumberLocked from None
        return plain.decode()

    def shown(self, patient_id: str, sealed: str | None) -> str | None:
        """Return a number masked; only stars where it cannot be opened."""
        if sealed is None:
            return None
        try:
            return masked(self.open(patient_id, sealed))
        except IdNumberLocked:
            return "*" * 8

    def is_current(self, sealed: str) -> bool:
        return sealed.startswith(f"{self.key.id}:")

    def mark(self, organization_id: str, number: str) -> str:
        """Return what a number is found by; the same number in another organization has another mark."""
        return self._marks[0].mark(f"{organization_id}:{number}".encode())

    def marks(self, organization_id: str, number: str) -> list[str]:
        """Return what a number may be found by: with this secret or an earlier one."""
        return [key.mark(f"{organization_id}:{number}".encode()) for key in self._marks]
