"""Calling a node: an association with it, and in words what went wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hounsfield.dimse.errors import (
    NodeHasOtherTitle,
    NodeHungUp,
    NodeRefuses,
    NodeRefusesTitle,
    NodeSilent,
    NodeUnreachable,
    NodeWithoutAddress,
)
from hounsfield.dimse.models import DicomNode
from hounsfield.dimse.patience import limits_of
from hounsfield.dimse.wire.channel import Channel
from hounsfield.dimse.wire.errors import AssociationEnded, ProtocolError, Rejected, TimedOut
from hounsfield.dimse.wire.limits import Budget
from hounsfield.dimse.wire.negotiation import request
from hounsfield.kit.platform import Platform

_CALLING_UNKNOWN, _CALLED_UNKNOWN = 3, 7


@contextmanager
def calling(
    platform: Platform,
    node: DicomNode,
    contexts: Sequence[tuple[str, Sequence[str]]],
    *,
    receive: frozenset[str] = frozenset(),
) -> Iterator[Channel]:
    """Open an association with a node and release it at the end; whatever goes wrong is a NodeError.

    Raises
    ------
    NodeError
        It cannot be reached, refuses, falls silent, or hangs up.
    """
    if not node.host:
        raise NodeWithoutAddress
    settings = platform.settings
    try:
        channel = request(
            (node.host, node.port),
            calling=settings.dimse_ae_title,
            called=node.ae_title,
            contexts=contexts,
            limits=limits_of(settings),
            budget=Budget(settings.dimse_memory_mb << 20),
            receive=receive,
        )
    except TimeoutError:
        raise NodeUnreachable(host=node.host, port=node.port) from None
    except OSError as error:
        raise NodeUnreachable(host=node.host, port=node.port) from error
    except AssociationEnded as error:
        raise _in_words(error, node, settings.dimse_ae_title) from error
    try:
        yield channel
        channel.release()
    except AssociationEnded as error:
        if isinstance(error, (TimedOut, ProtocolError)):
            channel.abort()
        raise _in_words(error, node, settings.dimse_ae_title) from error
    except BaseException:
        channel.abort()
        raise
    finally:
        channel.close()


def _in_words(error: AssociationEnded, node: DicomNode, ours: str) -> Exception:
    if isinstance(error, Rejected):
        if (error.source, error.diagnostic) == (1, _CALLING_UNKNOWN):
            return NodeRefusesTitle(ours=ours)
        if (error.source, error.diagnostic) == (1, _CALLED_UNKNOWN):
            return NodeHasOtherTitle(ae_title=node.ae_title)
        return NodeRefuses(result=error.result, source=error.source, reason=error.diagnostic)
    if isinstance(error, TimedOut):
        return NodeSilent()
    return NodeHungUp(detail=str(error) or type(error).__name__)
