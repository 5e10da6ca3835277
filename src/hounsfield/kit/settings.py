"""Settings of a process, from the environment (`HOUNSFIELD_…`) and the data folder. Built by the CLI, never at import."""

import contextlib
import os
import secrets
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

import kombu_sqlite


class Settings(BaseSettings):
    """Where things are and how patient the platform is. Everything a person may change at run time is in `system`."""

    model_config = SettingsConfigDict(env_prefix="HOUNSFIELD_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8080
    data_dir: Path = Path("data")
    database_url: str = ""
    broker_url: str = ""
    storage_url: str = ""
    storage_copy_url: str = ""  # a second copy of the objects, from which damaged ones are repaired
    s3_access_key: str = ""
    s3_secret_key: str = ""
    storage_cache_mb: int = 2048  # local copies of objects that are kept elsewhere
    storage_redirect: bool = False  # send engines and downloads of results straight to the object store
    redis_url: str = ""
    secret_key: str = ""
    previous_secret_keys: str = (
        ""  # separated by commas: what was encrypted or marked with them stays readable
    )
    admin_password: str = ""
    demo: bool = True
    log_level: str = "INFO"
    metrics_token: str = ""

    dimse_host: str = ""  # where scanners connect; else the same as `host`
    dimse_port: int = 11112
    dimse_ae_title: str = "HOUNSFIELD"
    dimse_max_associations: int = 64
    dimse_max_associations_per_node: int = 16
    dimse_acse_seconds: float = 10.0  # until somebody who connected says who they are
    dimse_idle_seconds: float = 60.0  # between two messages of an association
    dimse_timeout_seconds: float = 30.0  # for what has begun to go on
    dimse_max_pdu: int = 131_072
    dimse_max_object_mb: int = 1024
    dimse_landing_mb: int = 128  # acknowledged and not in the archive yet; 0: there is nothing like that
    dimse_memory_mb: int = 2048  # for all objects that are on their way in together

    access_token_minutes: int = 15
    refresh_token_days: int = 14
    lease_seconds: float = 60.0
    heartbeat_interval_seconds: float = 10.0
    reaper_interval_seconds: float = 30.0
    scheduler_idle_seconds: float = 1.0
    leader_seconds: float = 15.0
    audit_seal_seconds: float = 3.0
    unschedulable_seconds: float = 60.0  # how long a task that no engine can run waits for one to register
    queue_type: Literal["classic", "quorum"] = "classic"

    @cached_property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'hounsfield.db'}"

    @cached_property
    def broker(self) -> str:
        return self.broker_url or kombu_sqlite.url_for(self.data_dir.resolve() / "queue.db")

    @cached_property
    def storage(self) -> str:
        return self.storage_url or f"file://{self.data_dir.resolve() / 'blobs'}"

    @cached_property
    def spool_dir(self) -> Path:
        """Where transfers in progress are written; must be on a disk that the API and its workers share."""
        return self.data_dir.resolve() / "spool"

    @cached_property
    def signing_key(self) -> str:
        """The secret that signs access tokens: from the environment, else made once and kept 0600 in the data folder."""
        return self.secret_key or kept_secret(self.data_dir / "secret-key")

    @cached_property
    def secrets(self) -> list[str]:
        """The present secret, then the earlier ones."""
        return [self.signing_key, *filter(None, map(str.strip, self.previous_secret_keys.split(",")))]


def kept_secret(path: Path) -> str:
    """Return the secret in a file, making it first where there is none (owner-only, never overwritten)."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_private(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def keep_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read and that appears whole; one that is there stays as it is."""
    descriptor, staged = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(staged, path)
    finally:
        Path(staged).unlink()
