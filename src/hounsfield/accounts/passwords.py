"""Passwords: what may be one, and Argon2id in a bounded space."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

from pwdlib.hashers.argon2 import Argon2Hasher

from hounsfield.accounts.errors import WeakPassword
from hounsfield.accounts.names import fold
from hounsfield.kit.errors import Unavailable

SHORTEST, LONGEST = 8, 128


class Hasher:
    """Argon2id with a cost; at most `at_once` hashes hold memory, at most `waiting` more requests hold a thread."""

    def __init__(
        self, *, memory_kib: int = 47_104, passes: int = 1, at_once: int = 4, waiting: int = 20
    ) -> None:
        # the first of the settings that OWASP's password storage cheat sheet holds to be enough
        self._argon2 = Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._working = threading.BoundedSemaphore(at_once)
        self._admitted = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a turn, but not in a crowd: threads that wait here serve nobody else."""
        if not self._admitted.acquire(blocking=False):
            raise Unavailable
        try:
            with self._working:
                yield
        finally:
            self._admitted.release()

    def hash(self, password: str) -> str:
        with self._turn():
            return self._argon2.hash(_normal(password))

    def verify(self, password: str, kept: str | None) -> bool:
        """Tell whether a password is the kept one; where none is kept (unknown user), take just as long to say no."""
        if kept is None:
            self.hash(password)
            return False
        with self._turn():
            return self._argon2.verify(_normal(password), kept)

    def is_outdated(self, kept: str) -> bool:
        return self._argon2.check_needs_rehash(kept)


_hasher = Hasher()


def hasher() -> Hasher:
    return _hasher


def use(replacement: Hasher) -> None:
    """Set the process's hasher (another cost for small machines and for tests)."""
    global _hasher
    _hasher = replacement


def check_policy(password: str, username: str) -> None:
    """Raise WeakPassword where this may not become the password of this user."""
    folded = fold(password)
    if (
        not SHORTEST <= len(password) <= LONGEST
        or folded == fold(username)
        or folded in _common()
        or len(set(folded)) == 1
    ):
        raise WeakPassword


@cache
def _common() -> frozenset[str]:
    listed = files("hounsfield.accounts").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(listed.split())


def _normal(password: str) -> str:
    """Return one form of what different keyboards produce (NIST SP 800-63B: normalize before hashing)."""
    return unicodedata.normalize("NFKC", password)
