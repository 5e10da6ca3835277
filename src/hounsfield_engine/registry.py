"""Which algorithms this installation has: the entry points of the group, each naming a `Manifest`."""

import logging
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points

from hounsfield_engine.sdk import Manifest

GROUP = "hounsfield_engine.algorithms"
log = logging.getLogger(__name__)


def discover(chosen: Sequence[str] = ()) -> dict[str, Manifest]:
    """Load the manifests by name: all installed ones, or those chosen by entry point name or ``module:ATTRIBUTE``.

    One that cannot be loaded is logged and left out: a broken plug-in must not take the engine down.
    """
    manifests: dict[str, Manifest] = {}
    for point in _points(chosen):
        manifest = _load(point)
        if manifest is not None and manifests.setdefault(manifest.name, manifest) is not manifest:
            log.error("algorithm.skipped entry=%s reason=name-taken name=%s", point.value, manifest.name)
    return manifests


def _points(chosen: Sequence[str]) -> Iterator[EntryPoint]:
    installed = entry_points(group=GROUP)
    if not chosen:
        yield from installed
    for choice in chosen:
        if ":" in choice:
            yield EntryPoint(name=choice, value=choice, group=GROUP)
        elif choice in installed.names:
            yield installed[choice]
        else:
            log.error("algorithm.skipped entry=%s reason=not-installed", choice)


def _load(point: EntryPoint) -> Manifest | None:
    try:
        manifest = point.load()
    except Exception:  # a plug-in may fail in any way while it is imported
        log.exception("algorithm.skipped entry=%s reason=import-failed", point.value)
        return None
    if isinstance(manifest, Manifest):
        return manifest
    log.error("algorithm.skipped entry=%s reason=not-a-manifest", point.value)
    return None
