"""What an attempt left behind, judged: its exit status, ``result.json`` and the files in ``out``.

The program may be anybody's, in a container as another user: nothing it wrote is followed, trusted or read without a limit.
"""

import json
import os
import re
import signal
import stat
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from hounsfield_engine.agent.progress import plain
from hounsfield_engine.agent.wire import FileName
from hounsfield_engine.runner import EXIT_CODES
from hounsfield_engine.sdk import Artifact, Cancelled, Decision, EngineError, Outcome, Poison, RetryElsewhere

MOST_BYTES = 2 << 20  # of result.json; the platform takes no larger report
MOST_ARTIFACTS = 1000
MOST_INTEGER = 1 << 63
MESHES = ("mesh_stl", "mesh_glb")
_DECISIONS: dict[int, Decision] = {code: decision for decision, code in EXIT_CODES.items()}
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Reported(EngineError):
    """What a program said of itself in ``result.json``."""

    def __init__(self, code: str, message: str, decision: Decision) -> None:
        super().__init__(code, message)
        self.decision = decision


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Artifact(_Told):
    name: FileName
    kind: str = Field(min_length=1, max_length=40)
    content_type: Annotated[
        str, Field(max_length=100, pattern=r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+(; ?[a-z]+=[A-Za-z0-9_.-]+)?$")
    ]
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class _Measured(BaseModel):
    """What the platform reads of a mesh's metadata."""

    tissue: str | None = None
    triangles: int = Field(0, ge=0, lt=1 << 31)
    volume_ml: float = Field(0, ge=0)
    area_cm2: float = Field(0, ge=0)
    watertight: bool = False


class _Success(_Told):
    artifacts: list[_Artifact] = Field(max_length=MOST_ARTIFACTS)
    metrics: dict[str, JsonValue] = Field(default_factory=dict)


def conclude(status: int, folder: Path, explain: Callable[[], None]) -> Outcome:
    """Return what the attempt made.

    Parameters
    ----------
    status
        Exit code, or minus the number of the signal that ended the program.
    explain
        Called when only the program's own diagnostics can say what went wrong.

    Raises
    ------
    Reported
        As the program said by exit code 10, 11 or 12.
    Cancelled
        Exit code 13.
    Poison
        It ended well, but what it left cannot be handed in, and would not be the next time either.
    RetryElsewhere
        It crashed.
    """
    if status == 0:
        return _checked(_parse(_read(folder / "result.json")), folder / "out")
    decision = _DECISIONS.get(status)
    if decision == "cancelled":
        raise Cancelled
    if decision:
        try:
            told = _loaded(_read(folder / "result.json"))
            code, message = str(told["code"]), plain(str(told["message"]))
        except (Poison, KeyError, TypeError):
            explain()
            raise _crashed(f"exit code {status}, but no reason in result.json") from None
        if code == "ALGORITHM_ERROR":
            explain()
        raise Reported(code, message, decision)
    explain()
    raise _crashed(f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}")


def _crashed(how: str) -> RetryElsewhere:
    return RetryElsewhere("ENGINE_CHILD_CRASHED", f"the algorithm's process ended with {how}")


def _invalid(what: str) -> Poison:
    return Poison("RESULT_INVALID", f"result.json cannot be used: {what[:200]}")


def _read(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Poison("RESULT_MISSING", "the algorithm ended well but left no result.json") from None
    except OSError as error:
        raise _invalid(f"not a file that can be read ({error.strerror})") from None
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise _invalid("not a file")
        if about.st_size > MOST_BYTES:
            raise _invalid(f"larger than {MOST_BYTES >> 20} MiB")
        return os.read(fd, MOST_BYTES)
    finally:
        os.close(fd)


def _loaded(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_int=_integer, parse_constant=_constant)
    except RecursionError:
        raise _invalid("nested too deeply") from None
    except UnicodeError:
        raise _invalid("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"not JSON (line {error.lineno}: {error.msg})") from None
    except ValueError as error:
        raise _invalid(str(error)) from None


def _parse(content: bytes) -> Any:
    """Load what every database and every JSON parser on its way takes."""
    told = _loaded(content)
    try:
        text = json.dumps(told, ensure_ascii=False, allow_nan=False)
        text.encode("utf-8")
    except UnicodeError:
        raise _invalid("a text contains half a character") from None
    except ValueError as error:  # a number that became infinite
        raise _invalid(str(error)) from None
    if _NUL.search(text):
        raise _invalid("a text contains the character NUL")
    return told


def _integer(digits: str) -> int:
    if len(digits) > 20 or abs(value := int(digits)) >= MOST_INTEGER:
        raise ValueError("a whole number has more than 64 bits")
    return value


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _checked(told: Any, out: Path) -> Outcome:
    try:
        success = _Success.model_validate(told)
        for item in success.artifacts:
            if item.kind in MESHES:
                _Measured.model_validate(item.metadata)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise _invalid(f"{where}: {first['msg']}") from None
    except RecursionError:
        raise _invalid("nested too deeply") from None
    names = sorted(item.name for item in success.artifacts)
    for one, other in pairwise(names):
        if one == other:
            raise _invalid(f"two artifacts are called {one!r}")
    for name in names:
        _check_file(out, name)
    return Outcome([Artifact(**item.model_dump()) for item in success.artifacts], success.metrics)


def _check_file(out: Path, name: str) -> None:
    if out.is_symlink() or not out.is_dir():
        raise _invalid("out is no longer the folder it was")
    try:
        fd = os.open(out / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Poison("RESULT_MISSING", f"the algorithm named a result it did not write: {name!r}") from None
    except OSError as error:
        raise _invalid(f"out/{name} cannot be read ({error.strerror})") from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise _invalid(f"out/{name} is not a file")
    finally:
        os.close(fd)
