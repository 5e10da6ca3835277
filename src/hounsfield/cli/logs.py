"""Logging of every role: one line an event, to a file under the data folder or to standard error."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

MAX_BYTES, KEPT = 10 << 20, 5


def to_stderr(level: str) -> None:
    _configure(logging.StreamHandler(sys.stderr), level)


def to_file(path: Path, level: str) -> None:
    """Log to a file that is rotated by size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _configure(RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8"), level)


def _configure(handler: logging.Handler, level: str) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # these name every request, emit and plugin at INFO
    for noisy in ("uvicorn.access", "uvicorn_engineio", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
