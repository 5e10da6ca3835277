"""What every request, job and loop is given: settings, database, objects, broker."""

from dataclasses import dataclass
from typing import Any, Self

from hounsfield.kit.broker import Broker
from hounsfield.kit.db import Database
from hounsfield.kit.outbox import Relay, event_body
from hounsfield.kit.settings import Settings
from hounsfield.kit.storage import BlobStore, open_store


@dataclass
class Platform:
    """The open resources of one process. `open()` connects lazily; `start()` begins publishing."""

    settings: Settings
    db: Database
    blobs: BlobStore
    broker: Broker
    relay: Relay

    @classmethod
    def open(cls, settings: Settings) -> Self:
        settings.spool_dir.mkdir(parents=True, exist_ok=True)
        db = Database(settings.database)
        broker = Broker(settings.broker, queue_type=settings.queue_type)
        return cls(settings, db, open_store(settings.storage), broker, Relay(db, broker.publish))

    def start(self) -> None:
        self.relay.start()

    def publish(self, room: str, name: str, data: dict[str, Any]) -> None:
        """Tell a room something that need not survive a crash (progress between two committed states)."""
        self.broker.publish_event(event_body(room, name, data))

    def close(self) -> None:
        if self.relay.is_alive():
            self.relay.stop()
        self.broker.close()
        self.db.dispose()
