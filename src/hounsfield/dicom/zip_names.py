"""Names of archive members: decoded for display, checked, and used to pass over what is never a DICOM image.

No name is ever used as a path; a name that tries to be one tells that the archive was made to do harm.
"""

import re
from typing import Final

_UTF8_FLAG: Final = 0x800
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST_SHOWN = 200

_ARCHIVES: Final = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".iso", ".jar", ".cab")
_OTHER: Final = (
    *(
        ".exe",
        ".dll",
        ".so",
        ".dylib",
        ".msi",
        ".bat",
        ".cmd",
        ".sh",
        ".inf",
        ".ini",
        ".cfg",
        ".ico",
        ".class",
    ),
    *(".txt", ".md", ".rtf", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".json", ".xml", ".log"),
    *(
        ".html",
        ".htm",
        ".css",
        ".js",
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".bmp",
        ".svg",
        ".mp4",
        ".avi",
        ".mov",
    ),
)
_HIDDEN: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def decode(raw: bytes, flags: int) -> str:
    """Decode a name: UTF-8 where it is declared or valid, else GBK where it looks like Chinese, else code page 437.

    Chinese Windows writes GBK without saying so. Its hanzi start with a byte from 0xB0 on, where code page 437 has
    only box drawing and Greek, which names do not contain.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if flags & _UTF8_FLAG:
            return raw.decode("utf-8", errors="replace")
    if any(byte >= 0xB0 for byte in raw):
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            pass
    return raw.decode("cp437")


def is_unsafe(name: str) -> bool:
    """Tell whether a name, taken as a path on any system, leads out of the folder it is unpacked in."""
    path = name.replace("\\", "/")
    return "\0" in path or path.startswith("/") or _DRIVE.match(path) is not None or ".." in path.split("/")


def shown(name: str) -> str:
    """Return the name as it may be shown: no control or direction characters, not endless."""
    clean = _CONTROL.sub("\ufffd", name)
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[:_LONGEST_SHOWN]}…"


def reason_to_skip(name: str) -> str | None:
    """Return why a member is no candidate: `directory`, `nested_archive`, `system_file`, `dicomdir`, `not_dicom`."""
    parts = name.replace("\\", "/").split("/")
    last = parts[-1].lower()
    if not last:
        return "directory"
    if "__MACOSX" in parts or last.startswith("._") or last in _HIDDEN:
        return "system_file"
    if last == "dicomdir":
        return "dicomdir"
    if last.endswith(_ARCHIVES):
        return "nested_archive"
    return "not_dicom" if last.endswith(_OTHER) else None
