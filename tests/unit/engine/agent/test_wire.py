"""The engine's models against the shared contract fixtures."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from hounsfield_engine.agent import wire
from hounsfield_engine.sdk import Manifest

CONTRACT = Path(__file__).parents[3] / "contract" / "engine"
REQUESTS = {
    "register": wire.RegisterRequest,
    "heartbeat": wire.HeartbeatRequest,
    "claim": wire.ClaimRequest,
    "progress": wire.ProgressRequest,
    "complete": wire.CompleteRequest,
    "fail": wire.FailRequest,
    "wait": wire.WaitRequest,
}
REPLIES = {
    "register": wire.RegisterReply,
    "heartbeat": wire.HeartbeatReply,
    "claim": wire.ClaimReply,
    "progress": wire.ProgressReply,
    "complete": wire.TaskReply,
    "fail": wire.TaskReply,
    "wait": wire.TaskReply,
}


def fixtures(kind):
    return [
        pytest.param(json.loads(path.read_text("utf-8")), id=path.stem)
        for path in sorted((CONTRACT / kind).glob("*.json"))
    ]


@pytest.mark.parametrize("example", fixtures("golden"))
def test_golden_request_is_accepted_and_sent_back_whole(example):
    model = REQUESTS[example["operation"]].model_validate(example["request"])
    assert json.loads(model.model_dump_json(exclude_unset=True)) == example["request"]


@pytest.mark.parametrize("example", fixtures("golden"))
def test_golden_response_is_understood(example):
    reply = wire.Problem if example["status"] >= 400 else REPLIES[example["operation"]]
    told = json.loads(
        reply.model_validate({**example["response"], "added": 1}).model_dump_json(exclude_unset=True)
    )
    assert told
    assert all(example["response"][name] == value for name, value in told.items() if name != "inputs")


@pytest.mark.parametrize("example", fixtures("negative"))
def test_negative_example_is_refused(example):
    side = "request" if "request" in example else "response"
    models = REQUESTS if side == "request" else REPLIES
    with pytest.raises(ValidationError):
        models[example["operation"]].model_validate(example[side])


def test_every_operation_has_golden_and_negative_examples():
    for kind in ("golden", "negative"):
        assert {item.values[0]["operation"] for item in fixtures(kind)} == set(REQUESTS), kind


def test_registered_algorithm_is_the_manifest_without_how_it_runs():
    here = {"entry", "command", "image", "gpu", "cpus", "folder"}
    assert set(wire.Algorithm.model_fields) == set(Manifest.model_fields) - here
    assert {name for name, field in Manifest.model_fields.items() if field.exclude} == here
