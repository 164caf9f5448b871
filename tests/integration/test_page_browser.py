"""The leaders' page in headless Chromium: three widths, paper, keyboard, contrast, glyphs, no request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fuyou_pipeline.briefing.page.write import write_page
from fuyou_pipeline.settings import Settings
from tests.page_release import write_release

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="未安装 chromium（apt-get install chromium fonts-noto-cjk）"
)
WIDTHS = (1440, 768, 375)
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # It would look for updates of itself all the same.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

# Every element with text of its own: the contrast of its colour with the nearest background behind it.
CONTRASTS = """() => {
  const numbers = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = colour => colour.slice(0, 3).map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const found = numbers(getComputedStyle(e).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")].filter(e => !e.closest("svg, script, style")
      && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    return [(a + .05) / (b + .05), e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 20)];
  }).filter(([ratio]) => ratio < 4.5);
}"""

# A glyph that no font has is drawn as the same box as a code point that cannot have one.
MISSING_GLYPHS = """() => {
  const family = getComputedStyle(document.body).fontFamily;
  const drawn = character => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const context = canvas.getContext("2d");
    context.font = "32px " + family;
    context.fillText(character, 2, 32);
    return canvas.toDataURL();
  };
  const nothing = drawn("\\u{10FFFE}");
  const characters = [...new Set(document.body.innerText.replace(/\\s/g, ""))];
  return characters.filter(character => drawn(character) === nothing);
}"""


@dataclass
class Seen:
    """A loaded page, with what it complained of and asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    release = write_release(settings.releases / "R1")
    write_page(settings, release, public=True)
    return write_page(settings, release).parent


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Any, file: Path, width: int) -> Seen:
    page = browser.new_page(viewport={"width": width, "height": 900})
    seen = Seen(page)
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.goto(file.as_uri())
    return seen


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("folder", ["site", "site_public"])
def test_it_fits_and_asks_for_nothing(browser: Any, site: Path, folder: str, width: int) -> None:
    file = site.parent / folder / "index.html"
    seen = opened(browser, file, width)
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [file.as_uri()]
    assert seen.page.evaluate("document.documentElement.scrollWidth") == width
    wide = """() => [...document.querySelectorAll("main *")].filter(e => !e.closest(".scroll, .chart")
      && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    assert seen.page.evaluate(wide) == []
    seen.page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_is_drawn_at_its_height_with_its_table(browser: Any, site: Path, width: int) -> None:
    seen = opened(browser, site / "index.html", width)
    figures = seen.page.evaluate(
        """() => [...document.querySelectorAll("figure")].map(f => {
          const svg = f.querySelector("svg").getBoundingClientRect(), box = f.querySelector(".chart");
          return [svg.height, parseFloat(box.style.height), svg.width <= box.clientWidth,
            f.querySelectorAll("svg path").length > 3, f.querySelectorAll("table tbody tr").length > 0,
            box.getAttribute("aria-label").length > 10];
        })"""
    )
    assert len(figures) == 7
    for height, given, fits, is_drawn, has_table, has_label in figures:
        assert height == given
        assert fits and is_drawn and has_table and has_label
    seen.page.close()


def test_text_has_contrast_and_glyphs(browser: Any, site: Path) -> None:
    seen = opened(browser, site / "index.html", 1440)
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert seen.page.evaluate(CONTRASTS) == []
    missing = seen.page.evaluate(MISSING_GLYPHS)
    assert missing == [], f"字体缺字：{missing}（请安装 fonts-noto-cjk）"
    seen.page.close()


def test_it_is_usable_by_keyboard(browser: Any, site: Path) -> None:
    seen = opened(browser, site / "index.html", 1440)
    page = seen.page
    focused = "document.activeElement.textContent.trim()"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
    reached: dict[str, int] = {}
    for _ in range(200):
        page.keyboard.press("Tab")
        kind, outline = page.evaluate(
            "[document.activeElement.tagName + '.' + document.activeElement.className,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if kind.startswith("BODY"):
            break
        assert outline != "none", kind
        reached[kind] = reached.get(kind, 0) + 1
        if kind == "SUMMARY." and reached[kind] == 1:
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.parentElement.open")
    assert reached["SUMMARY."] == page.evaluate("document.querySelectorAll('summary').length")
    assert reached["DIV.scroll"] >= 10  # wide tables scroll with the arrow keys
    page.close()


def test_it_prints_on_a4_with_charts_tables_and_lists(browser: Any, site: Path, tmp_path: Path) -> None:
    seen = opened(browser, site / "index.html", 1440)
    data = seen.page.pdf(prefer_css_page_size=True)
    assert data.startswith(b"%PDF") and b"/MediaBox [0 0 841" in data  # A4 landscape
    seen.page.emulate_media(media="print")
    printed = """() => [...document.querySelectorAll("details")].map(d =>
      [d.className, d.querySelector("table").checkVisibility()])"""
    shown = seen.page.evaluate(printed)
    assert len(shown) > 9 and all(is_shown for _, is_shown in shown)
    # A brief print has the charts' tables and the lists that the reader has opened, and says what it lacks.
    seen.page.evaluate("document.documentElement.dataset.print = 'brief'")
    assert {kind for kind, is_shown in seen.page.evaluate(printed) if is_shown} == {"data"}
    said = "getComputedStyle(document.querySelector('details:not(.data) summary'), '::after').content"
    assert "摘要未印" in seen.page.evaluate(said)
    for hidden in ("nav", ".print"):
        assert seen.page.evaluate(f"getComputedStyle(document.querySelector('{hidden}')).display") == "none"
    seen.page.close()


def test_printing_leaves_the_page_as_it_was(browser: Any, site: Path) -> None:
    seen = opened(browser, site / "index.html", 1440)
    state = """() => [...document.querySelectorAll("details")].map(d => d.open)"""
    seen.page.evaluate("window.print = () => {}")
    before = seen.page.evaluate(state)
    for kind, is_open in (("full", True), ("brief", False)):
        seen.page.click(f"button[data-print={kind}]")
        seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        lists = "[...document.querySelectorAll('details:not(.data)')].every(d => d.open)"
        assert seen.page.evaluate(lists) is is_open
        seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert seen.page.evaluate(state) == before
        assert seen.page.evaluate("document.documentElement.dataset.print === undefined")
    seen.page.close()


def test_hostile_names_run_nothing(browser: Any, site: Path) -> None:
    seen = opened(browser, site / "index.html", 1440)
    seen.page.on("dialog", lambda dialog: seen.complaints.append(dialog.message))
    seen.page.reload()
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert seen.complaints == []
    seen.page.close()
