"""Write the names of DICOM's attributes for the page's tag browser, from pydicom's copy of the data dictionary (PS3.6)."""

import json
from pathlib import Path

from pydicom.datadict import DicomDictionary

TARGET = Path(__file__).resolve().parent.parent / "web" / "src" / "viewer" / "dicom" / "keywords.json"


def main() -> None:
    names = {f"{tag:08X}": entry[4] for tag, entry in sorted(DicomDictionary.items()) if entry[4]}
    TARGET.write_text(json.dumps(names, indent=2) + "\n")


if __name__ == "__main__":
    main()
