"""The public database: aggregates only, nothing that gives a firm away, nothing that was not decided on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from fuyou_pipeline.dictionary import load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release import Release
from fuyou_pipeline.release.disclosure import load_disclosure
from fuyou_pipeline.release.public import PUBLIC
from fuyou_pipeline.release.suppression import TOTAL, Cell, CellFacts, is_sensitive
from fuyou_pipeline.settings import Settings
from tests.property.test_release_suppression import too_narrow
from tests.served import BINDING, TRIAL, YEARS, firms, make_served, manifest_file, targets

pytestmark = pytest.mark.thorough

PHONE = re.compile(rb"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")
MEASURES = {
    "public_enterprises": lambda firm: Decimal(1),
    "revenue_wan_total": lambda firm: firm["revenue_wan"],
    "value_added_wan_total": lambda firm: firm["value_added_wan"],
    "tax_paid_wan_total": lambda firm: firm["tax_paid_wan"],
    "land_own_mu_total": lambda firm: firm["land_own_mu"],
}


@pytest.fixture(autouse=True)
def without_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("public") / "data")


@pytest.fixture(scope="module")
def release(office: Settings) -> Iterator[Release]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fuyou_pipeline.warehouse.dbt.manifest_path", manifest_file)
        yield make_served(office, firms(300))


def read(release: Release, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(release.path / PUBLIC), read_only=True) as con:
        return con.execute(query).fetchall()


def truth(rows: list[dict[str, Any]], year: int, measure: str) -> dict[Cell, list[Decimal]]:
    """What each above-scale firm adds to each cell and margin, worked out by hand."""
    cells: dict[Cell, list[Decimal]] = {}
    for firm in rows:
        if firm["scale"] == "above" and firm["data_year"] == year:
            value = MEASURES[measure](firm)
            for cell in (
                (firm["area_code"], firm["industry_code"][:2]),
                (firm["area_code"], TOTAL),
                (TOTAL, firm["industry_code"][:2]),
                (TOTAL, TOTAL),
            ):
                cells.setdefault(cell, []).extend([] if value is None else [value])
    return cells


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("year", YEARS)
def test_figures_are_right_or_hidden_and_hidden_ones_cannot_be_worked_out(
    office: Settings, release: Release, year: int, measure: str
) -> None:
    cells = truth(firms(300), year, measure)
    shown = {
        (area, industry): value
        for area, industry, value in read(
            release,
            f"select public_area, public_industry, {measure} from marts.mart_public_industry"
            f" where data_year = {year}",
        )
    }
    assert shown.keys() == cells.keys()
    facts = {
        cell: CellFacts(len(values), float(sum(values)), float(max(values, default=0)))
        for cell, values in cells.items()
    }
    rule = load_disclosure(office).rule
    hidden = {cell for cell, value in shown.items() if value is None and cells[cell]}
    sensitive = {cell for cell, fact in facts.items() if is_sensitive(fact, rule)}

    assert sensitive and sensitive <= hidden and len(hidden) < len(cells)
    for cell, value in shown.items():
        if cell not in hidden:
            # Missing is not zero: no firm reports it, so there is no figure.
            assert value == (sum(cells[cell]) if cells[cell] else None)
    levels = {cell: rule.protection * facts[cell].total for cell in sensitive}
    assert too_narrow(facts, hidden, levels) == []


@pytest.mark.parametrize(
    ("table", "mart", "kind"),
    [
        ("mart_public_pool", "mart_scale_pool", "pool"),
        ("mart_public_support", "mart_support_enterprise", "if(is_covered, '已包保', '未包保')"),
    ],
)
def test_counts_of_pools_and_support_are_right_or_hidden(
    office: Settings, release: Release, table: str, mart: str, kind: str
) -> None:
    with duckdb.connect(str(release.database), read_only=True) as con:
        members = con.execute(f"select reporting_unit_code, {kind} from marts.{mart}").fetchall()
    cells: dict[Cell, int] = {}
    for area, of in members:
        for cell in ((area, of), (area, TOTAL), (TOTAL, of), (TOTAL, TOTAL)):
            cells[cell] = cells.get(cell, 0) + 1
    column = "public_pool" if table == "mart_public_pool" else "public_support"
    shown = {
        (area, of): count
        for area, of, count in read(
            release, f"select public_area, {column}, public_enterprises from marts.{table}"
        )
    }
    hidden = {cell for cell, count in shown.items() if count is None}
    rule = load_disclosure(office).rule

    assert shown.keys() == cells.keys()
    assert all(shown[cell] == cells[cell] for cell in cells.keys() - hidden)
    facts = {cell: CellFacts(count, count, 1) for cell, count in cells.items()}
    sensitive = {cell for cell, fact in facts.items() if is_sensitive(fact, rule)}
    assert sensitive <= hidden
    assert too_narrow(facts, hidden, {cell: rule.protection * facts[cell].total for cell in sensitive}) == []


def test_a_target_that_rests_on_few_firms_keeps_its_result(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first = make_served(settings, firms(10))
    columns = "target_id, actual_value, achieved_pct, status, is_suppressed"
    query = f"select {columns} from marts.mart_public_target order by 1"
    found = {name: facts for name, *facts in read(first, query)}
    assert [found[f"T00{n}"][0] for n in range(5)] == [700, None, 0, None, 1]
    assert found["T001"] == found["T003"] == [None, None, None, True]
    assert found["T000"][2:] == ["behind", False]

    # Corrected to a number that could be shown; the difference would tell.
    with pytest.MonkeyPatch.context() as patch:
        corrected = [{**row, "actual_value": Decimal(9)} for row in targets()]
        patch.setattr("tests.served.targets", lambda: corrected)
        later = make_served(settings, firms(10), number=1)
    assert [row[0] for row in read(later, query) if row[-1]] == ["T001", "T003"]


def test_no_firm_no_person_and_no_undecided_column_is_in_it(office: Settings, release: Release) -> None:
    dictionary = load_dictionary()
    decided = load_disclosure(office)
    named = {*decided.tables, *decided.aggregates, *decided.evaluation_results}
    tables = {
        name
        for (name,) in read(release, "select table_name from duckdb_tables() where schema_name = 'marts'")
    }
    assert tables == named
    for name in tables:
        columns = [column for (column, *_) in read(release, f"describe marts.{name}")]
        classes = {field.name: field.class_ for field in dictionary.columns_of(name)}
        assert {classes[column] for column in columns} == {"public"}, name
    content = "\n".join(str(read(release, f"select * from marts.{name}")) for name in sorted(tables))
    everything = content.encode() + (release.path / PUBLIC).read_bytes()
    assert not PHONE.search(everything)
    assert not [firm for firm in firms(300) if firm["enterprise_id"].encode() in everything]
    results = str(read(release, "select * from marts.mart_public_mu_result"))
    elsewhere = content.replace(results, "")
    assert not [firm for firm in firms(300) if firm["enterprise_name"] in elsewhere]


def test_the_scan_would_find_a_phone_number() -> None:
    assert PHONE.search("联系人 13805671234".encode()) and PHONE.search(b"0558-5123456")
    assert not PHONE.search(b"91341600MA000001XX 1380567123400")


def test_evaluation_results_leave_only_as_the_publicity_of_a_binding_scheme_says(release: Release) -> None:
    found = read(
        release,
        "select scheme, count(*), count(final_class), count(total_score), count(rank)"
        " from marts.mart_public_mu_result group by all",
    )
    graded = sum(f["scale"] == "above" and f["data_year"] == YEARS[-1] for f in firms(300))
    assert found == [(BINDING, graded, graded, 0, 0)]
    assert read(release, "select distinct scheme from marts.mart_public_mu_class") == [(BINDING,)]
    with duckdb.connect(str(release.database), read_only=True) as con:
        schemes = con.execute("select distinct scheme from marts.mart_mu_score order by 1").fetchall()
    assert schemes == [(BINDING,), (TRIAL,)]


def hidden_cells(release: Release) -> set[tuple[Any, ...]]:
    return set(
        read(
            release,
            "select data_year, public_area, public_industry from marts.mart_public_industry"
            " where revenue_wan_total is null",
        )
    )


def test_hidden_stays_hidden_across_corrections_and_looks_back(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    rows = firms(200)
    first = make_served(settings, rows)
    again = make_served(settings, rows, number=1)
    assert hidden_cells(first) == hidden_cells(again)
    assert (first.path / "suppressed.csv").read_bytes() == (again.path / "suppressed.csv").read_bytes()

    # A look back knows only the first year; the release after it must not forget the second.
    make_served(settings, [r for r in rows if r["data_year"] == YEARS[0]], number=2, is_as_of_build=True)
    even = [{**row, "revenue_wan": Decimal(1000)} for row in rows]
    later = make_served(
        settings,
        [
            *even,
            *(
                {
                    **row,
                    "enterprise_id": f"{row['enterprise_id'][:-2]}{n:02}",
                    "enterprise_name": f"{row['enterprise_name']}{n}",
                }
                for row in even
                for n in range(2)
            ),
        ],
        number=3,
    )
    assert hidden_cells(first) <= hidden_cells(later)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"min_firms": 1}, "min_firms"),
        ({"max_share_pct": 0}, "max_share_pct"),
        ({"tables": {"dim_enterprise": {}}}, "tables.dim_enterprise"),
        ({"tables": {"dim_area": {"which": "x"}}}, "tables.dim_area.which"),
        ({"tables": {"dim_area": {"hide_when": "true", "hide": ["nonsense"]}}}, "tables.dim_area.hide"),
        ({"tables": {"dim_area": {"hide_when": "true"}}}, "tables.dim_area"),
    ],
)
def test_rules_that_would_give_firms_away_are_refused(
    settings: Settings, change: dict[str, Any], place: str
) -> None:
    rules = yaml.safe_load(settings.reference("disclosure.yaml").read_text(encoding="utf-8"))
    settings.office_reference.mkdir(parents=True)
    (settings.office_reference / "disclosure.yaml").write_text(
        yaml.safe_dump(rules | change), encoding="utf-8"
    )
    with pytest.raises(FuyouError) as error:
        make_served(settings, firms(10))
    assert error.value.code == "disclosure-invalid" and error.value.where["path"] == place
