"""Our application entity on a free port, with one node that may do everything."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories.accounts import make_user
from tests.factories.dicom import ct_folder
from tests.factories.nodes import dcmtk, make_node
from tests.processes import Process, free_port, until

from hounsfield.accounts.models import Tier, User
from hounsfield.dimse.application import Application
from hounsfield.dimse.models import DicomNode
from hounsfield.kit.platform import Platform


@pytest.fixture
def radiologist(platform: Platform) -> User:
    """The administrator of the organization that the node belongs to."""
    return make_user(platform, "radiologist", tier=Tier.ADMIN)


@pytest.fixture
def node(platform: Platform, radiologist: User) -> DicomNode:
    return make_node(platform, radiologist.organization_id)


@pytest.fixture
def entity(platform: Platform, node: DicomNode) -> Iterator[Application]:
    """Our application entity, with a small strip."""
    platform.settings = platform.settings.model_copy(update={"dimse_landing_mb": 8})
    entity = Application(platform, "127.0.0.1", 0)
    entity.start()
    yield entity
    entity.stop(2)


@pytest.fixture
def port(entity: Application) -> int:
    """Where it listens."""
    return entity.port


@pytest.fixture
def archive(tmp_path: Path, platform: Platform, radiologist: User, port: int) -> Iterator[DicomNode]:
    """dcmqrscp with a study of its own, which knows us."""
    folder, own = tmp_path / "archive", free_port()
    folder.mkdir()
    config = tmp_path / "dcmqrscp.cfg"
    config.write_text(
        f"""NetworkTCPPort = {own}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
ours = (HOUNSFIELD, 127.0.0.1, {port})
filler = (SCANNER, 127.0.0.1, 1)
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {folder} RW (100, 1024mb) ANY
AETable END
"""
    )
    program = Process("dcmqrscp", ["dcmqrscp", "-c", str(config)], {"PATH": "/usr/bin"}, tmp_path / "qr.log")
    program.start()
    node = make_node(platform, radiologist.organization_id, "ARCHIVE", host="127.0.0.1", port=own)
    until(lambda: _answers(own), "dcmqrscp")
    files = ct_folder(tmp_path / "theirs", slices=4, seed="theirs")
    done = dcmtk("storescu", own, *files, called="ARCHIVE")
    assert done.returncode == 0, done.stdout + program.tail()
    yield node
    program.remove()


def _answers(port: int) -> bool:
    command = ["echoscu", "-aec", "ARCHIVE", "127.0.0.1", str(port)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(autouse=True)
def _dcmtk() -> None:
    if shutil.which("storescu") is None:
        pytest.skip("dcmtk is not installed")
