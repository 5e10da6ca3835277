"""Loads the demonstration study once: signs in, uploads, orders. A crash in between is made good at the next start."""

import io
import json
import time
import urllib.error
import urllib.request
import zipfile
from importlib.resources import as_file, files
from typing import Any

import structlog

from hounsfield.dicom import nifti, writer
from hounsfield.kit.settings import Settings

log = structlog.get_logger()
ATTRIBUTES = {
    "PatientName": "Demo^Trunk",
    "PatientID": "DEMO-0001",
    "PatientSex": "O",
    "StudyDate": "20240102",
    "StudyTime": "101500",
    "StudyDescription": "CT trunk (demonstration)",
    "SeriesDescription": "Trunk 3 mm",
    "BodyPartExamined": "ABDOMEN",
    "AccessionNumber": "DEMO-0001",
}
ALGORITHM, ENGINE_TRIES = "ct_surface", 120
SEED = "hounsfield demonstration 1"
NAME = "Demonstration: bone and skin / 演示：骨骼与皮肤"


def load(settings: Settings) -> None:
    """Upload the study and order bone and skin, unless that was done before."""
    done = settings.data_dir / "demo-done"
    password = settings.admin_password or _password(settings)
    if done.exists() or not password:
        return
    try:
        _order(_Client(settings), password)
    except (OSError, urllib.error.HTTPError) as error:
        log.warning("demo.delayed", error=str(error))
        return
    done.touch()


def _password(settings: Settings) -> str:
    file = settings.data_dir / "admin-password"
    return file.read_text().strip() if file.exists() else ""


def archive() -> bytes:
    """Return the demonstration CT as a ZIP of DICOM files, byte for byte the same each time."""
    with as_file(files(__package__) / "trunk_ct.nii.gz") as path:
        volume = nifti.read(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, dataset in enumerate(writer.datasets(volume, ATTRIBUTES, seed=SEED), 1):
            archive.writestr(
                zipfile.ZipInfo(f"CT/{number:04d}.dcm"), writer.encode(dataset), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


class _Client:
    """The few calls the demonstration needs, with the standard library."""

    def __init__(self, settings: Settings) -> None:
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  read, not bound
        self._base = f"http://{host}:{settings.port}/api/v1"
        self._headers: dict[str, str] = {}

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        sent = {**self._headers, **(headers or {})}
        data = body if isinstance(body, bytes) else None
        if body is not None and data is None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self._base + path, data, sent, method=method)  # noqa: S310  http, our own
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            text = response.read()
            return (json.loads(text) if text else {}), dict(response.headers)

    def sign_in(self, password: str) -> None:
        answer, _ = self.call("POST", "/users/login", {"username": "admin", "password": password})
        self._headers["Authorization"] = f"Bearer {answer['access_token']}"

    def upload(self, content: bytes, filename_base64: str) -> str:
        tus = {"Tus-Resumable": "1.0.0"}
        made = {**tus, "Upload-Length": str(len(content)), "Upload-Metadata": f"filename {filename_base64}"}
        _, headers = self.call("POST", "/uploads", b"", made)
        upload_id = {k.lower(): v for k, v in headers.items()}["location"].rsplit("/", 1)[1]
        sent = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        self.call("PATCH", f"/uploads/{upload_id}", content, sent)
        return upload_id


def _wait_for_algorithm(client: _Client) -> None:
    """Wait until the engine beside us has registered what it can do."""
    for _ in range(ENGINE_TRIES):
        offered, _headers = client.call("GET", "/algorithms")
        if any(item["name"] == ALGORITHM for item in offered["items"]):
            return
        time.sleep(0.5)
    raise TimeoutError("no engine registered")


def _order(client: _Client, password: str) -> None:
    client.sign_in(password)
    tasks, _ = client.call("GET", "/tasks?size=1")
    if tasks["total"]:
        return
    upload_id = client.upload(archive(), "dHJ1bmstY3Quemlw")
    wish = {"task_type": ALGORITHM, "upload_id": upload_id, "name": NAME}
    _wait_for_algorithm(client)
    client.call("POST", "/tasks", wish)
