from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from kombu_sqlite import url_for

Connect = Callable[..., Any]  # a Connection, whose stubs do not know the AMQP methods of its channels


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


@pytest.fixture
def connect(path: Path) -> Iterator[Connect]:
    """Open connections to one broker file; every call makes a new one."""
    with ExitStack() as stack:

        def make(**options: Any) -> Any:
            return stack.enter_context(Connection(url_for(path), transport_options=options))

        yield make
