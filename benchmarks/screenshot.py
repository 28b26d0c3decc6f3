"""Take the picture of the answer page that the README shows, in a real browser.

python benchmarks/screenshot.py [PICTURE]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

PORT = 8597
ADDRESS = f"http://localhost:{PORT}/"
PICTURE = Path(__file__).parent.parent / "docs" / "page.png"
SIZE = {"width": 1200, "height": 1000}


def main() -> None:
    """Serve the page, open the answer for uptake-50 and take its picture."""
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with subprocess.Popen([sys.executable, "-m", "sim.cli", "app", "--port", str(PORT)]) as server:
        try:
            _wait()
            _take(picture)
        finally:
            server.terminate()


def _wait() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(ADDRESS).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the page did not come up")


def _take(picture: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(f"{ADDRESS}answer?scenario=london/uptake-50")
        page.wait_for_selector("dl.figures")
        page.wait_for_selector(".stPlotlyChart .main-svg")
        page.wait_for_timeout(1000)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
