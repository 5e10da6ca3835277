"""CT series → closed surfaces of bone, skin, lungs and airway. Only the manifest: `run` holds the work."""

from hounsfield_engine.algorithms.ct_surface.parameters import PARAMETERS_SCHEMA
from hounsfield_engine.algorithms.ct_surface.wording import CHINESE
from hounsfield_engine.sdk import Manifest

MANIFEST = Manifest(
    name="ct_surface",
    version="1.0.0",
    title={"en": "3D models from CT", "zh-CN": "CT 三维重建"},
    description={
        "en": "Closed surface models of bone, skin, lungs and airway from a CT series, as STL and GLB.",
        "zh-CN": "由 CT 序列生成骨骼、皮肤、肺与气道的封闭表面模型，输出 STL 与 GLB。",
    },
    input_kind="ct_series",
    parameters=PARAMETERS_SCHEMA,
    schedule_to_start_s=6 * 3600,  # behind busy engines it waits; a person can cancel at any time
    memory_mb=640,
    memory_mb_per_mvoxel=16.0,  # measured: 9 to 12
    translations={"zh-CN": CHINESE},
    entry="hounsfield_engine.algorithms.ct_surface.run:run",
)
