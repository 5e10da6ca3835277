"""OHIF's prebuilt page (npm @ohif/app) before the platform: a server that hands out its files and passes DICOMweb on."""

import contextlib
import json
import mimetypes
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.servers import missing

VERSION = "3.12.10"
FETCH_SECONDS = 500
CACHE = Path(os.environ.get("HOUNSFIELD_TEST_CACHE", Path.home() / ".cache" / "hounsfield-tests"))
_PASSED_ON = ("content-type", "etag", "content-encoding")


def dist() -> Path:
    """Return the folder of the built page, fetched once (48 MB); skip where nobody asks for it."""
    if not (os.environ.get("HOUNSFIELD_TEST_OHIF") or os.environ.get("CI")):
        pytest.skip("set HOUNSFIELD_TEST_OHIF=1 to fetch and drive OHIF")
    folder = CACHE / f"ohif-{VERSION}"
    if not (folder / "index.html").is_file():
        npm = shutil.which("npm")
        if npm is None:
            missing("OHIF needs npm")
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as own:
            command = [npm, "pack", f"@ohif/app@{VERSION}", "--pack-destination", own]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                missing(f"npm cannot fetch @ohif/app: {type(error).__name__}")
            _unpack(Path(own), folder)
    return folder


def _unpack(own: Path, folder: Path) -> None:
    with tarfile.open(own / f"ohif-app-{VERSION}.tgz") as tar:
        tar.extractall(own, filter="data")
    with contextlib.suppress(OSError):  # another run was here first
        (own / "package" / "dist").replace(folder)


def _config() -> bytes:
    source = {
        "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
        "sourceName": "hounsfield",
        "configuration": {
            "friendlyName": "Hounsfield",
            "name": "hounsfield",
            "wadoUriRoot": "/dicomweb",
            "qidoRoot": "/dicomweb",
            "wadoRoot": "/dicomweb",
            "qidoSupportsIncludeField": True,
            "supportsFuzzyMatching": True,
            "supportsWildcard": True,
            "imageRendering": "wadors",
            "thumbnailRendering": "wadors",
            "enableStudyLazyLoad": True,
            "bulkDataURI": {"enabled": True},
        },
    }
    config = {
        "routerBasename": "/",
        "extensions": [],
        "modes": [],
        "showStudyList": True,
        "maxNumberOfWebWorkers": 2,
        "showWarningMessageForCrossOrigin": False,
        "showCPUFallbackMessage": False,
        "investigationalUseDialog": {"option": "never"},
        "defaultDataSourceName": "hounsfield",
        "dataSources": [source],
    }
    return f"window.config = {json.dumps(config)};".encode()


@contextmanager
def served(platform_url: str, authorization: str) -> Iterator[str]:
    """Serve the page in front of a platform, signed in; yields its address."""
    folder, client = dist(), httpx.Client(base_url=platform_url, timeout=120)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/dicomweb/"):
                self._pass_on()
            else:
                self._file()

        def _pass_on(self) -> None:
            headers = {"Authorization": authorization, "Accept": self.headers.get("Accept", "*/*")}
            with client.stream("GET", self.path, headers=headers) as answer:
                body = b"".join(answer.iter_raw())
                told = {name: value for name, value in answer.headers.items() if name in _PASSED_ON}
            self._send(answer.status_code, body, told)

        def _file(self) -> None:
            name = self.path.split("?")[0].lstrip("/")
            path = folder / name
            if name == "app-config.js":
                self._send(200, _config(), {"content-type": "text/javascript"})
                return
            if not name or not path.is_file() or folder not in path.resolve().parents:
                path = folder / "index.html"
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self._send(200, path.read_bytes(), {"content-type": kind})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        client.close()
