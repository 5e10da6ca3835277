"""DICOM: read, sort, validate, write. No database, no web.

What other rooms use, each from its own module:

==================  ===================================================================================
archive             `inspect(path, limits) -> ZipReport`; `Archive(path, limits)`: `candidates`, `read(member)`
header              `read_header(data) -> InstanceHeader`, `looks_like_dicom(head)`
gate                `check_series(headers) -> Verdict`, the integrity gate before any algorithm
writer              `write_series(volume, …)`, conformant CT Image Storage
nifti               `read(path) -> Volume`
volume              `Volume`: voxels (z, y, x) with origin, spacing and direction in LPS millimetres
syntaxes            names of transfer syntaxes and storage classes
errors              `DicomError` (a `kit.errors.Invalid`): `ArchiveRefused`, `InvalidInstance`, `InvalidVolume`
messages            `describe(code, params, language) -> (headline, explanation)` for every code
==================  ===================================================================================
"""
