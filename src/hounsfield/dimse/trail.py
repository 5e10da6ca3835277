"""The one place where this room tells the audit trail what a node did."""

from typing import Any, Protocol

from hounsfield.kit.platform import Platform


class Device(Protocol):
    """A node, whether it calls or is called."""

    @property
    def organization_id(self) -> str: ...
    @property
    def ae_title(self) -> str: ...


class Trail:
    """Notes what goes to one node."""

    def __init__(self, platform: Platform, device: Device) -> None:
        self._platform, self._device = platform, device

    def searched(self, level: str, keys: dict[str, Any]) -> None:
        """Note a query, before anything is answered."""

    def retrieved(self, study_uids: list[str], destination: str) -> None:
        """Note what is about to leave, and for where."""
