"""DICOM nodes, and the programs of dcmtk that play them."""

import subprocess
from pathlib import Path
from typing import Any

from hounsfield.dimse.models import DicomNode
from hounsfield.kit.platform import Platform

TITLE = "SCANNER"
EVERYTHING = {"may_store": True, "may_query": True, "may_retrieve": True, "may_worklist": True}


def make_node(platform: Platform, organization_id: str, ae_title: str = TITLE, **values: Any) -> DicomNode:
    """Return a new node that may do everything unless told otherwise."""
    with platform.db.write() as session:
        node = DicomNode(organization_id=organization_id, ae_title=ae_title, **{**EVERYTHING, **values})
        session.add(node)
        session.flush()
        return node


def dcmtk(
    program: str,
    port: int,
    *arguments: str | Path,
    title: str = TITLE,
    called: str = "HOUNSFIELD",
    seconds: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """Run one of dcmtk's clients against us; both streams come as `stdout`."""
    command = [program, "-aet", title, "-aec", called, "127.0.0.1", str(port), *map(str, arguments)]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False
    )
