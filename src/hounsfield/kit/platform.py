"""What every request, job and loop is given: settings, database, objects, broker."""

from dataclasses import dataclass, field
from typing import Any, Self

import structlog

from hounsfield.kit.broker import Broker
from hounsfield.kit.db import Database
from hounsfield.kit.events import EventRelay, Events, open_events
from hounsfield.kit.outbox import KINDS, event_body
from hounsfield.kit.relay import Relay
from hounsfield.kit.settings import Settings
from hounsfield.kit.storage import BlobStore, open_store

log = structlog.get_logger()


@dataclass
class Platform:
    """The open resources of one process. `open()` connects lazily; `start()` begins publishing."""

    settings: Settings
    db: Database
    blobs: BlobStore
    broker: Broker
    relay: Relay
    events: Events = field(init=False)
    event_relay: EventRelay | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.events = open_events(self.settings.redis_url, self.broker)
        if self.settings.redis_url:
            self.event_relay = EventRelay(self.db, self.events)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        settings.spool_dir.mkdir(parents=True, exist_ok=True)
        db = Database(settings.database)
        broker = Broker(settings.broker, queue_type=settings.queue_type)
        kinds = KINDS - {"event"} if settings.redis_url else KINDS
        relay = Relay(db, broker.publish, publish_events=broker.publish_events, kinds=kinds)
        blobs = open_store(
            settings.storage,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            cache_dir=settings.data_dir.resolve() / "object-cache",
            cache_bytes=settings.storage_cache_mb << 20,
        )
        return cls(settings, db, blobs, broker, relay)

    def start(self) -> None:
        for relay in self._relays():
            relay.start()

    def _relays(self) -> list[Relay]:
        return [self.relay, self.event_relay] if self.event_relay else [self.relay]

    def publish(self, room: str, name: str, data: dict[str, Any]) -> None:
        """Tell a room something that need not survive a crash (progress between two committed states)."""
        try:
            self.events.publish([event_body(room, name, data)])
        except OSError as error:  # what it tells of goes on
            log.warning("events.lost", name=name, error=str(error))

    def close(self) -> None:
        for relay in self._relays():
            if relay.is_alive():
                relay.stop()
        self.events.close()
        self.broker.close()
        self.db.dispose()
