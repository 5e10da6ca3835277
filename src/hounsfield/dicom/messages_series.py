"""What the integrity gate tells people about a series (see `messages`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

SERIES: Final = {
    "OK": {
        "en": ("Complete", "The series is a complete, even volume."),
        "zh-CN": ("完整", "该序列是完整、均匀的容积。"),
    },
    "EMPTY_SERIES": {
        "en": ("Empty series", "The series has no images."),
        "zh-CN": ("序列为空", "该序列没有影像。"),
    },
    "SLICES_MISSING": {
        "en": ("Slices are missing", "{count} {count:slice is|slices are} missing: {gaps}. Send the series again from the scanner or the PACS."),
        "zh-CN": ("缺少层面", "缺少 {count} 层：{gaps}。请从扫描设备或 PACS 重新发送该序列。"),
    },
    "DUPLICATE_POSITIONS": {
        "en": ("Slices at the same position", "{count} {count:slice is|slices are} at the position of another one ({axis} = {positions} mm). Send only one reconstruction per series."),
        "zh-CN": ("层面位置重复", "有 {count} 层与其他层位于同一位置({axis} = {positions} mm)。每个序列请只发送一次重建。"),
    },
    "MULTIPLE_ACQUISITIONS": {
        "en": ("Several acquisitions in one series", "The series mixes {count} stacks of slices over the same region, told apart by {keyword}, such as contrast phases. Split it and send each as a series."),
        "zh-CN": ("一个序列包含多次采集", "该序列混有同一部位的 {count} 组层面(以 {keyword} 区分)，例如不同增强期相。请拆分后分别作为独立序列发送。"),
    },
    "MIXED_ORIENTATION": {
        "en": ("Slices in different directions", "Not all slices are parallel; image {instance} differs from the first. Send each plane as a series of its own."),
        "zh-CN": ("层面方向不一致", "并非所有层面都平行，第 {instance} 幅与首幅方向不同。请将每个平面作为独立序列发送。"),
    },
    "MIXED_PIXEL_SPACING": {
        "en": ("Different pixel sizes", "The pixel size differs between slices ({smallest} to {largest} mm). Send each reconstruction as a series of its own."),
        "zh-CN": ("像素间距不一致", "各层像素间距不同({smallest} 至 {largest} mm)。请将每次重建作为独立序列发送。"),
    },
    "MIXED_MATRIX": {
        "en": ("Different image sizes", "The slices have {count} different sizes ({sizes}). Send each reconstruction as a series of its own."),
        "zh-CN": ("图像尺寸不一致", "各层有 {count} 种图像尺寸({sizes})。请将每次重建作为独立序列发送。"),
    },
    "MIXED_FRAME_OF_REFERENCE": {
        "en": ("Different frames of reference", "The patient was positioned anew between slices of this series, so their positions cannot be related."),
        "zh-CN": ("参考坐标系不一致", "该序列的部分层面之间患者曾重新定位，位置无法相互对应。"),
    },
    "UNEVEN_SPACING": {
        "en": ("Uneven slice spacing", "The distance between neighbouring slices varies from {smallest} to {largest} mm, most at {axis} = {at} mm. Reconstruct the series with one slice interval."),
        "zh-CN": ("层间距不均匀", "相邻层间距从 {smallest} 到 {largest} mm 不等，在 {axis} = {at} mm 处偏差最大。请以统一的层间隔重建该序列。"),
    },
    "GANTRY_TILT": {
        "en": ("Tilted gantry", "The slices were taken with the gantry tilted by {degrees}°, so they move sideways by {shift} mm over the series. Reconstruct without tilt."),
        "zh-CN": ("机架倾斜", "该序列采集时机架倾斜 {degrees}°，层面在整个序列中横向偏移 {shift} mm。请重建为无倾斜的序列。"),
    },
    "SLICES_SHIFTED": {
        "en": ("Slices not above each other", "The slices are shifted sideways by up to {shift} mm against each other. Reconstruct with one centre."),
        "zh-CN": ("层面未对齐", "各层之间横向偏移最多 {shift} mm。请以同一重建中心重建。"),
    },
    "LOCALIZER_ONLY": {
        "en": ("Localizer only", "The series holds only localizer (scout) images. Send the series with the slices."),
        "zh-CN": ("仅有定位像", "该序列只有定位像。请发送包含断层图像的序列。"),
    },
    "NOT_CT": {
        "en": ("Not a CT series", "The series is {modality} ({storage_class}); CT images are needed."),
        "zh-CN": ("不是 CT 序列", "该序列为 {modality}({storage_class})，需要 CT 影像。"),
    },
    "TOO_FEW_SLICES": {
        "en": ("Too few slices", "The series has {count} {count:slice|slices}; at least {minimum} are needed."),
        "zh-CN": ("层数过少", "该序列只有 {count} 层，至少需要 {minimum} 层。"),
    },
    "SECONDARY_CAPTURE": {
        "en": ("Screen captures", "The series holds secondary captures (screenshots), without measured values. Send the original slices."),
        "zh-CN": ("二次截屏图像", "该序列为二次截屏图像，不含测量值。请发送原始断层图像。"),
    },
    "DERIVED_IMAGES": {
        "en": ("Derived images", "The series holds images computed from others (projections, renderings, reformats). Send the original slices."),
        "zh-CN": ("派生图像", "该序列为由其他影像计算得到的图像(投影、渲染、重组)。请发送原始断层图像。"),
    },
    "ENHANCED_MULTIFRAME": {
        "en": ("Multi-frame images", "The series holds multi-frame images, which are not supported yet. Export it as single CT images."),
        "zh-CN": ("多帧图像", "该序列为多帧图像，暂不支持。请导出为单帧 CT 图像。"),
    },
    "MISSING_GEOMETRY": {
        "en": ("Position unknown", "{count} {count:image does not say where it is|images do not say where they are} in the patient ({keywords} missing or unreadable)."),
        "zh-CN": ("位置信息缺失", "{count} 幅图像未说明其在患者体内的位置({keywords} 缺失或无法读取)。"),
    },
    "IMPOSSIBLE_GEOMETRY": {
        "en": ("Impossible position", "{keyword} of image {instance} cannot be true."),
        "zh-CN": ("位置信息无效", "第 {instance} 幅图像的 {keyword} 不可能成立。"),
    },
    "UNSUPPORTED_TRANSFER_SYNTAX": {
        "en": ("Encoding not supported", "The images are encoded as {name}, from which no volume can be built. Export them uncompressed or with lossless compression."),
        "zh-CN": ("编码不受支持", "图像编码为 {name}，无法据此构建容积。请以未压缩或无损压缩方式导出。"),
    },
    "NO_PIXEL_DATA": {
        "en": ("Images without pixels", "{count} of {total} {total:image|images} {count:has|have} no pixel data."),
        "zh-CN": ("缺少像素数据", "{total} 幅图像中有 {count} 幅没有像素数据。"),
    },
    "UNSUPPORTED_PIXELS": {
        "en": ("Not 16-bit grayscale", "{count} of {total} {total:image|images} {count:is|are} not 16-bit grayscale, as CT values are."),
        "zh-CN": ("不是 16 位灰度图像", "{total} 幅图像中有 {count} 幅不是 CT 值所需的 16 位灰度图像。"),
    },
    "MISSING_RESCALE": {
        "en": ("Hounsfield units unknown", "{count} of {total} {total:image|images} {count:does|do} not say how pixel values become Hounsfield units."),
        "zh-CN": ("无法换算 CT 值", "{total} 幅图像中有 {count} 幅未说明像素值如何换算为 CT 值(HU)。"),
    },
    "DUPLICATE_INSTANCE_EXCLUDED": {
        "en": ("Image sent twice", "{count} {count:image was sent more than once and is|images were sent more than once and are} used once."),
        "zh-CN": ("图像重复发送", "{count} 幅图像重复发送，仅使用一次。"),
    },
    "LOCALIZER_ONLY_EXCLUDED": {
        "en": ("Localizers left out", "{count} localizer (scout) {count:image was|images were} left out of the volume."),
        "zh-CN": ("已排除定位像", "已从容积中排除 {count} 幅定位像。"),
    },
    "DERIVED_IMAGES_EXCLUDED": {
        "en": ("Derived images left out", "{count} derived {count:image was|images were} left out of the volume."),
        "zh-CN": ("已排除派生图像", "已从容积中排除 {count} 幅派生图像。"),
    },
    "SECONDARY_CAPTURE_EXCLUDED": {
        "en": ("Screen captures left out", "{count} screen {count:capture was|captures were} left out of the volume."),
        "zh-CN": ("已排除截屏图像", "已从容积中排除 {count} 幅二次截屏图像。"),
    },
    "NOT_CT_EXCLUDED": {
        "en": ("Other objects left out", "{count} {count:object that is no CT image was|objects that are no CT images were} left out of the volume."),
        "zh-CN": ("已排除其他对象", "已从容积中排除 {count} 个非 CT 影像对象。"),
    },
    "ENHANCED_MULTIFRAME_EXCLUDED": {
        "en": ("Multi-frame images left out", "{count} multi-frame {count:image was|images were} left out of the volume."),
        "zh-CN": ("已排除多帧图像", "已从容积中排除 {count} 个多帧图像。"),
    },
    "DERIVED_SLICES": {
        "en": ("Derived slices", "{count} {count:slice was|slices were} computed from others by the device; measurements may differ slightly from the original."),
        "zh-CN": ("派生层面", "{count} 层由设备从其他影像计算得到，测量值可能与原始数据略有差异。"),
    },
    "LOSSY_COMPRESSION": {
        "en": ("Lossy compression", "{count} {count:slice was|slices were} compressed with loss; measurements may differ from the original."),
        "zh-CN": ("有损压缩", "{count} 层经过有损压缩，测量值可能与原始数据不同。"),
    },
    "SLICES_APART": {
        "en": ("Gaps between slices", "The slices are {thickness} mm thick and {spacing} mm apart; what lies between them was not imaged."),
        "zh-CN": ("层间有间隙", "层厚 {thickness} mm，层间距 {spacing} mm，层间未成像。"),
    },
    "SLICES_THINNED": {
        "en": ("Possibly only some of the slices", "The image numbers go up in steps of {step}; slices may have been left out evenly."),
        "zh-CN": ("可能仅为抽样层面", "图像编号以 {step} 为步长递增，可能均匀地缺少了部分层面。"),
    },
    "TILT_CORRECTED": {
        "en": ("Tilt corrected", "The images were taken with the gantry tilted by {degrees}°, but lie straight above each other."),
        "zh-CN": ("倾斜已校正", "该序列采集时机架倾斜 {degrees}°，但层面已对齐。"),
    },
}  # fmt: skip

_GAP: Final = {
    "en": ("slice {first} between {axis} = {from_mm:g} mm and {to_mm:g} mm", "slices {first}–{last} between {axis} = {from_mm:g} mm and {to_mm:g} mm", "; ", "; and more"),
    "zh-CN": ("第 {first} 层（位于 {axis} = {from_mm:g} mm 与 {to_mm:g} mm 之间）", "第 {first}–{last} 层（位于 {axis} = {from_mm:g} mm 与 {to_mm:g} mm 之间）", "；", "；等"),
}  # fmt: skip
_MOST_SHOWN: Final = 3


def gaps(found: Sequence[Mapping[str, Any]], language: str) -> str:
    """Write out which slices are missing where."""
    one, several, separator, more = _GAP.get(language, _GAP["en"])
    parts = [(one if gap["count"] == 1 else several).format(**gap) for gap in found[:_MOST_SHOWN]]
    return separator.join(parts) + (more if len(found) > _MOST_SHOWN else "")
