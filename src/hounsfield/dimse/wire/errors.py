"""How an association ends before its time. None of these reach a person as they are."""


class AssociationEnded(Exception):
    """The association is over."""


class Released(AssociationEnded):
    """The other end asked for the release, and was told yes."""


class Aborted(AssociationEnded):
    """The other end aborted, or closed the connection."""


class TimedOut(AssociationEnded):
    """The other end was silent for too long."""


class ProtocolError(AssociationEnded):
    """The other end sent what it may not; `reason` is the provider's reason of A-ABORT (PS3.8 §9.3.8)."""

    def __init__(self, message: str, reason: int = 0) -> None:
        super().__init__(message)
        self.reason = reason


class Rejected(AssociationEnded):
    """The other end does not want the association (PS3.8 §9.3.4)."""

    def __init__(self, result: int, source: int, diagnostic: int) -> None:
        super().__init__(f"rejected: result {result}, source {source}, reason {diagnostic}")
        self.result, self.source, self.diagnostic = result, source, diagnostic


UNRECOGNIZED_PDU, UNEXPECTED_PDU, INVALID_PARAMETER = 1, 2, 6
