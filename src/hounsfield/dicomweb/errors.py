"""What DICOMweb refuses beyond what the rooms below it refuse."""

from hounsfield.kit.errors import DomainError, Invalid


class NotAcceptable(DomainError):
    """None of the media types and transfer syntaxes that were asked for can be sent: {offered}."""

    status, kind, code = 406, "NOT_ACCEPTABLE", "NOT_ACCEPTABLE"
    zh = "无法以所请求的媒体类型或传输语法发送，可用的为：{offered}。"


class BadQuery(Invalid):
    """This is not a valid query: {reason}"""

    status, code = 400, "INVALID_QUERY"
    zh = "查询无效：{reason}"


class UnsupportedMedia(DomainError):
    """The body must be multipart/related of application/dicom."""

    status, kind, code = 415, "UNSUPPORTED_MEDIA", "UNSUPPORTED_MEDIA"
    zh = "请求体必须是 multipart/related，内容为 application/dicom。"
