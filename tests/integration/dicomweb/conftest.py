"""A small archive for DICOMweb tests: a CT study of a technician's clinic, and ways to ask for it."""

import secrets
from collections.abc import Callable, Iterable
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import dicom
from tests.factories.accounts import bearer, make_user

from hounsfield.accounts.models import ClinicalRole, User
from hounsfield.kit.platform import Platform

Headers = dict[str, str]
Answer = Any


@pytest.fixture
def technician(platform: Platform) -> User:
    return make_user(platform, "technician", clinical_role=ClinicalRole.TECHNICIAN)


@pytest.fixture
def as_technician(platform: Platform, technician: User) -> Headers:
    return bearer(platform, technician)


def body_of(objects: Iterable[bytes], media: str = "application/dicom") -> tuple[bytes, str]:
    """Return a multipart/related body and its content type."""
    boundary = secrets.token_hex(12)
    parts = b"".join(
        f"--{boundary}\r\nContent-Type: {media}\r\n\r\n".encode() + content + b"\r\n" for content in objects
    )
    return (
        parts + f"--{boundary}--\r\n".encode(),
        f'multipart/related; type="{media}"; boundary={boundary}',
    )


def parts_of(answer: Answer) -> list[tuple[Headers, bytes]]:
    """Take a multipart answer apart with the standard library, which knows nothing of ours."""
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=compat32).parsebytes(head + answer.content)
    assert message.is_multipart(), answer.headers
    return [(dict(part.items()), part.get_payload(decode=True)) for part in message.get_payload()]


Store = Callable[..., Answer]


@pytest.fixture
def store(client: TestClient, as_technician: Headers) -> Store:
    """STOW objects and return the answer."""

    def stow(objects: Iterable[bytes], headers: Headers | None = None, study: str = "") -> Answer:
        body, kind = body_of(objects)
        path = "/dicomweb/studies" + (f"/{study}" if study else "")
        return client.post(path, content=body, headers={**(headers or as_technician), "Content-Type": kind})

    return stow


@pytest.fixture
def slices() -> list[bytes]:
    """Five slices of a CT, in order."""
    return list(dicom.ct_series(slices=5).values())


STUDY = dicom.writer.uid("series", "study")
SERIES = dicom.writer.uid("series", "series")
