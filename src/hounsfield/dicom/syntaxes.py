"""Names of the transfer syntaxes and storage classes that ingest and the integrity gate tell apart (PS3.6 annex A)."""

from dataclasses import dataclass
from typing import Final

IMPLICIT_LE: Final = "1.2.840.10008.1.2"
EXPLICIT_LE: Final = "1.2.840.10008.1.2.1"
DEFLATED_LE: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE: Final = "1.2.840.10008.1.2.2"

CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT: Final = "1.2.840.10008.5.1.4.1.1.2.1"
LEGACY_ENHANCED_CT: Final = "1.2.840.10008.5.1.4.1.1.2.2"
SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
MEDIA_DIRECTORY: Final = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """How pixel data are encoded.

    `volume` is true where a volume can be built from it: encodings of single 16-bit grayscale frames that the usual
    codecs (GDCM, OpenJPEG, CharLS) decode.
    """

    name: str
    volume: bool = True
    encapsulated: bool = True
    lossy: bool = False


TRANSFER_SYNTAXES: Final[dict[str, TransferSyntax]] = {
    IMPLICIT_LE: TransferSyntax("Implicit VR Little Endian", encapsulated=False),
    EXPLICIT_LE: TransferSyntax("Explicit VR Little Endian", encapsulated=False),
    DEFLATED_LE: TransferSyntax("Deflated Explicit VR Little Endian", encapsulated=False),
    EXPLICIT_BE: TransferSyntax("Explicit VR Big Endian (retired)", volume=False, encapsulated=False),
    "1.2.840.10008.1.2.5": TransferSyntax("RLE Lossless"),
    "1.2.840.10008.1.2.4.50": TransferSyntax("JPEG Baseline (8 bit)", volume=False, lossy=True),
    "1.2.840.10008.1.2.4.51": TransferSyntax("JPEG Extended (12 bit)", lossy=True),
    "1.2.840.10008.1.2.4.57": TransferSyntax("JPEG Lossless"),
    "1.2.840.10008.1.2.4.70": TransferSyntax("JPEG Lossless, first-order prediction"),
    "1.2.840.10008.1.2.4.80": TransferSyntax("JPEG-LS Lossless"),
    "1.2.840.10008.1.2.4.81": TransferSyntax("JPEG-LS Near-lossless", lossy=True),
    "1.2.840.10008.1.2.4.90": TransferSyntax("JPEG 2000 Lossless"),
    "1.2.840.10008.1.2.4.91": TransferSyntax("JPEG 2000", lossy=True),
    "1.2.840.10008.1.2.4.201": TransferSyntax("HTJ2K Lossless"),
    "1.2.840.10008.1.2.4.202": TransferSyntax("HTJ2K Lossless RPCL"),
    "1.2.840.10008.1.2.4.203": TransferSyntax("HTJ2K", lossy=True),
}

STORAGE_CLASSES: Final[dict[str, str]] = {
    CT_IMAGE: "CT Image",
    ENHANCED_CT: "Enhanced CT Image",
    LEGACY_ENHANCED_CT: "Legacy Converted Enhanced CT Image",
    SECONDARY_CAPTURE: "Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.1": "Multi-frame Single Bit Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.2": "Multi-frame Grayscale Byte Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.3": "Multi-frame Grayscale Word Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.4": "Multi-frame True Color Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.1": "Computed Radiography Image",
    "1.2.840.10008.5.1.4.1.1.1.1": "Digital X-Ray Image",
    "1.2.840.10008.5.1.4.1.1.1.2": "Digital Mammography Image",
    "1.2.840.10008.5.1.4.1.1.3.1": "Ultrasound Multi-frame Image",
    "1.2.840.10008.5.1.4.1.1.4": "MR Image",
    "1.2.840.10008.5.1.4.1.1.4.1": "Enhanced MR Image",
    "1.2.840.10008.5.1.4.1.1.6.1": "Ultrasound Image",
    "1.2.840.10008.5.1.4.1.1.11.1": "Grayscale Softcopy Presentation State",
    "1.2.840.10008.5.1.4.1.1.12.1": "X-Ray Angiographic Image",
    "1.2.840.10008.5.1.4.1.1.20": "Nuclear Medicine Image",
    "1.2.840.10008.5.1.4.1.1.66.4": "Segmentation",
    "1.2.840.10008.5.1.4.1.1.88.11": "Basic Text SR",
    "1.2.840.10008.5.1.4.1.1.88.22": "Enhanced SR",
    "1.2.840.10008.5.1.4.1.1.88.33": "Comprehensive SR",
    "1.2.840.10008.5.1.4.1.1.88.67": "X-Ray Radiation Dose SR",
    "1.2.840.10008.5.1.4.1.1.104.1": "Encapsulated PDF",
    "1.2.840.10008.5.1.4.1.1.128": "Positron Emission Tomography Image",
    "1.2.840.10008.5.1.4.1.1.481.2": "RT Dose",
    "1.2.840.10008.5.1.4.1.1.481.3": "RT Structure Set",
    "1.2.840.10008.5.1.4.1.1.481.5": "RT Plan",
}
SECONDARY_CAPTURES: Final = frozenset(
    uid for uid in STORAGE_CLASSES if uid == SECONDARY_CAPTURE or uid.startswith(f"{SECONDARY_CAPTURE}.")
)


def transfer_syntax_name(uid: str) -> str:
    """Return the name of a transfer syntax, or its UID when it is not a known one."""
    known = TRANSFER_SYNTAXES.get(uid)
    return known.name if known else uid


def storage_class_name(uid: str) -> str:
    """Return the name of a storage SOP class, or its UID when it is not a known one."""
    return STORAGE_CLASSES.get(uid, uid)
