"""Refusals that are noted. To whoever is refused they look like any other."""

from hounsfield.audit.entries import Attempt
from hounsfield.kit.errors import Forbidden, NotFound


class Hidden(NotFound):
    """There is such a thing, and the actor must not learn it: answered like NotFound, and noted."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt


class Refused(Forbidden):
    """The actor sees the thing and may not do this to it: answered like Forbidden, and noted."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt
