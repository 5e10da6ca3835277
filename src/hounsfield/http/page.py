"""The web page: built files with long caching, `index.html` for every address that the page itself routes."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from hounsfield.kit.errors import NotFound

# inside an installed package, or where `make` has built it in a checkout
PLACES = (Path(__file__).parent / "dist", Path(__file__).resolve().parents[3] / "web" / "dist")
_SERVER_PATHS = ("/api/", "/socket.io", "/ws/", "/dicomweb", "/assets/", "/metrics", "/healthz", "/readyz")


class _Assets(StaticFiles):
    """Files whose names carry their hash never change."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed through untouched
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def install(app: FastAPI) -> None:
    """Serve the page where it has been built; without it the API stands alone."""
    folder = next((place for place in PLACES if (place / "index.html").is_file()), None)
    if folder is None:
        return
    app.mount("/assets", _Assets(directory=folder / "assets", check_dir=False), name="assets")
    top_level = {entry.name: entry for entry in folder.iterdir() if entry.is_file()}

    @app.get("/{path:path}", include_in_schema=False)
    def page(request: Request, path: str) -> FileResponse:
        if path in top_level:
            return FileResponse(top_level[path])
        if request.url.path.startswith(_SERVER_PATHS):
            raise NotFound
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})
