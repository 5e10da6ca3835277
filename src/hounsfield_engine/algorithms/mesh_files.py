"""Meshes as files: binary STL and Draco-compressed GLB."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import DracoPy
import numpy as np

from hounsfield_engine.algorithms.mesh import Mesh, vertex_normals

_STL_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_GLB_MAGIC, _GLB_VERSION = 0x46546C67, 2
_CHUNK_JSON, _CHUNK_BIN = 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED_INT, _TRIANGLES = 5126, 5125, 4
_MAX_STEP = 0.05  # mm between quantization levels: at most 0.025 mm per axis, 0.044 mm in space
_NORMAL_BITS = 8


def write_stl(mesh: Mesh, path: Path, title: str) -> None:
    """Write a binary STL in mm, DICOM patient coordinates (LPS)."""
    corners = mesh.points.astype(np.float32)[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    triangles = np.zeros(len(mesh.faces), _STL_TRIANGLE)
    triangles["normal"] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    triangles["corners"] = corners
    with path.open("wb") as file:
        file.write(f"{title}; mm, LPS".encode("ascii", "replace")[:80].ljust(80))
        file.write(struct.pack("<I", len(triangles)))
        file.write(triangles.data)


def quantization_bits(mesh: Mesh) -> int:
    """Bits per coordinate that keep the quantization step at or below 0.05 mm."""
    extent = float(np.ptp(mesh.points, axis=0).max())
    return min(20, max(8, math.ceil(math.log2(extent / _MAX_STEP + 1))))


def write_glb(mesh: Mesh, path: Path, name: str, colour: tuple[float, float, float, float]) -> None:
    """Write a binary glTF 2.0 whose only mesh is compressed by KHR_draco_mesh_compression.

    Coordinates stay in mm and LPS, as `asset.extras` says; glTF itself would expect metres, Y up.
    """
    draco = DracoPy.encode(
        mesh.points.astype(np.float32),
        mesh.faces.astype(np.uint32),
        quantization_bits=quantization_bits(mesh),
        compression_level=7,
        normals=vertex_normals(mesh),
        normal_quantization_bits=_NORMAL_BITS,
    )
    decoded = DracoPy.decode(draco)  # the accessors must state the counts a decoder will find
    ids = {attribute["attribute_type"]: attribute["unique_id"] for attribute in decoded.attributes}
    document = _gltf(decoded, ids, len(draco), name, colour)
    path.write_bytes(_glb(json.dumps(document, separators=(",", ":")).encode(), draco))


def _gltf(
    decoded: Any, ids: dict[Any, int], size: int, name: str, colour: tuple[float, float, float, float]
) -> dict[str, Any]:
    points = np.asarray(decoded.points)
    position_id, normal_id = ids[DracoPy.AttributeType.POSITION], ids[DracoPy.AttributeType.NORMAL]
    extension = "KHR_draco_mesh_compression"
    primitive = {
        "attributes": {"POSITION": 0, "NORMAL": 1},
        "indices": 2,
        "mode": _TRIANGLES,
        "material": 0,
        "extensions": {
            extension: {"bufferView": 0, "attributes": {"POSITION": position_id, "NORMAL": normal_id}}
        },
    }
    material = {
        "name": name,
        "pbrMetallicRoughness": {
            "baseColorFactor": list(colour),
            "metallicFactor": 0.0,
            "roughnessFactor": 0.6,
        },
        "alphaMode": "BLEND" if colour[3] < 1 else "OPAQUE",
    }
    return {
        "asset": {
            "version": "2.0",
            "generator": "Hounsfield",
            "extras": {"unit": "mm", "coordinates": "LPS"},
        },
        "extensionsUsed": [extension],
        "extensionsRequired": [extension],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [{"name": name, "primitives": [primitive]}],
        "materials": [material],
        "accessors": [
            {
                "componentType": _FLOAT,
                "count": len(points),
                "type": "VEC3",
                "min": points.min(axis=0).tolist(),
                "max": points.max(axis=0).tolist(),
            },
            {"componentType": _FLOAT, "count": len(points), "type": "VEC3"},
            {"componentType": _UNSIGNED_INT, "count": int(np.asarray(decoded.faces).size), "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": size}],
        "buffers": [{"byteLength": size}],
    }


def _glb(document: bytes, binary: bytes) -> bytes:
    document += b" " * (-len(document) % 4)
    binary += b"\0" * (-len(binary) % 4)
    header = struct.pack("<III", _GLB_MAGIC, _GLB_VERSION, 12 + 8 + len(document) + 8 + len(binary))
    return b"".join(
        (
            header,
            struct.pack("<II", len(document), _CHUNK_JSON),
            document,
            struct.pack("<II", len(binary), _CHUNK_BIN),
            binary,
        )
    )
