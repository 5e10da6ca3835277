"""The platform's half of the engine contract: it takes what the engine sends, answers what the engine understands."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hounsfield.engines.schemas import Registered, Registration
from hounsfield.tasks import schemas

FOLDER = Path(__file__).parent / "engine"
REQUESTS: dict[str, type[BaseModel]] = {
    "register": Registration,
    "heartbeat": schemas.Heartbeat,
    "claim": schemas.ClaimWish,
    "progress": schemas.ProgressReport,
    "complete": schemas.CompletionReport,
    "fail": schemas.FailureReport,
    "wait": schemas.WaitReport,
}
RESPONSES: dict[str, type[BaseModel]] = {
    "register": Registered,
    "heartbeat": schemas.HeartbeatReply,
    "claim": schemas.Claimed,
    "progress": schemas.ProgressReply,
    "complete": schemas.Moved,
    "fail": schemas.Moved,
    "wait": schemas.Moved,
}
# what our engine never sends but the platform tolerates, for engines of other makers and of newer versions
TOLERATED = {
    "claim-without-boot-id": "the token and the epoch are proof enough",
    "complete-unknown-field": "a newer engine may say more",
    "progress-long-message": "what is longer than a line is cut when it is shown",
    "register-algorithm-entry": "kept with the manifest, never used",
    "register-no-algorithms": "it may register again with some",
    "register-unknown-field": "a newer engine may say more",
    "wait-without-form": "the message may be enough",
}


def load(kind: str) -> list[Any]:
    return [
        pytest.param(json.loads(path.read_text()), path.stem, id=path.stem)
        for path in sorted((FOLDER / kind).glob("*.json"))
    ]


@pytest.mark.parametrize(("example", "name"), load("golden"))
def test_golden_bodies_are_taken_and_answers_have_the_promised_shape(
    example: dict[str, Any], name: str
) -> None:
    REQUESTS[example["operation"]].model_validate(example["request"])
    if example["status"] < 300:
        shape = RESPONSES[example["operation"]]
        shape.model_validate(example["response"])
    else:
        assert example["response"]["code"]


@pytest.mark.parametrize(
    ("example", "name"), [item for item in load("negative") if "request" in item.values[0]]
)
def test_negative_requests_are_refused(example: dict[str, Any], name: str) -> None:
    shape = REQUESTS[example["operation"]]
    if name in TOLERATED:
        shape.model_validate(example["request"])
        return
    with pytest.raises(ValidationError):
        shape.model_validate(example["request"])
