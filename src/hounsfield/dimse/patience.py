"""How patient and how generous we are, by the settings."""

from hounsfield.dimse.wire.limits import Limits
from hounsfield.kit.settings import Settings


def limits_of(settings: Settings) -> Limits:
    return Limits(
        acse_seconds=settings.dimse_acse_seconds,
        idle_seconds=settings.dimse_idle_seconds,
        dimse_seconds=settings.dimse_timeout_seconds,
        max_pdu=settings.dimse_max_pdu,
        max_object=settings.dimse_max_object_mb << 20,
    )
