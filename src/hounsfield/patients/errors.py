"""Refusals about patients and their visits."""

from hounsfield.kit.errors import Conflict, Invalid, NotFound


class InvalidName(Invalid):
    """This is not a name: at most 64 characters in each writing, no backslash or control characters."""

    code = "INVALID_NAME"
    zh = "姓名无效：每种书写最多 64 个字符，且不能包含反斜杠或控制字符。"


class InvalidIdNumber(Invalid):
    """This identity number is not valid: a digit is wrong."""

    code = "INVALID_ID_NUMBER"
    zh = "身份证号无效：校验位不符。"


class MrnTaken(Conflict):
    """Another patient has this medical record number already."""

    code = "MRN_TAKEN"
    zh = "该病历号已属于另一位患者。"


class NoIdNumber(NotFound):
    """No identity number is kept for this patient."""

    code = "NO_ID_NUMBER"
    zh = "该患者未登记身份证号。"


class IdNumberLocked(Conflict):
    """The identity number was encrypted with a secret that is not known any more. Enter it again."""

    code = "ID_NUMBER_LOCKED"
    zh = "该身份证号由已停用的密钥加密，无法读取，请重新录入。"


class MergedAlready(Conflict):
    """This record was merged into another one. Undo that first, or use the other record."""

    code = "PATIENT_MERGED"
    zh = "该病历已合并到另一病历，请先撤销合并，或使用合并后的病历。"


class MergeIntoItself(Invalid):
    """A record cannot be merged into itself."""

    code = "MERGE_INTO_ITSELF"
    zh = "不能将病历合并到其自身。"


class NotMerged(Conflict):
    """This record is not merged into another one."""

    code = "NOT_MERGED"
    zh = "该病历未被合并。"


class ExpiryInvalid(Invalid):
    """The end must lie in the future, at most {days} days from now."""

    code = "EXPIRY_INVALID"
    zh = "截止时间必须晚于现在，且不超过 {days} 天。"


class NoSuchUser(Invalid):
    """There is no active user with this name."""

    code = "NO_SUCH_USER"
    zh = "没有使用此用户名的有效用户。"


class OpenAlready(Conflict):
    """You see this record already."""

    code = "RECORD_OPEN"
    zh = "您已可查看该病历。"


class VisitNumberTaken(Conflict):
    """Another visit has this number already."""

    code = "VISIT_NUMBER_TAKEN"
    zh = "该就诊号已被使用。"


class VisitStep(Conflict):
    """A visit that is {origin} cannot become {target}."""

    code = "VISIT_STEP"
    zh = "就诊状态不能由 {origin} 变为 {target}。"


class EndsBeforeStart(Invalid):
    """The visit ends before it starts."""

    code = "VISIT_ENDS_BEFORE_START"
    zh = "就诊结束时间早于开始时间。"


class AccessionTaken(Conflict):
    """Another examination has this accession number already."""

    code = "ACCESSION_TAKEN"
    zh = "该检查号已被使用。"
