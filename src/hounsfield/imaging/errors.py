"""Refusals about studies."""

from hounsfield.kit.errors import Conflict


class VisitOfAnother(Conflict):
    """The visit is another patient's, or the patient another organization's."""

    code = "VISIT_OF_ANOTHER"
    zh = "该就诊属于另一位患者，或该患者属于另一机构。"
