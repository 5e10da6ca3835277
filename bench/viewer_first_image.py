"""A chest CT of 300 slices in the page: the first image after the click, and images per second while scrolling.

    python bench/viewer_first_image.py            # three rounds
    python bench/viewer_first_image.py --quick    # CI size

Headless Chromium without a graphics card (SwiftShader), `hounsfield up` on loopback, everything on this machine. Each
round is a browser of its own with an empty cache. Printed beside the times: what the processors had to do meanwhile, for
a machine that does other work tells nothing by its clock alone.
"""

import argparse
import io
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

import ct_chest
from running import ADMIN_PASSWORD, Hounsfield

FLAGS = ["--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PATIENCE_MS = 120_000
BOUNDARY = "frontier"
PER_REQUEST = 50
# counts pictures as they change, in the page, so that no remote call is measured
_COUNT = """() => {
  window.__seen = 0
  const figures = document.querySelector('[data-testid=figures]')
  new MutationObserver(() => { window.__seen += 1 }).observe(figures, { subtree: true, characterData: true, childList: true })
}"""
_CLICKED = """() => addEventListener('click', () => { window.__clicked = performance.now() }, { capture: true, once: true })"""
_FIRST = """() => {
  const look = (done) => document.querySelector('[data-testid=figures]')
    ? done(performance.now() - window.__clicked) : requestAnimationFrame(() => look(done))
  return new Promise(look)
}"""


def store(platform: Hounsfield, folder: Path) -> str:
    """Send a folder of DICOM files by STOW-RS and return the study's UID."""
    files = sorted(folder.glob("*.dcm"))
    for begin in range(0, len(files), PER_REQUEST):
        body = io.BytesIO()
        for file in files[begin : begin + PER_REQUEST]:
            body.write(f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode())
            body.write(file.read_bytes() + b"\r\n")
        body.write(f"--{BOUNDARY}--\r\n".encode())
        answer = platform.http.post(
            f"{platform.origin}/dicomweb/studies",
            content=body.getvalue(),
            headers={
                "Content-Type": f'multipart/related; type="application/dicom"; boundary={BOUNDARY}',
                "Accept": "application/dicom+json",
            },
        )
        if not answer.is_success:
            raise RuntimeError(f"STOW: {answer.status_code} {answer.text[:300]}")
    uid: str = platform.call("GET", "/studies")["items"][0]["study_uid"]
    return uid


def busy() -> float:
    times = psutil.cpu_times()
    return times.user + times.system


def one(browser: Browser, platform: Hounsfield, uid: str, slices: int) -> dict[str, float]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, base_url=platform.origin, locale="en"
    )
    context.set_default_timeout(PATIENCE_MS)
    login = {"username": "admin", "password": ADMIN_PASSWORD}
    answer = context.request.post(f"{platform.origin}/api/v1/users/login", data=login)
    if not answer.ok:
        raise RuntimeError(answer.text())
    page = context.new_page()
    page.goto(f"/studies/{uid}")
    link = page.get_by_role("link", name="View images", exact=True)
    link.hover()  # as a person does on the way to the click; the page begins to load the viewer
    page.wait_for_timeout(500)
    page.evaluate(_CLICKED)
    spent = busy()
    link.click()
    first_ms: float = page.evaluate(_FIRST)
    found = {"first_ms": first_ms, "first_cpu": busy() - spent, **scroll(page, slices)}
    context.close()
    return found


def scroll(page: Page, slices: int) -> dict[str, float]:
    """Play at the highest speed through images that are there, and count those that were shown."""
    page.wait_for_timeout(15_000)  # the images arrive behind the first one
    page.evaluate(_COUNT)
    page.get_by_role("button", name="Play (Space)").click()
    page.get_by_role("slider", name="Images per second").fill("40")
    page.wait_for_timeout(1_000)
    before, began, spent = page.evaluate("() => window.__seen"), time.monotonic(), busy()
    page.wait_for_timeout(5_000)
    shown, seconds = page.evaluate("() => window.__seen") - before, time.monotonic() - began
    return {"images_per_s": shown / seconds, "scroll_cpu": (busy() - spent) / seconds}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="CI size")
    options = parser.parse_args()
    slices, rounds, every = (60, 1, 2) if options.quick else (300, 3, 1)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (series := folder / "series").mkdir()
        ct_chest.write_series(series, slices, every)
        with (
            Hounsfield(folder / "data", "--no-engine", bytecode=folder / "bytecode") as platform,
            sync_playwright() as playwright,
        ):
            platform.sign_in("admin", ADMIN_PASSWORD)
            uid = store(platform, series)
            found = []
            for _ in range(rounds):
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                found.append(one(browser, platform, uid, slices))
                browser.close()
    print(f"{slices} slices, {rounds} rounds, load average {psutil.getloadavg()[0]:.1f}")
    for key, label in (
        ("first_ms", "first image after the click, ms"),
        ("first_cpu", "  processor seconds meanwhile (all processes)"),
        ("images_per_s", "images per second while playing"),
        ("scroll_cpu", "  processor seconds per second (all processes)"),
    ):
        values = [each[key] for each in found]
        print(f"{label:50}{statistics.median(values):9.2f}   ({min(values):.2f} – {max(values):.2f})")


if __name__ == "__main__":
    main()
