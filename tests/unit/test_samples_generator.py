"""The generator of simulated extracts: same seed, same bytes; totals as published; no real gap filled."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.samples import generate
from fuyou_pipeline.samples.accounts import (
    FICTITIOUS_AREA,
    ITEMS,
    UNPUBLISHED_ITEMS,
    quarter_accounts,
    year_accounts,
)
from fuyou_pipeline.samples.city import City, make_city
from fuyou_pipeline.samples.codes import check_character, credit_code, spoil_check_digit
from fuyou_pipeline.samples.finance import ABOVE_SCALE_SHARE_OF_INDUSTRY, year_index
from fuyou_pipeline.samples.published import PUBLISHED_FIGURES, published
from fuyou_pipeline.samples.small_cut import SMALL_CUT, write_small_cut
from fuyou_pipeline.samples.structure import INDUSTRIES

BOZHOU = "341600"


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(2022)


@pytest.fixture(scope="module")
def small_cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small")
    write_small_cut(out)
    return out


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contents(folder: Path) -> dict[str, object]:
    """Relative path → bytes, or the unpacked parts of a workbook (its packing depends on the zlib in use)."""
    found: dict[str, object] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as parts:
                found[name] = {part: parts.read(part) for part in sorted(parts.namelist())}
        else:
            found[name] = path.read_bytes()
    return found


def test_the_published_examples_of_credit_codes_check() -> None:
    for code in ("91110000101623741K", "1134160073302996XP"):
        assert check_character(code[:17]) == code[17]
    made = credit_code("341602", 123_456)
    assert len(made) == 18
    assert check_character(made[:17]) == made[17]
    assert check_character(spoil_check_digit(made)[:17]) != spoil_check_digit(made)[17]


def test_same_seed_same_bytes_and_another_seed_other_bytes(tmp_path: Path) -> None:
    options = {"size": 0.02, "below": 5, "years": (2021, 2022), "every_month": False}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        generate(tmp_path / name, seed=seed, **options)  # type: ignore[arg-type]
    first, second, other = (digests(tmp_path / name) for name in "abc")
    assert first == second
    assert first != other


def test_fewer_years_do_not_change_a_file(tmp_path: Path) -> None:
    for name, years in (("long", (2020, 2023)), ("short", (2022, 2022))):
        generate(tmp_path / name, size=0.02, below=5, years=years, datasets=["tax_paid", "land_parcels"])
    long, short = digests(tmp_path / "long"), digests(tmp_path / "short")
    assert short
    assert {name: long[name] for name in short} == short


def test_committed_cut_is_what_the_generator_makes(small_cut: Path) -> None:
    assert contents(SMALL_CUT) == contents(small_cut)


def test_committed_cut_is_small() -> None:
    assert sum(path.stat().st_size for path in SMALL_CUT.rglob("*") if path.is_file()) < 1_000_000


def test_library_has_the_published_stock_and_entries(city: City) -> None:
    assert len(city.firms.in_library(202111)) == published(BOZHOU, 202111, "规模以上工业企业数", "count")
    entered = [s for s in city.firms.spells if 202101 <= s.entered <= 202111]
    assert len(entered) == published(BOZHOU, 202111, "新增规模以上工业企业数", "count")
    assert all(s.is_first for s in entered)


def test_codes_and_names_are_unique_valid_and_plainly_fictitious(city: City) -> None:
    assert len(set(city.codes)) == len(city.codes) == len(set(city.firms.names))
    assert all(check_character(code[:17]) == code[17] for code in city.codes)
    assert all("示例" in name and "模拟" in name for name in city.firms.names)


@pytest.mark.parametrize("year", range(2019, 2025))
def test_value_added_of_the_library_sums_to_its_share_of_industry(city: City, year: int) -> None:
    made = city.money.value_added[city.above_scale(year), year_index(year)].sum() / 100_000
    industry = year_accounts(year)[0].current["industry"]
    assert industry is not None
    assert made == pytest.approx(industry * ABOVE_SCALE_SHARE_OF_INDUSTRY, rel=0.005)


def test_car_chain_makes_the_published_output(city: City) -> None:
    cars = [i for i in city.above_scale(2023) if INDUSTRIES[city.firms.industry[i]].code[:2] == "36"]
    output = city.money.output[cars, year_index(2023)].sum() / 100_000
    assert output == pytest.approx(published(BOZHOU, 2023, "汽车及零部件产业产值"), rel=0.02)


def test_revenue_is_heavy_tailed_and_mostly_above_the_threshold(city: City) -> None:
    revenue = city.money.revenue[city.above_scale(2022), year_index(2022)] / 10
    assert revenue.max() > 50 * float(sorted(revenue)[len(revenue) // 2])
    assert (revenue >= 2000).mean() > 0.9
    assert (revenue > 10_000).sum() > 150


@pytest.mark.parametrize("year", range(2019, 2025))
def test_accounts_print_what_was_published(year: int) -> None:
    labels = {
        "gdp": "地区生产总值",
        "primary": "第一产业增加值",
        "secondary": "第二产业增加值",
        "tertiary": "第三产业增加值",
        "industry": "工业增加值",
        "construction": "建筑业增加值",
    }
    with PUBLISHED_FIGURES.open(encoding="utf-8") as file:
        rows = [
            r for r in csv.DictReader(file) if r["period"] == str(year) and r["kind"] in ("level", "yoy_pct")
        ]
    # of several vintages of one figure the later row is the one to match
    wanted = {(r["area_code"], r["indicator"], r["kind"]): float(r["value"]) for r in rows}
    for account in year_accounts(year):
        for item, label in labels.items():
            for kind, made in (("level", account.current), ("yoy_pct", account.growth_pct)):
                figure = wanted.get((account.area_code, label, kind))
                if figure is not None:
                    assert made[item] == figure, (account.area_code, year, item, kind)


def test_nothing_simulated_fills_what_nobody_publishes() -> None:
    for year in range(2019, 2025):
        accounts = [*year_accounts(year), *(a for q in (1, 2, 3) for a in quarter_accounts(year, q))]
        for account in accounts:
            fictitious = account.area_code == FICTITIOUS_AREA[0]
            for item in UNPUBLISHED_ITEMS:
                assert (account.current[item] is not None) == fictitious
            assert all((account.constant[item] is not None) == fictitious for item in ITEMS)


def test_accounts_add_up() -> None:
    for year in range(2019, 2025):
        accounts = {a.area_code: a.current for a in year_accounts(year)}
        for levels in accounts.values():
            sectors = sum(levels[k] or 0 for k in ("primary", "secondary", "tertiary"))
            assert sectors == pytest.approx(levels["gdp"] or 0, abs=0.11)
            parts = (levels["industry"] or 0) + (levels["construction"] or 0)
            assert parts == pytest.approx(levels["secondary"] or 0, abs=0.5)
        counties = sum(accounts[c]["gdp"] or 0 for c in ("341602", "341621", "341622", "341623"))
        assert counties == pytest.approx(accounts[BOZHOU]["gdp"] or 0, abs=0.05)


def test_every_good_file_says_it_is_simulated_and_opens_in_plain_readers(small_cut: Path) -> None:
    for path in sorted(small_cut.rglob("*.xlsx")):
        sheets = CalamineWorkbook.from_path(path)
        rows = [row for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python()]
        assert any("模拟数据" in str(cell) for row in rows for cell in row), path.name
        book = openpyxl.load_workbook(path, read_only=True)
        assert sum(1 for sheet in book for _ in sheet.iter_rows()) > 3
        book.close()
    for path in sorted(small_cut.rglob("*.csv")):
        if "截图" in path.name:
            assert path.read_bytes().startswith(b"\x89PNG")
        elif path.name == PUBLISHED_FIGURES.name:
            assert path.read_bytes() == PUBLISHED_FIGURES.read_bytes()
            assert "模拟数据" not in path.read_text(encoding="utf-8")
        else:
            assert "模拟数据" in path.read_text(encoding="gb18030")


def test_unknown_extract_or_year_is_refused_in_chinese(tmp_path: Path) -> None:
    for options in ({"datasets": ["nothing"]}, {"years": (2010, 2012)}):
        with pytest.raises(FuyouError) as caught:
            generate(tmp_path, **options)
        assert caught.value.code == "sample-option"
    assert list(tmp_path.iterdir()) == []
