"""A kombu transport on one SQLite file.

Importing the package registers the URL scheme ``sqlitemq``, so that
``broker_url = "sqlitemq:////abs/path/queue.db"`` works in Celery and kombu.
"""

from kombu.transport import TRANSPORT_ALIASES

from kombu_sqlite.errors import BrokerFileError
from kombu_sqlite.location import SCHEME, path_of, url_for

TRANSPORT_ALIASES[SCHEME] = "kombu_sqlite.transport:Transport"

__all__ = ["SCHEME", "BrokerFileError", "path_of", "url_for"]
