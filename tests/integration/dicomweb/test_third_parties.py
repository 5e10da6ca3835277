"""Programs of others against a real port: dicomweb-client, Debian's Orthanc, GDCM's tools."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom import dcmread
from tests.processes import Process, free_port, until
from tests.servers import missing

from hounsfield.cli.server import Server
from hounsfield.kit.platform import Platform

ORTHANC, PLUGIN = Path("/usr/sbin/Orthanc"), Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
PATIENCE = 30
Headers = dict[str, str]


@pytest.fixture
def live(platform: Platform) -> Iterator[str]:
    """The address of the application, served for real."""
    port = free_port()
    listening = threading.Event()
    server = Server(platform, "127.0.0.1", port, listening.set)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert listening.wait(PATIENCE)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(PATIENCE)


@pytest.fixture
def dicomweb(live: str, as_technician: Headers) -> DICOMwebClient:
    session = create_session()
    session.headers.update(as_technician)
    return DICOMwebClient(url=f"{live}/dicomweb", session=session)


def test_dicomweb_client_goes_round(dicomweb: DICOMwebClient, slices: list[bytes]) -> None:
    sent = [dcmread(BytesIO(data)) for data in slices]
    study, series = sent[0].StudyInstanceUID, sent[0].SeriesInstanceUID
    said = dicomweb.store_instances(sent)
    assert len(said.ReferencedSOPSequence) == len(sent)
    (found,) = dicomweb.search_for_studies(
        search_filters={"PatientID": sent[0].PatientID},
        fields=["StudyDescription"],
        fuzzymatching=True,
        limit=5,
    )
    assert found["0020000D"]["Value"] == [study]
    assert len(dicomweb.search_for_series(study)) == 1
    assert len(dicomweb.search_for_instances(study, series, get_remaining=True, limit=2)) == len(sent)
    metadata = dicomweb.retrieve_series_metadata(study, series)
    assert [item["00080018"]["Value"][0] for item in metadata] == [ds.SOPInstanceUID for ds in sent]
    got = {ds.SOPInstanceUID: ds for ds in dicomweb.retrieve_series(study, series)}
    for ds in sent:
        assert np.array_equal(got[ds.SOPInstanceUID].pixel_array, ds.pixel_array)
        one = dicomweb.retrieve_instance(study, series, ds.SOPInstanceUID)
        assert np.array_equal(one.pixel_array, ds.pixel_array)
        (frame,) = dicomweb.retrieve_instance_frames(study, series, ds.SOPInstanceUID, [1])
        assert frame == ds.PixelData
    jpeg2000 = dicomweb.retrieve_instance(
        study, series, sent[0].SOPInstanceUID, media_types=(("application/dicom", "1.2.840.10008.1.2.4.90"),)
    )
    assert jpeg2000.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.90"
    assert np.array_equal(jpeg2000.pixel_array, sent[0].pixel_array)
    png = dicomweb.retrieve_instance_rendered(
        study, series, sent[0].SOPInstanceUID, media_types=("image/png",), params={"window": "40,400,linear"}
    )
    assert png.startswith(b"\x89PNG")
    bulk = f"{dicomweb.base_url.removesuffix('/dicomweb')}{metadata[0]['7FE00010']['BulkDataURI']}"
    assert dicomweb.retrieve_bulkdata(bulk) == [sent[0].PixelData]


@pytest.fixture
def orthanc(live: str, as_technician: Headers, tmp_path: Path) -> Iterator[httpx.Client]:
    """Debian's Orthanc, which knows the platform as a DICOMweb server."""
    if not PLUGIN.exists() or not ORTHANC.exists():
        missing("Debian's orthanc and orthanc-dicomweb are not installed")
    folder, port = tmp_path / "orthanc", free_port()
    folder.mkdir()
    server = {
        "Url": f"{live}/dicomweb/",
        "HttpHeaders": as_technician,
        "HasDelete": False,
        "ChunkedTransfers": True,
    }
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Servers": {"hounsfield": server}},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    process = Process("orthanc", [str(ORTHANC), str(folder / "orthanc.json")], {}, folder / "orthanc.log")
    process.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        until(lambda: _answers(http), "Orthanc", PATIENCE)
        yield http
    process.kill()


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/dicom-web/servers").status_code == 200
    except httpx.TransportError:
        return False


def finished(orthanc: httpx.Client, job: httpx.Response) -> dict[str, object]:
    """Wait for one of Orthanc's jobs."""
    assert job.status_code == 200, job.text
    if "ID" not in job.json():
        return dict(job.json())
    for _ in range(10 * PATIENCE):
        state: dict[str, object] = orthanc.get(f"/jobs/{job.json()['ID']}").json()
        if state["State"] in ("Success", "Failure"):
            assert state["State"] == "Success", state
            return state
        time.sleep(0.1)
    raise AssertionError("Orthanc's job does not end")


def test_orthanc_pushes_searches_and_pulls(
    orthanc: httpx.Client, dicomweb: DICOMwebClient, slices: list[bytes]
) -> None:
    sent = [dcmread(BytesIO(data)) for data in slices]
    study = sent[0].StudyInstanceUID
    for data in slices:
        assert orthanc.post("/instances", content=data).status_code == 200
    (study_id,) = orthanc.get("/studies").json()
    finished(
        orthanc,
        orthanc.post(
            "/dicom-web/servers/hounsfield/stow", json={"Resources": [study_id], "Synchronous": True}
        ),
    )
    assert len(dicomweb.search_for_instances(study)) == len(slices)
    got = {ds.SOPInstanceUID: ds for ds in dicomweb.retrieve_study(study)}
    assert all(np.array_equal(got[ds.SOPInstanceUID].pixel_array, ds.pixel_array) for ds in sent)

    found = orthanc.post(
        "/dicom-web/servers/hounsfield/qido",
        json={"Uri": "/studies", "Arguments": {"PatientID": sent[0].PatientID}},
    ).json()
    assert study in json.dumps(found)

    orthanc.delete(f"/studies/{study_id}")
    assert orthanc.get("/studies").json() == []
    wanted = {"Resources": [{"Study": study}], "Synchronous": True}
    finished(orthanc, orthanc.post("/dicom-web/servers/hounsfield/retrieve", json=wanted))
    pulled = {
        str(dcmread(BytesIO(content)).SOPInstanceUID): content
        for content in (
            orthanc.get(f"/instances/{one}/file").content for one in orthanc.get("/instances").json()
        )
    }
    assert pulled.keys() == {str(ds.SOPInstanceUID) for ds in sent}
    for ds in sent:
        assert np.array_equal(dcmread(BytesIO(pulled[str(ds.SOPInstanceUID)])).pixel_array, ds.pixel_array)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"]
)
def test_gdcm_reads_what_was_transcoded(
    dicomweb: DICOMwebClient, slices: list[bytes], syntax: str, tmp_path: Path
) -> None:
    if shutil.which("gdcmconv") is None:
        missing("Debian's libgdcm-tools are not installed")
    sent = dcmread(BytesIO(slices[0]))
    dicomweb.store_instances([sent])
    uids = (sent.StudyInstanceUID, sent.SeriesInstanceUID, sent.SOPInstanceUID)
    got = dicomweb.retrieve_instance(*uids, media_types=(("application/dicom", syntax),))
    got.save_as(tmp_path / "compressed.dcm")
    subprocess.run(
        ["gdcmconv", "--raw", tmp_path / "compressed.dcm", tmp_path / "plain.dcm"],
        check=True,
        capture_output=True,
    )
    plain = dcmread(tmp_path / "plain.dcm")
    assert np.array_equal(plain.pixel_array, sent.pixel_array)
