"""The examples of the documents are files, and they do what the documents say."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from pydicom import dcmread
from pydicom.uid import RLELossless
from tests.factories.dicom import ct_folder

from hounsfield_engine.cli import main

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
LUNG, AIR_HU = (slice(12, 20), slice(10, 16)), -800
LUNG_ML = 12 * 8 * 6 * 1.5 * 1.5 * 2.5 / 1000


@pytest.fixture
def scan(tmp_path):
    """A phantom with air outside, and a block of air within every slice."""
    folder = tmp_path / "scan"
    folder.mkdir()
    for path in ct_folder(folder):
        ds = dcmread(path)
        stored = ds.pixel_array.copy()
        stored[LUNG] = (AIR_HU - ds.RescaleIntercept) / ds.RescaleSlope
        ds.PixelData = stored.astype(np.uint16 if ds.PixelRepresentation == 0 else np.int16).tobytes()
        ds.save_as(path)
    return folder


def tried(name, scan, tmp_path, *options):
    if name.endswith("_node") and not shutil.which("node"):
        pytest.skip("Node.js is not on this machine")
    return CliRunner().invoke(
        main, ["try", str(EXAMPLES / name), str(scan), "--out", str(tmp_path / "out"), *options]
    )


@pytest.mark.parametrize("name", ["lung_volume", "lung_volume_node"])
def test_both_languages_measure_the_same_lungs(scan, tmp_path, name):
    done = tried(name, scan, tmp_path)
    assert done.exit_code == 0, done.output
    measured = json.loads((tmp_path / "out" / "lungs.json").read_text())
    assert measured == {"volume_ml": pytest.approx(LUNG_ML, abs=0.05)}
    assert f'"volume_ml": {measured["volume_ml"]}' in done.output


@pytest.mark.parametrize("name", ["lung_volume", "lung_volume_node"])
def test_a_scan_without_lungs_is_refused(scan, tmp_path, name):
    done = tried(name, scan, tmp_path, "-p", "below_hu=-900")
    assert "NO_AIR_FOUND: there is no air within the body on these slices (user_facing)" in done.output


def test_what_the_small_reader_cannot_read_is_refused(scan, tmp_path):
    for path in scan.iterdir():
        ds = dcmread(path)
        ds.compress(RLELossless)
        ds.save_as(path)
    assert "COMPRESSED: this example reads uncompressed" in tried("lung_volume_node", scan, tmp_path).output


def test_slices_are_counted_by_a_shell_script(scan, tmp_path):
    done = tried("slice_count", scan, tmp_path)
    assert json.loads((tmp_path / "out" / "count.json").read_text()) == {"slices": 12}
    assert done.exit_code == 0
    refused = tried("slice_count", scan, tmp_path, "-p", "at_least=13")
    assert "TOO_FEW_SLICES: this series has too few slices (user_facing)" in refused.output


@pytest.mark.parametrize("folder", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_examples_are_in_order(folder):
    done = CliRunner().invoke(main, ["check", str(EXAMPLES / folder)])
    assert (done.exit_code, "hint" in done.output) == (0, False), done.output


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_documents_show_the_files_as_they_are(language):
    text = (ROOT / f"docs/engines{language}.md").read_text("utf-8")
    blocks = {block.strip() for block in re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)}
    for shown in (
        "lung_volume/manifest.toml",
        "lung_volume/lung_volume.py",
        "slice_count/manifest.yaml",
        "slice_count/slice_count.sh",
    ):
        assert (EXAMPLES / shown).read_text("utf-8").strip() in blocks, shown
