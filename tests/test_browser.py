"""The main story in a real browser: open, preset, change, run, cancel, run again, compare, download, share.

Needs Chromium; with SLIPROAD_BROWSER=needed its absence fails instead of skipping. Pictures of every page go to the
folder that SLIPROAD_SCREENS names.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_upload import FILES, SCENARIO, zipped

from sim.report.briefing import briefing
from sim.report.documents import to_html
from sim.study.shipped import GRID, is_current, shipped

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDED = os.environ.get("SLIPROAD_BROWSER") == "needed"
pytestmark = pytest.mark.skipif(not CHROMIUM and not NEEDED, reason="no Chromium on this machine")
WAIT = 180_000  # milliseconds: a busy machine is slow, and no test here measures time
expect.set_options(timeout=WAIT)
SMALL = "share=0.004&years=1&seeds=4"
PAGES = {
    "start": "",
    "answer": "answer?scenario=london/uptake-50",
    "change": "change?scenario=london/uptake-50",
    "compare": "compare?scenario=london/uptake-25&scenario=london/uptake-50",
    "journey": "journey?scenario=london/uptake-50",
    "explore": "explore",
    "evidence": "evidence",
    "area": "area",
}
WIDTHS = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = tmp_path_factory.mktemp("away")
    command = [sys.executable, "-m", "sim.cli", "app", "--port", str(port)]
    with subprocess.Popen(command, cwd=away, env=os.environ | {"SLIPROAD_STORE": str(away / "store")}) as process:
        address = f"http://localhost:{port}/"
        for _ in range(300):
            try:
                urllib.request.urlopen(address).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
        process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    with browser.new_context(viewport=WIDTHS["wide"], accept_downloads=True) as context:
        context.set_default_timeout(WAIT)
        yield context.new_page()


def open_(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".sl h1")
    settle(page)


def settle(page: Page) -> None:
    """Wait until the script has run to its end and every chart is drawn."""
    page.wait_for_timeout(300)
    state = "document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state')"
    page.wait_for_function(f"{state} !== 'running'")
    page.wait_for_function("![...document.querySelectorAll('.stPlotlyChart')].some(c => !c.querySelector('.main-svg'))")


def lead(page: Page) -> str:
    return page.locator(".sl .lead").first.inner_text()


def figures(page: Page) -> list[str]:
    return page.locator("dl.figures").first.locator("dd").all_inner_texts()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SLIPROAD_SCREENS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_main_story(server, page, browser):
    open_(page, server)
    picture(page, "story 1 start")
    page.get_by_role("link", name="Answer: A quarter of eligible people start a drug course").click()
    expect(page.locator("h1")).to_have_text("A quarter of eligible people start a drug course")
    settle(page)
    answered = figures(page)
    picture(page, "story 2 answer")
    page.get_by_role("link", name="Change this scenario").click()
    expect(page.locator("h1")).to_have_text("Change a scenario")
    settle(page)
    page.get_by_role("slider", name=re.compile("Uptake")).focus()
    page.keyboard.press("ArrowLeft")
    if (grid := shipped("london", GRID)) and is_current(grid):
        expect(page.locator(".sl .tag")).to_contain_text("Read between computed points")
        settle(page)  # the tag comes before the figures
        assert figures(page) != answered
    else:
        expect(page.get_by_text("Not computed yet")).to_be_visible()
    expect(page).to_have_url(re.compile("diversion.uptake"))
    picture(page, "story 3 change")

    open_(page, f"{server}change?scenario=london/uptake-25;diversion.uptake=0.2&share=0.02&years=10&seeds=4")
    page.get_by_role("button", name="Run in full").click()
    expect(page.locator("progress")).to_be_visible()
    picture(page, "story 4 running")
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("Cancelled. What was done is kept")).to_be_visible()

    small = f"{server}change?scenario=london/uptake-25;diversion.uptake=0.2&{SMALL}"
    open_(page, small)
    page.get_by_role("button", name="Run in full").click()
    expect(page.locator("dl.figures")).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)
    settle(page)
    told, run = lead(page), figures(page)
    picture(page, "story 5 run")
    page.reload()
    settle(page)
    expect(page.locator("dl.figures").first).to_be_visible()
    assert (lead(page), figures(page)) == (told, run)

    page.get_by_role("link", name="See the whole answer").click()
    expect(page.get_by_text("Where it comes from")).to_be_visible()
    settle(page)
    assert figures(page) == run
    with page.expect_download() as download:
        page.get_by_role("button", name="All differences (CSV)").click()
    header, *rows = download.value.path().read_text().splitlines()
    assert header.startswith("scenario,measure,unit,at,group,baseline,value,difference,low,high")
    assert any("magistrates.open" in row for row in rows)
    with page.expect_download() as download:
        page.get_by_role("button", name="Briefing (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_text("Figures of this chart, and files").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture (PNG)").first.click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")

    with browser.new_context() as other:  # somebody else opens the link
        other.set_default_timeout(WAIT)
        theirs = other.new_page()
        open_(theirs, page.url)
        assert (lead(theirs), figures(theirs)) == (told, run)

    open_(page, f"{server}{PAGES['compare']}")
    expect(page.get_by_text("What each scenario changes")).to_be_visible()
    picture(page, "story 6 compare")


def test_a_stage_of_the_process_names_its_mechanism_when_the_keyboard_reaches_it(server, page):
    open_(page, f"{server}{PAGES['change']}")
    stage = page.locator(".process.wide .stage.lit").first
    assert stage.get_attribute("aria-label").startswith("Offer of the scheme.")
    expect(stage.locator(".mechanism").first).to_be_hidden()
    stage.focus()
    expect(stage.locator(".mechanism").first).to_be_visible()


def test_the_keyboard_alone_changes_and_runs_a_scenario(server, page):
    open_(page, f"{server}change?scenario=london/uptake-50;diversion.uptake=0.25&{SMALL}")
    tab_to(page, "slider")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("diversion.uptake%3D0.255"))
    settle(page)
    tab_to(page, "button", "Run in full")
    page.keyboard.press("Enter")
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)
    expect(page.locator("dl.figures")).to_be_visible()
    settle(page)
    tab_to(page, "link", "See the whole answer")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Where it comes from")).to_be_visible()


def tab_to(page: Page, role: str, name: str = "") -> None:
    """Press Tab until what has the focus is of this role and name."""
    focused = "(e => [e.getAttribute('role') || e.type || e.tagName, e.innerText || ''])(document.activeElement)"
    kinds = {"slider": ("slider", "range"), "button": ("submit", "button", "BUTTON"), "link": ("A",)}[role]
    for _ in range(80):
        page.keyboard.press("Tab")
        kind, text = page.evaluate(focused)
        if kind in kinds and name in text:
            return
    raise AssertionError(f"no {role} {name!r} is reached by Tab")


def test_two_browsers_never_see_each_others_changes(server, browser):
    with browser.new_context() as one, browser.new_context() as other:
        mine, theirs = one.new_page(), other.new_page()
        for each in (mine, theirs):
            each.set_default_timeout(WAIT)
            open_(each, f"{server}{PAGES['change']}")
        mine.get_by_role("slider", name=re.compile("Uptake")).focus()
        mine.keyboard.press("ArrowLeft")
        mine.wait_for_url(re.compile("diversion.uptake"))
        theirs.get_by_role("link", name="See the whole answer").click()
        expect(theirs.locator("h1")).to_have_text("Half of eligible people start a drug course")
        assert "diversion.uptake" not in theirs.url


def barriers(page: Page) -> list[tuple[str, str]]:
    """What keeps people out, serious or critical by WCAG 2.2 AA: the rule and where."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": tags}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_briefing_is_accessible_and_fits_its_window(browser, tmp_path, width):
    path = tmp_path / "brief.html"
    path.write_bytes(to_html(briefing(shipped("london", "uptake-50"), allow_stale=True)))
    with browser.new_context(viewport=WIDTHS[width]) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]["width"]
        picture(page, f"briefing {width}")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_fits_its_window_and_asks_nobody_outside(server, browser, name, width):
    with browser.new_context(viewport=WIDTHS[width]) as context:
        context.set_default_timeout(WAIT)
        page, outside = context.new_page(), []
        page.on("request", lambda request: outside.append(request.url))
        open_(page, f"{server}{PAGES[name]}")
        assert barriers(page) == []
        main = "document.querySelector('[data-testid=stMain]')"
        assert page.evaluate(f"{main}.scrollWidth") <= WIDTHS[width]["width"]
        own = (server, server.replace("http", "ws"), "data:", "blob:")
        assert [url for url in outside if not url.startswith(own)] == []
        page.set_viewport_size({"width": WIDTHS[width]["width"], "height": page.evaluate(f"{main}.scrollHeight")})
        picture(page, f"{name} {width}")


def test_the_lines_of_a_drawn_chart_are_seen_above_their_bands(server, page):
    """A band of full colour would hide the baseline's line, which is dark blue and runs close to the scenario's."""
    from PIL import Image

    open_(page, f"{server}{PAGES['answer']}")
    chart = page.locator(".stPlotlyChart").first
    chart.scroll_into_view_if_needed()
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"chart-{os.getpid()}.png"
    chart.screenshot(path=path)
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    path.unlink()
    upper = pixels[: pixels.shape[0] // 2]
    for colour in ((0x12, 0x43, 0x6D), (0xF4, 0x6A, 0x25)):
        near = np.abs(upper - np.array(colour)).max(axis=2) < 40  # edges are blended with what lies behind
        assert near.any(axis=0).sum() > 0.3 * pixels.shape[1], colour  # the line spans the panel, dashes or not
        assert np.median(near.sum(axis=0)[near.any(axis=0)]) <= 6, colour  # a line, not a band


def test_a_title_wraps_on_a_narrow_screen(server, browser):
    with browser.new_context(viewport=WIDTHS["narrow"]) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT)
        open_(page, f"{server}{PAGES['answer']}")
        for title in page.locator(".sl h3").all():
            assert title.evaluate("e => e.scrollWidth <= e.clientWidth")
        cut = "[...document.querySelectorAll('.stPlotlyChart text')].filter(t => {const r = t.getBoundingClientRect();"
        cut += " const b = t.closest('.stPlotlyChart').getBoundingClientRect();"
        cut += " return r.width && (r.right > b.right + 1 || r.left < b.left - 1)}).map(t => t.textContent)"
        assert page.evaluate(cut) == []


def test_an_area_of_ones_own_is_checked_and_answered_for_its_session_alone(server, browser, page):
    open_(page, f"{server}area")
    field = page.locator("input[type=file]")
    bad = zipped(FILES | {"bad.toml": SCENARIO.replace("uptake", "uptakke"), "<b>.toml": SCENARIO})
    field.set_input_files({"name": "kent.zip", "mimeType": "application/zip", "buffer": bad})
    expect(page.locator(".fault")).to_contain_text("<b>.toml")
    bad = zipped(FILES | {"bad.toml": SCENARIO.replace("uptake", "uptakke")})
    field.set_input_files({"name": "kent.zip", "mimeType": "application/zip", "buffer": bad})
    expect(page.locator(".fault")).to_contain_text("bad.toml:6: unknown lever")
    expect(page.locator(".sl .lead").nth(1)).to_have_text("Not computed yet.")
    expect(page.locator("table").last).to_contain_text("diversion.uptake")
    settle(page)
    assert barriers(page) == []
    picture(page, "own-area")
    assert "kent" not in page.url
    with browser.new_context() as other:
        stranger = other.new_page()
        open_(stranger, f"{server}area")
        assert "diversion.uptake" not in stranger.content()


def test_a_file_too_large_or_full_of_markup_is_refused_on_screen(server, page):
    open_(page, f"{server}{PAGES['change']}")
    field = page.locator("input[type=file]")
    evil = b'title = "<img src=x onerror=alert(1)>"\nbased_on = "london/baseline"\n[diversion]\nuptake = 1e300\n'
    field.set_input_files({"name": "<b>evil</b>.toml", "mimeType": "application/toml", "buffer": evil})
    expect(page.locator(".fault").last).to_contain_text("uptake")
    assert page.locator("img[src=x]").count() == 0
    field.set_input_files({"name": "big.toml", "mimeType": "application/toml", "buffer": b"#" * 1_500_000})
    expect(page.get_by_text(re.compile("must be 1.0MB or smaller"))).to_be_visible()
