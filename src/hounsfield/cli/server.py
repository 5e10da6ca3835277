"""The web server of a process: API, sockets, or both on one port."""

import gc
import signal
from collections.abc import Callable

import uvicorn

from hounsfield.cli.memory import keep_freed_memory
from hounsfield.http.app import create_app
from hounsfield.kit.platform import Platform
from uvicorn_engineio import GuardedHttpProtocol, websocket_protocol

GRACE_SECONDS = 3
BACKLOG = 4096


class Server(uvicorn.Server):
    """uvicorn that says when it listens."""

    def __init__(
        self,
        platform: Platform,
        host: str,
        port: int,
        listening: Callable[[], None],
        *,
        api: bool = True,
        sockets: bool = True,
    ) -> None:
        app = create_app(platform, api=api, sockets=sockets)
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            ws=websocket_protocol(app.state.sio, path="/socket.io") if sockets else "none",
            http=GuardedHttpProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._listening = listening

    async def startup(self, *args: object, **kwargs: object) -> None:
        await super().startup(*args, **kwargs)  # type: ignore[arg-type]  # passed through untouched
        if self.started:
            self._listening()


def serve(
    platform: Platform,
    host: str,
    port: int,
    listening: Callable[[], None] = lambda: None,
    *,
    api: bool = True,
    sockets: bool = True,
) -> bool:
    """Serve until SIGINT or SIGTERM; return whether the server ever listened."""
    # thousands of long-lived connections make full collections long and their finds few
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    keep_freed_memory()
    server = Server(platform, host, port, listening, api=api, sockets=sockets)
    # uvicorn raises the signal again when it is done, for whoever was there before it: nobody, the end is ours
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    try:
        server.run()
    except SystemExit:
        return False
    return server.started
