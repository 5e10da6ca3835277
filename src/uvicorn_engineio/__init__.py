"""Engine.IO v4 as a uvicorn WebSocket protocol, for python-socketio."""

from uvicorn_engineio.guard import GuardedHttpProtocol
from uvicorn_engineio.polling import refuse_polling
from uvicorn_engineio.protocol import websocket_protocol
from uvicorn_engineio.rooms import RoomManager
from uvicorn_engineio.server import AsyncServer

__all__ = ["AsyncServer", "GuardedHttpProtocol", "RoomManager", "refuse_polling", "websocket_protocol"]
