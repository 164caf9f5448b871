"""The leaders' page of a release: what it says, must not say, and does when a mart is missing."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fuyou_pipeline.briefing.page import write
from fuyou_pipeline.briefing.page.write import write_page
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings
from tests.page_release import write_release
from tests.page_rows import FIRM, HOSTILE, internal


class Page(HTMLParser):
    """Sections' texts, tables as lists of rows, and the specifications of the charts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.sections: dict[str, str] = {}
        self.tags: set[str] = set()
        self._caption, self._section, self._script = "", "", ""
        self._rows: list[list[str]] = []
        self._inside: list[str] = []
        self.feed(text)
        self.charts: dict[str, Any] = json.loads(self._script) if self._script else {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "section":
            self._section = given["id"] or ""
            self.sections[self._section] = ""
        elif tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        if tag not in ("meta", "link"):
            self._inside.append("charts" if given.get("id") == "charts" else tag)

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if "charts" in self._inside:
            self._script += data
        elif "section" in self._inside:
            self.sections[self._section] += data
            if "caption" in self._inside:
                self._caption += data
            elif {"td", "th"} & set(self._inside):
                self._rows[-1][-1] += data

    def table(self, start: str) -> list[list[str]]:
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        return [[" ".join(cell.split()) for cell in row] for row in found]


@pytest.fixture
def release(settings: Settings) -> Path:
    return write_release(settings.releases / "R1")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page]:
    """The page of the full release, written once for the tests that only read it."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    return read(settings, write_release(settings.releases / "R1"))


def read(settings: Settings, release: Path, *, public: bool = False) -> tuple[str, Page]:
    text = write_page(settings, release, public=public).read_text(encoding="utf-8")
    return text, Page(text)


def test_every_section_is_filled_from_its_mart(rendered: tuple[str, Page]) -> None:
    _, page = rendered
    assert list(page.sections) == [
        *("overview", "targets", "share", "doubling", "operation", "mu", "pools", "support", "quality")
    ]
    assert not [name for name, text in page.sections.items() if "不在本发布版中" in text or "缺少列" in text]


def test_first_screen_says_what_is_red_and_who_acts(rendered: tuple[str, Page]) -> None:
    _, page = rendered
    text = "".join(page.sections["overview"].split())
    assert "5项目标任务中，有数据可判断的4项，2项亮红灯；其余1项尚无数据" in text
    todo = page.table("谁来办")
    assert todo[0][1:] == [
        "红灯目标（项）",
        "目标待报送（项）",
        "临近入规（户）",
        "临退（户）",
        "未包保企业（户）",
        "超时限问题（件）",
        "未开展事项（项）",
    ]
    assert [row[0] for row in todo[1:4]] == ["市级", "谯城区", "涡阳县"]
    assert todo[1][1:] == ["2", "0", "—", "—", "—", "—", "0"]
    assert todo[2][1:] == ["0", "0", "0", "2", "1", "1", "1"]
    assert todo[3][1:] == ["0", "1", "1", "0", "1", "1", "0"]
    assert "市税务局1项" in text


def test_lights_have_a_word_and_a_sign(rendered: tuple[str, Page]) -> None:
    _, page = rendered
    rows = page.table("扶优育规总体目标")
    assert [row[1] for row in rows[1:]] == [*("×红 滞后", "！黄 序时，口径待明确", "√绿 完成", "×红 滞后")]
    assert rows[4][2] == "26.96%"  # never 27.0 beside a target of >27 that it missed


def test_each_document_is_there_whole_with_its_rules_and_who_set_the_reading(settings: Settings) -> None:
    tables = internal()
    rule = {
        "target_id": "T021", "area_code": "341600", "area_name": "亳州市", "period": "2022", "kind": "rule",
        "programme": "扶优育规", "indicator": "首次入规奖励", "comparator": "=", "target_value": 15,
        "unit": "万元/户", "status": "rule", "status_reason": "参数、奖补标准或门槛，不设红绿灯",
        "is_latest": True, "set_by": "文件原文",
    }  # fmt: skip
    quarterly = {
        **rule, "target_id": "T018", "kind": "activity", "indicator": "产需对接", "period": "2022Q2",
        "unit": "场/季", "comparator": ">=", "target_value": 1, "actual_value": 1, "status": "met",
        "status_reason": None, "set_by": "本项目默认值",
    }  # fmt: skip
    tables["mart_target_progress"] = [*tables["mart_target_progress"], rule, quarterly]
    _, page = read(settings, write_release(settings.releases / "R1", tables))
    # Entries, rules, what is judged: five targets and one held each quarter; the rule has no light.
    assert page.table("各工程目标灯")[1][:4] == ["扶优育规", "7", "1", "6"]
    (row,) = page.table("文件所定的规则、标准与参数，不设灯（1项）")[1:]
    assert row[:4] == ["首次入规奖励", "亳州市", "15万元/户", "参数、奖补标准或门槛，不设红绿灯"]
    assert "由谁设定：本项目默认值" in page.sections["targets"]
    held = next(row for row in page.table("能够判断的目标") if row[0] == "产需对接")
    assert "2022年二季度" in held  # that quarter alone, not the year so far


def test_every_chart_has_its_table_with_the_same_numbers(rendered: tuple[str, Page]) -> None:
    text, page = rendered
    assert set(page.charts) == {
        "share-341600",
        "doubling-341600-revenue",
        "operation-growth",
        "mu-own-2022-above_scale",
        "mu-own-2022-industry",
        "pools-units",
        "support-issues",
    }
    assert text.count('<details class="data"') == len(page.charts)
    share = page.charts["share-341600"]
    assert [one["values"] for one in share["series"]] == [[26.1, 26.96], [27.9, 28.3]]
    assert [row[5] for row in page.table("亳州市制造业、工业")[1:]] == ["26.10%", "26.96%"]
    assert page.charts["doubling-341600-revenue"]["series"][0]["points"] == [[1.0, 1.1]]
    growth = page.charts["operation-growth"]
    assert growth["series"][0]["values"] == [8.1, -3.25, 12.04, None, 7.7, 6.6]
    shown = [row[3] for row in page.table("2022年1—11月规上工业运行")[1:]]
    assert shown == ["9.6%", "8.1%", "-3.3%", "12.0%", "—", "7.7%", "6.6%"]
    stacks = page.charts["mu-own-2022-above_scale"]
    assert stacks["categories"] == ["亳州", "谯城", "涡阳"]
    assert [(one["class"], one["values"]) for one in stacks["series"]] == [
        ("A", [2, 2, 0]),
        ("B", [3, 0, 3]),
        ("D", [1, 0, 1]),
    ]
    table = page.table("above_scale（2022年度）分地区档次")
    assert [[row[2], row[4], row[6]] for row in table[1:]] == [
        ["2", "3", "1"],
        ["2", "0", "0"],
        ["0", "3", "1"],
    ]
    assert page.charts["pools-units"]["series"][1]["values"] == [2, 0, 0, 0, 0, 0]
    assert page.charts["support-issues"]["series"][0]["values"] == [90, 80, 95.5, 100, 70, 60, None]


def test_units_stand_in_the_fixed_order_with_changes_in_black(rendered: tuple[str, Page]) -> None:
    text, page = rendered
    rows = page.table("赛马：规模以上工业总产值")
    assert [row[0] for row in rows[1:]] == [
        "谯城区",
        "涡阳县",
        "蒙城县",
        "利辛县",
        "亳州高新技术产业开发区",
        "亳芜现代产业园区",
    ]
    assert [row[3] for row in rows[1:]] == ["▼2", "▼1", "持平", "▲1", "▲2", "▲3"]
    assert 'negative short">▼' not in text
    assert 'negative short">-3.3%' in text


def test_a_placeholder_scheme_says_so(rendered: tuple[str, Page]) -> None:
    _, page = rendered
    assert "方案性质：占位" in page.sections["mu"]
    assert "不全是官方方案" in page.sections["mu"]


def test_names_from_files_cannot_become_markup(rendered: tuple[str, Page]) -> None:
    text, page = rendered
    assert HOSTILE not in text
    assert HOSTILE in page.sections["pools"]  # as text
    assert text.count("<script") == 3  # the data, the library, ours


def test_simulated_data_says_so(settings: Settings, release: Path) -> None:
    assert "模拟数据</b>" in read(settings, release)[0]
    real = {
        mart: [{**row, "is_simulated": False} if "is_simulated" in row else row for row in rows]
        for mart, rows in internal().items()
    }
    other = write_release(settings.releases / "R2", real, quality="passed")
    assert "模拟数据</b>" not in read(settings, other)[0]


def test_a_mart_that_is_not_there_is_named(settings: Settings) -> None:
    tables = {
        mart: rows for mart, rows in internal().items() if mart not in ("mart_scale_pool", "mart_doubling")
    }
    _, page = read(settings, write_release(settings.releases / "R1", tables))
    assert "数据表 mart_doubling 不在本发布版中" in page.sections["doubling"]
    assert "数据表 mart_scale_pool 不在本发布版中" in page.sections["pools"]
    assert "规上工业企业库" in page.sections["pools"]
    assert "本发布版没有：临近入规、临退" in page.sections["overview"]


def test_the_public_page_has_no_firm_and_no_suppressed_cell(settings: Settings, release: Path) -> None:
    text, page = read(settings, release, public=True)
    assert list(page.sections) == ["targets", "share", "doubling", "pools", "mu", "industry", "quality"]
    assert FIRM not in text and "quality.html" not in text
    assert page.table("own-2022")[1] == ["谯城区", "5", "隐去"]
    assert page.table("各库户数（2022年11月）")[1] == ["谯城区", "—", "7", "隐去"]
    rest = page.table("尚无数据或不公开的目标")[1:]
    assert [row[5] for row in rest if row[2].endswith("不公开")] == ["隐去"] and len(rest) == 2
    assert [row[0] for row in page.table("已有结果的目标")[1:]] == ["规上企业数", "亿元企业数", "制造业占比"]
    assert [row[1] for row in page.table("全市规上工业")[1:]] == ["30", "隐去"]


def test_the_same_release_gives_the_same_page(settings: Settings, release: Path) -> None:
    first = write_page(settings, release).read_bytes()
    assert write_page(settings, release).read_bytes() == first


def test_nothing_is_loaded_from_anywhere(rendered: tuple[str, Page]) -> None:
    text, _ = rendered
    assert "default-src 'none'" in text
    assert not [word for word in (" src=", "@import", "url(", "fetch(") if word in text.split("<script")[0]]


def test_a_changed_chart_library_is_refused(
    settings: Settings, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for file in write._ASSETS.iterdir():
        (assets / file.name).write_bytes(file.read_bytes())
    (assets / "echarts.min.js").write_text("alert(1)", encoding="utf-8")
    monkeypatch.setattr(write, "_ASSETS", assets)
    with pytest.raises(FuyouError) as raised:
        write_page(settings, release)
    assert raised.value.code == "page-asset-changed"


def test_a_folder_that_is_no_release_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FuyouError) as raised:
        write_page(settings, tmp_path)
    assert raised.value.code == "release-incomplete"
