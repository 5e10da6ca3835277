import json
import struct
from pathlib import Path
from typing import Any

import DracoPy
import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from hounsfield_engine.algorithms.mesh import Mesh, defects, vertex_normals
from hounsfield_engine.algorithms.mesh_files import quantization_bits, write_glb, write_stl


def blob(extent: float) -> Mesh:
    ball = trimesh.creation.icosphere(4)
    points = np.array(ball.vertices) * [extent / 2, extent / 3, extent / 4] + [120, -80, 900]
    return Mesh(points, np.array(ball.faces, np.int32))


def parse_glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length = struct.unpack_from("<III", data)
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    size, kind = struct.unpack_from("<II", data, 12)
    assert (kind, size % 4) == (0x4E4F534A, 0)
    document = json.loads(data[20 : 20 + size])
    binary_size, kind = struct.unpack_from("<II", data, 20 + size)
    assert (kind, binary_size % 4) == (0x004E4942, 0)
    assert 28 + size + binary_size == len(data)
    return document, data[28 + size :]


def test_stl_holds_every_triangle_with_its_outward_normal(tmp_path: Path) -> None:
    mesh = blob(200)
    write_stl(mesh, tmp_path / "skin.stl", "skin")
    assert (tmp_path / "skin.stl").stat().st_size == 84 + 50 * len(mesh.faces)
    assert (tmp_path / "skin.stl").read_bytes().startswith(b"skin; mm, LPS")
    loaded = trimesh.load_mesh(tmp_path / "skin.stl")
    np.testing.assert_allclose(loaded.bounds, [mesh.points.min(axis=0), mesh.points.max(axis=0)], atol=1e-3)
    raw = np.frombuffer(
        (tmp_path / "skin.stl").read_bytes()[84:], np.dtype("<f4, (3,3)<f4, <u2".replace("<f4,", "3<f4,", 1))
    )
    outwards = raw["f1"].mean(axis=1) - mesh.points.mean(axis=0)
    assert (np.einsum("ij,ij->i", raw["f0"], outwards) > 0).all()


@pytest.mark.parametrize("extent", [5.0, 300.0, 1800.0])
def test_glb_decodes_to_the_mesh_within_its_quantization(extent: float, tmp_path: Path) -> None:
    mesh = blob(extent)
    write_glb(mesh, tmp_path / "bone.glb", "bone", (0.9, 0.8, 0.7, 0.5))

    document, binary = parse_glb((tmp_path / "bone.glb").read_bytes())
    primitive = document["meshes"][0]["primitives"][0]
    draco = primitive["extensions"]["KHR_draco_mesh_compression"]
    view = document["bufferViews"][draco["bufferView"]]
    decoded = DracoPy.decode(binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]])

    assert extent / (2 ** quantization_bits(mesh) - 1) <= 0.05
    distance, nearest = cKDTree(mesh.points).query(decoded.points)
    assert distance.max() <= 0.05
    assert sorted(nearest) == list(range(len(mesh.points)))
    ours = {tuple(sorted(face)) for face in mesh.faces.tolist()}
    assert {tuple(sorted(face)) for face in nearest[decoded.faces].tolist()} == ours
    assert not defects(Mesh(np.asarray(decoded.points, float), np.asarray(decoded.faces, np.int32)))
    accessors = document["accessors"]
    assert accessors[primitive["attributes"]["POSITION"]]["count"] == len(decoded.points)
    assert accessors[primitive["indices"]]["count"] == decoded.faces.size
    np.testing.assert_allclose(accessors[0]["max"], decoded.points.max(axis=0), rtol=1e-6)
    by_id = {attribute["unique_id"]: attribute for attribute in decoded.attributes}
    np.testing.assert_allclose(by_id[draco["attributes"]["POSITION"]]["data"], decoded.points)
    normals = by_id[draco["attributes"]["NORMAL"]]["data"]
    assert (np.einsum("ij,ij->i", normals, vertex_normals(mesh)[nearest]) > 0.99).all()
    assert "KHR_draco_mesh_compression" in document["extensionsRequired"]
    assert document["asset"]["extras"] == {"unit": "mm", "coordinates": "LPS"}
    assert document["materials"][0]["alphaMode"] == "BLEND"
