"""The one place where this room tells the audit trail what a node did."""

from typing import Any

from hounsfield.dimse.callers import Caller
from hounsfield.kit.platform import Platform


class Trail:
    """Notes what one node does."""

    def __init__(self, platform: Platform, caller: Caller) -> None:
        self._platform, self._caller = platform, caller

    def searched(self, level: str, keys: dict[str, Any]) -> None:
        """Note a query, before anything is answered."""

    def retrieved(self, study_uids: list[str], destination: str) -> None:
        """Note what is about to leave, and for where."""
