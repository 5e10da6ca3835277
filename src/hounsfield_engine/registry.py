"""Which algorithms this installation has: entry points that name a `Manifest`, and folders with a manifest file."""

import logging
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from hounsfield_engine.manifests import ManifestWrong, has_manifest, read_manifest
from hounsfield_engine.sdk import Manifest

GROUP = "hounsfield_engine.algorithms"
log = logging.getLogger(__name__)


def discover(chosen: Sequence[str] = (), folder: Path | None = None) -> dict[str, Manifest]:
    """Load the manifests by name: all there are, or those chosen by name or ``module:ATTRIBUTE``.

    One that cannot be loaded is logged and left out: a broken plug-in must not take the engine down.

    Parameters
    ----------
    chosen
        Names of entry points, or of algorithms in `folder`, or ``module:ATTRIBUTE``.
    folder
        Holds one folder an algorithm.
    """
    manifests: dict[str, Manifest] = {}
    for origin, manifest in _candidates(chosen, [*_in_folder(folder)] if folder else []):
        if manifest is not None and manifests.setdefault(manifest.name, manifest) is not manifest:
            log.error("algorithm.skipped entry=%s reason=name-taken name=%s", origin, manifest.name)
    return manifests


def _candidates(chosen: Sequence[str], found: list[Manifest]) -> Iterator[tuple[str, Manifest | None]]:
    installed = entry_points(group=GROUP)
    if not chosen:
        yield from ((point.value, _load(point)) for point in installed)
        yield from ((str(manifest.folder), manifest) for manifest in found)
    for choice in chosen:
        in_folder = next((manifest for manifest in found if manifest.name == choice), None)
        if ":" in choice:
            yield choice, _load(EntryPoint(name=choice, value=choice, group=GROUP))
        elif choice in installed.names:
            yield choice, _load(installed[choice])
        elif in_folder:
            yield choice, in_folder
        else:
            log.error("algorithm.skipped entry=%s reason=not-installed", choice)


def _in_folder(root: Path) -> Iterator[Manifest]:
    try:
        folders = sorted(path for path in root.iterdir() if path.is_dir() and has_manifest(path))
    except OSError as error:
        log.error("algorithms.folder-unreadable folder=%s reason=%s", root, error.strerror)
        return
    for folder in folders:
        try:
            yield read_manifest(folder)
        except ManifestWrong as wrong:
            for problem in wrong.problems:
                log.error("algorithm.skipped folder=%s problem=%s", folder, problem)


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
