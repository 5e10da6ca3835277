"""The Chinese of what this algorithm says, by the English; {places} stand for values."""

CHINESE = {
    "downloading": "正在下载影像",
    "Reading the series": "正在读取序列",
    "Finding the body": "正在识别体表",
    "{tissue} done": "{tissue}已完成",
    "{tissue} not in view": "视野内没有{tissue}",
    "Drawing the preview": "正在绘制预览图",
    "Done": "完成",
    "bone": "骨骼",
    "skin": "皮肤",
    "lungs": "肺",
    "airway": "气道",
    "Bone": "骨骼",
    "Skin": "皮肤",
    "Lungs": "肺",
    "Airway": "气道",
    "no body was found in the series at the skin's HU range": "按皮肤的 CT 值范围未在序列中找到人体",
    "{tissue} was asked for, but none was found in the series": "序列中没有找到所选的{tissue}",
    "none of the tissues was found in the series": "序列中没有找到所选的任何组织",
    "no closed surface of {tissue} with the right volume could be made: {reason}": (
        "无法生成体积正确的{tissue}封闭表面：{reason}"
    ),
    "a surface needs at least 3 CT slices, the series has {count}": "生成表面至少需要 3 层 CT 图像，该序列只有 {count} 层",
    "{file} cannot be read as a DICOM image": "{file} 不是可读取的 DICOM 图像",
    "{file} does not say where it lies in the patient ({tag})": "{file} 没有说明其在患者体内的位置（{tag}）",
    "{file} is not a CT image (modality {modality})": "{file} 不是 CT 图像（设备类型 {modality}）",
    "{file} is not a grey-scale slice": "{file} 不是灰度图像",
    "{file} has another size or pixel spacing than its neighbours": "{file} 的尺寸或像素间距与相邻层不同",
    "{file} has another orientation (a localizer?)": "{file} 的方向不同（可能是定位像）",
    "multi-frame CT objects are not supported, only one slice per file": "不支持多帧 CT 文件，每个文件只能包含一层",
    "the files belong to more than one series": "这些文件属于多个序列",
    "the image orientation or pixel spacing is not valid": "图像方向或像素间距无效",
    "two slices lie at the same position (several phases in one series?)": "有两层位于同一位置（一个序列中可能包含多期）",
    "slices are {typical} mm apart, but slices {first} and {second} are {gap} mm apart": (
        "层间距为 {typical} mm，但第 {first} 层与第 {second} 层相距 {gap} mm"
    ),
    "the pixels of {file} cannot be decoded": "无法解码 {file} 的像素",
    "not finished within {seconds} s": "未能在 {seconds} 秒内完成",
}
