"""Manifests in folders: ``manifest.toml``, ``.json`` or ``.yaml`` beside the file or program it names.

Whatever is wrong with one is said in plain words, all of it at once, so that a person can put it right.
"""

import ast
import difflib
import json
import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from pydantic import ValidationError

from hounsfield_engine.sdk import Manifest

FILES = ("manifest.toml", "manifest.json", "manifest.yaml", "manifest.yml")
MOST_BYTES = 1 << 20
LANGUAGES = ("en", "zh-CN")
_PLAIN = {
    "missing": "is missing",
    "string_type": "must be text; put it in quotes",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": 'must be a list, such as ["./program", "--option"]',
    "mapping_type": "must be a table of names and values",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
}


class ManifestWrong(Exception):
    """A folder's manifest cannot be used; `problems` says why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def has_manifest(folder: Path) -> bool:
    """Whether the folder is meant to be an algorithm."""
    return any((folder / name).is_file() for name in FILES)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder and look at what it names, without running any of it.

    Raises
    ------
    ManifestWrong
        With every problem found.
    """
    folder = folder.resolve()
    told = _load(folder)
    if not isinstance(told, dict):
        raise ManifestWrong(["the manifest must be a table of names and values"])
    if "folder" in told:
        raise ManifestWrong(["folder: is not a field of a manifest"])
    try:
        manifest = Manifest.model_validate(told | {"folder": folder})
    except ValidationError as error:
        raise ManifestWrong([_in_plain_words(item) for item in error.errors(include_url=False)]) from None
    if problems := [*parameter_problems(manifest), *_program_problems(manifest, folder)]:
        raise ManifestWrong(problems)
    return manifest


def hints(manifest: Manifest) -> list[str]:
    """What works, but could be better for the people who order it."""
    return [
        f"{field}: has no text in {language}"
        for field in ("title", "description")
        for language in LANGUAGES
        if not getattr(manifest, field).get(language)
    ]


def parameter_problems(manifest: Manifest) -> Iterator[str]:
    """Say what is wrong with the JSON Schema of the parameters."""
    schema = dict(manifest.parameters)
    try:
        json.dumps(schema, allow_nan=False)
        jsonschema.Draft202012Validator.check_schema(schema)
    except (TypeError, ValueError) as error:
        yield f"parameters: cannot be sent as JSON: {error}"
        return
    except jsonschema.SchemaError as error:
        where = ".".join(["parameters", *map(str, error.absolute_path)])
        yield f"{where}: is not JSON Schema: {error.message}"
        return
    if schema.get("type") != "object":
        yield 'parameters: its type must be "object"'
    for name, field in schema.get("properties", {}).items():
        if isinstance(field, dict) and "default" in field:
            for problem in value_problems(field, field["default"]):
                yield f"parameters.properties.{name}.default: {problem}"


def value_problems(schema: dict[str, Any], value: Any) -> list[str]:
    """Say where a value does not fit a schema, as the platform would."""
    found = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return [
        f"{'/'.join(map(str, item.absolute_path))}: {item.message}" if item.absolute_path else item.message
        for item in found
    ]


def _load(folder: Path) -> Any:
    present = [folder / name for name in FILES if (folder / name).is_file()]
    if len(present) != 1:
        found = "several of them" if present else "none"
        raise ManifestWrong([f"a folder needs one of {', '.join(FILES)}; {found} found in {folder}"])
    path = present[0]
    if path.stat().st_size > MOST_BYTES:
        raise ManifestWrong([f"{path.name}: is larger than 1 MiB"])
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".toml":
            return tomllib.loads(text)
        return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ManifestWrong([f"{path.name}: {error or type(error).__name__}"]) from None


def _in_plain_words(error: Any) -> str:
    where, kind = ".".join(map(str, error["loc"])), error["type"]
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(where, set(Manifest.model_fields) - {"folder"}, 1)
        return f"{where}: is not a field of a manifest" + (f"; did you mean {close[0]}?" if close else "")
    if kind == "string_pattern_mismatch":
        return f"{where}: must be 2 to 64 small letters, digits and underscores, the first a letter"
    if kind == "literal_error":
        return f"{where}: must be {error['ctx']['expected']}"
    said = _PLAIN.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _program_problems(manifest: Manifest, folder: Path) -> Iterator[str]:
    if manifest.entry:
        yield from _entry_problems(manifest.entry, folder)
    if manifest.command and not manifest.image:
        yield from _command_problems(manifest, folder)


def _entry_problems(entry: str, folder: Path) -> Iterator[str]:
    file, _, function = entry.rpartition(":")
    path = folder / file
    if not file.endswith(".py") or not function or path.parent != folder:
        yield f'entry: {entry!r} must be "file.py:function", the file being in the folder'
        return
    try:
        body = ast.parse(path.read_bytes()).body
    except FileNotFoundError:
        yield f"entry: there is no file {file}"
    except (SyntaxError, ValueError) as error:
        yield f"entry: {file} is not Python: {error}"
    else:
        if not any(isinstance(part, ast.FunctionDef) and part.name == function for part in body):
            yield f"entry: {file} has no function {function}"


def _command_problems(manifest: Manifest, folder: Path) -> Iterator[str]:
    program = manifest.command[0]
    for part in manifest.command:
        if part.startswith("./") and not (folder / part).exists():
            yield f"command: there is no file {part[2:]}"
    if program.startswith("./"):
        path = folder / program
        if path.exists() and not os.access(path, os.X_OK):
            yield f"command: {program} may not be executed; chmod +x it, or name its interpreter before it"
    elif not shutil.which(program):
        here = f"; did you mean ./{program}?" if (folder / program).exists() else ""
        yield f"command: there is no program {program} on this machine{here}"
