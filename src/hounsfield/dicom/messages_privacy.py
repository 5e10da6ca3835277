"""What is said where an instance cannot be de-identified."""

from typing import Final

PRIVACY: Final = {
    "BURNED_IN_ANNOTATION": {
        "en": ("Names may be written in the image", "The file says that identities are burned into its pixels, and no area to blank is set for such images. Add the area to the project."),
        "zh-CN": ("影像中可能写有姓名", "该文件声明像素中含有身份信息，而项目未为此类影像设置遮盖区域。请在项目中添加遮盖区域。"),
    },
    "ENCAPSULATED_DOCUMENT": {
        "en": ("Document cannot be cleaned", "The file holds a document (such as a PDF), whose contents cannot be freed of identities."),
        "zh-CN": ("文档无法清理", "该文件内含文档（如 PDF），无法清除其中的身份信息。"),
    },
    "PIXELS_UNREADABLE": {
        "en": ("Pixels cannot be decoded", "An area of the image should be blanked, but its pixel data ({syntax}) cannot be decoded."),
        "zh-CN": ("像素无法解码", "需要遮盖影像的一部分区域，但其像素数据({syntax})无法解码。"),
    },
}  # fmt: skip
