"""Refusals about algorithms, and why a model was not taken, each in a sentence."""

from typing import Any

from hounsfield.kit import i18n
from hounsfield.kit.errors import Conflict, Invalid, TooLarge, Unavailable


class ModelTooLarge(TooLarge):
    """The model is larger than {limit} bytes, the most that is accepted."""

    code = "MODEL_TOO_LARGE"
    zh = "模型超过 {limit} 字节的上限。"


class InvalidManifest(Invalid):
    """The manifest is not valid at {where}: {reason}"""

    code = "MODEL_MANIFEST_INVALID"
    zh = "清单中 {where} 无效：{reason}"


class VersionExists(Conflict):
    """{name} has a version {version} already; a version never changes."""

    code = "MODEL_VERSION_EXISTS"
    zh = "{name} 已有版本 {version}；版本一经添加不再改变。"


class NameTaken(Conflict):
    """{name} is the name of an algorithm that engines bring with them."""

    code = "ALGORITHM_NAME_TAKEN"
    zh = "{name} 是引擎自带算法的名称。"


class VersionOfEngine(Conflict):
    """This version comes with the engines: which one runs is decided by what is installed there."""

    code = "VERSION_OF_ENGINE"
    zh = "该版本随引擎安装，运行哪个版本由引擎决定。"


class SharesTooLarge(Invalid):
    """The canary shares of all versions add up to {total} %, more than 100."""

    code = "CANARY_OVER_100"
    zh = "各版本的灰度比例合计 {total}%，超过 100%。"


class ShadowTakesNoOrders(Invalid):
    """A version that runs in the shadow takes no orders: set its canary share to 0 first."""

    code = "SHADOW_TAKES_NO_ORDERS"
    zh = "影子运行的版本不接订单：请先将其灰度比例设为 0。"


class CheckUnavailable(Unavailable):
    """The model could not be checked on this machine. Try again shortly."""

    code = "MODEL_CHECK_UNAVAILABLE"
    zh = "本机暂时无法检查模型，请稍后重试。"


class ModelRefused(Invalid):
    """The model cannot be used."""

    code = "MODEL_REFUSED"
    zh = "该模型无法使用。"

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(**params)
        self.code = code  # type: ignore[misc]  # one class for all reasons: the code belongs to the instance


# `reason` is what a library said, in English whoever reads it: quoted after a sentence that needs it not
REASONS = {
    "MODEL_NOT_ONNX": ("The file is not an ONNX model.", "该文件不是 ONNX 模型。"),
    "MODEL_EXTERNAL_DATA": (
        "The model keeps weights in other files ({location}). Save it as one file.",
        "模型的权重存放在其他文件中（{location}）。请另存为单个文件。",
    ),
    "MODEL_CUSTOM_OPS": (
        "The model uses the operator {op} of {domain}, which is not part of the ONNX standard.",
        "模型使用了 {domain} 的算子 {op}，它不属于 ONNX 标准。",
    ),
    "MODEL_TOO_NEW": (
        "The model needs {what} {found}; onnxruntime {runtime} knows them up to {known}. Export it for an older one.",
        "模型需要 {what} {found}，而 onnxruntime {runtime} 最高支持 {known}。请导出为较旧的版本。",
    ),
    "MODEL_BROKEN": (
        "The model breaks the ONNX standard. Export it again, with the newest exporter you have. "
        "What the checker found: “{reason}”",
        "模型不符合 ONNX 标准，请用较新的导出工具重新导出。检查程序的原文（英文）：“{reason}”",
    ),
    "MODEL_INPUTS": (
        "The model has {found} inputs; it must have exactly one.",
        "模型有 {found} 个输入，应当只有一个。",
    ),
    "MODEL_OUTPUTS": (
        "The model has {found} outputs; it must have exactly one.",
        "模型有 {found} 个输出，应当只有一个。",
    ),
    "MODEL_INPUT_TYPE": (
        "The input of the model has the type {found}; it must be float, float16 or double.",
        "模型输入的类型为 {found}，应为 float、float16 或 double。",
    ),
    "MODEL_OUTPUT_TYPE": (
        "The output of the model has the type {found}; it must be float, float16 or double.",
        "模型输出的类型为 {found}，应为 float、float16 或 double。",
    ),
    "MODEL_RANK": (
        "The input of the model has {found} axes; it must have 5, or 4 where the first side of the patch is 1.",
        "模型输入有 {found} 个轴；应为 5 个，或在窗口第一边为 1 时为 4 个。",
    ),
    "MODEL_INPUT_SHAPE": (
        "The input of the model is {found}; by the manifest's patch it must be {wanted}.",
        "模型输入为 {found}；按清单中的窗口应为 {wanted}。",
    ),
    "MODEL_CHANNELS": (
        "The model gives {found} channels; by its labels it must give {wanted}.",
        "模型输出 {found} 个通道；按标签数应为 {wanted} 个。",
    ),
    "MODEL_OUTPUT_SHAPE": (
        "The model gives an array of {found}; it must be {wanted}.",
        "模型输出的数组为 {found}，应为 {wanted}。",
    ),
    "MODEL_WEIGHTS_NAN": (
        "The weights {tensor} of the model are not numbers (NaN).",
        "模型的权重 {tensor} 含有非数值（NaN）。",
    ),
    "MODEL_OUTPUT_NAN": (
        "Given zeros, the model answers with what are not numbers (NaN or infinite).",
        "输入全零时，模型的输出含有非数值（NaN 或无穷）。",
    ),
    "MODEL_NOT_LOADED": (
        "onnxruntime {runtime} cannot load the model, so no engine could. "
        "Try it with that version on your own machine before you add it again. What it said: “{reason}”",
        "onnxruntime {runtime} 无法加载该模型，引擎同样无法运行。请先在本机用该版本试运行，再重新添加。其原文（英文）：“{reason}”",
    ),
    "MODEL_NOT_RUN": (
        "onnxruntime {runtime} loads the model and cannot run a window of zeros through it. "
        "See whether the manifest's patch fits the model. What it said: “{reason}”",
        "onnxruntime {runtime} 能加载该模型，但用全零窗口试运行失败。请检查清单中的窗口是否与模型相符。其原文（英文）：“{reason}”",
    ),
    "MODEL_OUT_OF_MEMORY": (
        "One window of the model needs more than {memory_mb} MB. Raise memory_mb or make the patch smaller.",
        "模型计算一个窗口所需内存超过 {memory_mb} MB。请增大 memory_mb 或减小窗口。",
    ),
    "MODEL_TOO_SLOW": (
        "One window of the model takes longer than {seconds} s.",
        "模型计算一个窗口超过 {seconds} 秒。",
    ),
    "MODEL_CRASHES": (
        "The process that read the model broke down ({how}). A model that does this is not taken.",
        "读取该模型的进程崩溃（{how}），不接受这样的模型。",
    ),
}
for _code, (_en, _zh) in REASONS.items():
    i18n.register(_code, {"en": _en, "zh-CN": _zh})
