"""Decimation in processes of its own: fast_simplification works on one global mesh and holds the interpreter's lock.

``python -m hounsfield_engine.algorithms.decimation`` answers requests on standard input until it closes. Requests and
answers are alike: three int64 (vertices, triangles, triangles wanted), the vertices as float64, the triangles as int32.
"""

import struct
import subprocess
import sys
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self

import fast_simplification
import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("=qqq")

Points = NDArray[np.float64]
Faces = NDArray[np.int32]


class DecimationFailed(Exception):
    """A process that decimates ended before it answered."""


def simplified(points: Points, faces: Faces, triangles: int) -> tuple[Points, Faces]:
    """Collapse edges, least quadric error first, until about so many triangles are left.

    Only one call at a time is possible in a process.
    """
    points, faces = fast_simplification.simplify(points, faces, target_count=triangles)
    return np.asarray(points, np.float64), np.asarray(faces, np.int32)


class Decimators:
    """Processes that decimate side by side. They start at once, so that they are ready when there is a mesh."""

    def __init__(self, count: int) -> None:
        self._processes = [
            subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(count)
        ]
        self._free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in self._processes:
            self._free.put(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.communicate()  # closes its input, which ends it

    def simplified(self, points: Points, faces: Faces, triangles: int) -> tuple[Points, Faces]:
        """Like the function of that name, in the first process that is free.

        Raises
        ------
        DecimationFailed
            The process is gone, most likely for want of memory.
        """
        process = self._free.get()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _send(process.stdin, points, faces, triangles)
            points, faces, _ = _receive(process.stdout)
        except (BrokenPipeError, EOFError) as error:
            raise DecimationFailed(f"the process that decimates ended with {process.wait()}") from error
        finally:
            self._free.put(process)
        return points, faces


def _send(stream: IO[bytes], points: Points, faces: Faces, triangles: int) -> None:
    stream.write(_HEADER.pack(len(points), len(faces), triangles))
    stream.write(np.ascontiguousarray(points).data)
    stream.write(np.ascontiguousarray(faces).data)
    stream.flush()


def _receive(stream: IO[bytes]) -> tuple[Points, Faces, int]:
    """Raises EOFError where the stream ends."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    vertices, count, triangles = _HEADER.unpack(header)
    points, faces = np.empty((vertices, 3), np.float64), np.empty((count, 3), np.int32)
    for array in (points, faces):
        if stream.readinto(array.data.cast("B")) < array.nbytes:  # type: ignore[attr-defined]  # typeshed lacks it
            raise EOFError
    return points, faces, triangles


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    with suppress(EOFError, BrokenPipeError):
        while True:
            points, faces, triangles = _receive(requests)
            _send(answers, *simplified(points, faces, triangles), triangles)


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
