"""A trained network as an algorithm: ONNX file and manifest come with the task. Only the manifest: `run` holds the work."""

from hounsfield_engine.sdk import Manifest

MANIFEST = Manifest(
    name="onnx",
    version="1.0.0",
    title={"en": "ONNX models", "zh-CN": "ONNX 模型"},
    description={
        "en": "Runs segmentation models that administrators add to the platform.",
        "zh-CN": "运行管理员添加到平台的分割模型。",
    },
    runtime=True,
    input_kind="ct_series",
    parameters={"type": "object", "additionalProperties": False},
    memory_mb=4096,
    entry="hounsfield_engine.algorithms.onnx_volume.run:run",
)
