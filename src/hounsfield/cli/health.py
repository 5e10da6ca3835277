"""A port that says how a role without a port of its own is: for orchestrators, and Prometheus."""

import socket
import sys
import threading

import click
import uvicorn

from hounsfield.http.app import create_app
from hounsfield.kit.platform import Platform

EXIT_PORT = 4


class HealthServer(threading.Thread):
    """Serves `/healthz`, `/readyz` and `/metrics` until stopped."""

    def __init__(self, platform: Platform, listener: socket.socket) -> None:
        super().__init__(name="health", daemon=True)
        app = create_app(platform, api=False, sockets=False)
        config = uvicorn.Config(
            app,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server, self._listener = uvicorn.Server(config), listener

    def run(self) -> None:
        self._server.run(sockets=[self._listener])

    def stop(self) -> None:
        self._server.should_exit = True
        self.join(timeout=3)


def serve_health(platform: Platform, port: int | None) -> HealthServer | None:
    """Open the port, if one was asked for; end the process where that cannot be done."""
    if port is None:
        return None
    host = platform.settings.host
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        click.echo(f"Port {port} on {host} cannot be opened: {error.strerror}", err=True)
        sys.exit(EXIT_PORT)
    server = HealthServer(platform, listener)
    server.start()
    return server
