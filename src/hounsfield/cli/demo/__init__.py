"""The demonstration: a real CT, written as DICOM, uploaded and ordered through the public API like anybody's."""

from hounsfield.cli.demo.load import load

__all__ = ["load"]
