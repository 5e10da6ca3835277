"""The API's description for people, at `/api/v1/docs`: Swagger UI from our own files, under the page's strict policy."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

router = APIRouter(prefix="/api/v1", include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Hounsfield API</title>
<link rel="stylesheet" href="/assets/api-docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui">The API browser needs the built page; the description itself is at
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</div>
<script src="/assets/api-docs/swagger-ui-bundle.js"></script>
<script src="/api/v1/docs.js"></script>
</body>
</html>
"""
_SCRIPT = 'SwaggerUIBundle({ url: "/api/v1/openapi.json", dom_id: "#swagger-ui", deepLinking: true })\n'


@router.get("/docs")
def docs() -> HTMLResponse:
    """Show the API."""
    return HTMLResponse(_PAGE)


@router.get("/docs.js")
def start() -> Response:
    """Start the API browser (a file, because the policy forbids inline scripts)."""
    return Response(_SCRIPT, media_type="text/javascript")
