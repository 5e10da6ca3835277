from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from hounsfield_engine.algorithms.decimation import DecimationFailed, Decimators, simplified


def ball(subdivisions: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    sphere = trimesh.creation.icosphere(subdivisions, 20)
    return np.array(sphere.vertices), np.array(sphere.faces, np.int32)


def test_processes_side_by_side_answer_what_one_would() -> None:
    meshes = [ball(subdivisions) for subdivisions in (3, 4, 5, 4, 3)]
    with Decimators(2) as decimators, ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda mesh: decimators.simplified(*mesh, 500), meshes))
    for (points, faces), mesh in zip(found, meshes, strict=True):
        alone = simplified(*mesh, 500)
        np.testing.assert_array_equal(points, alone[0])
        np.testing.assert_array_equal(faces, alone[1])
        assert 400 <= len(faces) <= 500


def test_processes_end_with_their_owner() -> None:
    with Decimators(2) as decimators:
        processes = decimators._processes
        assert [process.poll() for process in processes] == [None, None]
    assert [process.poll() for process in processes] == [0, 0]


def test_the_loss_of_a_process_is_said() -> None:
    with Decimators(1) as decimators:
        decimators._processes[0].kill()
        decimators._processes[0].wait()
        for _ in range(2):
            with pytest.raises(DecimationFailed, match="-9"):
                decimators.simplified(*ball(6), 500)
