"""Which storage classes and transfer syntaxes are taken, and which services are offered."""

from typing import Final

from pynetdicom import AllStoragePresentationContexts

from hounsfield.dicom.syntaxes import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    STORAGE_CLASSES,
    TRANSFER_SYNTAXES,
)

VERIFICATION: Final = "1.2.840.10008.1.1"
PATIENT_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.1.1"
PATIENT_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.1.2"
PATIENT_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.1.3"
STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.2.3"
WORKLIST_FIND: Final = "1.2.840.10008.5.1.4.31"

# retired, and still on disks and in scanners (PS3.6 annex A)
_RETIRED: Final = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.3",
        "1.2.840.10008.5.1.4.1.1.5",
        "1.2.840.10008.5.1.4.1.1.6",
        "1.2.840.10008.5.1.4.1.1.8",
        "1.2.840.10008.5.1.4.1.1.9",
        "1.2.840.10008.5.1.4.1.1.10",
        "1.2.840.10008.5.1.4.1.1.11",
        "1.2.840.10008.5.1.4.1.1.12.3",
    }
)
STORAGE: Final = (
    frozenset(str(context.abstract_syntax) for context in AllStoragePresentationContexts)
    | STORAGE_CLASSES.keys()
    | _RETIRED
)
_VIDEO: Final = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (*range(100, 109), 112, 113))
STORED: Final = TRANSFER_SYNTAXES.keys() | _VIDEO
UNCOMPRESSED: Final = (EXPLICIT_LE, IMPLICIT_LE)
# a data set that is a question or an answer
MESSAGES: Final = frozenset({EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE})
