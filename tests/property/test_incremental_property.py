"""Making anew only what changed gives the tables of a full build, whatever came in which order."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fuyou_pipeline.parameters import write_parameters
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import build as builds
from fuyou_pipeline.warehouse import dbt, touched
from tests import lake

MODELS = ("+int_operation__firms", "+mart_operation_monthly", "+mart_revision", "+stg_power__electricity")
MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023) for month in (2, 3, 11, 12)]
FIRMS = "ABCDE"
UNITS = ("341602", "341600-GXQ", "341621")


def build(settings: Settings, models: tuple[str, ...] = MODELS) -> touched.Touched | None:
    """Build the models as the warehouse asset does; what was made anew (None: everything)."""
    write_parameters(settings)
    lake.share_manifest(settings)
    before, state = builds.last_build(settings), touched.state_of(settings)
    changed = touched.touched(settings, state, before)
    begun = builds.begin(settings, "property-run")
    dbt.run(settings, ["build", "--select", *models], touched=changed)
    touched.remember(settings, builds.finish(settings, begun), state)
    return changed


def tables(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        found = con.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1")
        return {
            name: sorted(con.execute(f"select * from {name}").fetchall(), key=repr)
            for (name,) in found.fetchall()
        }


def equal_to_a_full_build(
    settings: Settings, folder: Path, models: tuple[str, ...], since_the_last_build: tuple[str, ...] = ()
) -> dict[str, list[tuple[Any, ...]]]:
    """The tables, which are those of a build of the same lake in ``folder``; some tell of the last build."""
    whole = Settings(data_dir=folder)
    whole.root.mkdir()
    for name in ("lake", "reference"):
        if (settings.root / name).exists():
            (whole.root / name).symlink_to(settings.root / name)
    assert build(whole, models) is None
    ours, theirs = tables(settings), tables(whole)
    for name in since_the_last_build:
        ours.pop(name), theirs.pop(name)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    return ours


def land_something(settings: Settings, chance: random.Random, day: int) -> None:
    """One file of a random extract and month; a month sent before is restated, often with firms left out."""
    dataset = chance.choice(["industrial_output", "financials", "enterprise_registry", "electricity"])
    month = chance.choice(MONTHS)
    rows = []
    for firm in chance.sample(FIRMS, chance.randint(1, len(FIRMS))):
        figure = chance.randint(1, 999)
        rows.append(
            {
                "industrial_output": {"output_month_wan": figure, "output_ytd_wan": figure * 3},
                "financials": {"revenue_ytd_wan": figure, "profit_ytd_wan": figure - 500},
                "electricity": {"meter_no": "1", "grid_kwh": figure},
                "enterprise_registry": {
                    "enterprise_name": f"{firm}{chance.randint(1, 2)}公司",
                    "area_code": "341602",
                    "reporting_unit_code": chance.choice(UNITS),
                    "industry_code": chance.choice(["1512", "2730"]),
                    "library_entry_month": "2020-01",
                    "operating_status": "正常",
                },
            }[dataset]
            | {"enterprise_id": firm}
        )
    received = date(2024, 1, 1) + timedelta(days=day)
    lake.land(settings, dataset, rows, period=month, received=received.isoformat())


def retract_something(settings: Settings, chance: random.Random) -> None:
    """A file leaves the lake, as one that a mended contract replaces does."""
    files = sorted(settings.lake.glob("*/period=*/*.parquet"))
    chance.choice(files).unlink()


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(1, 4, marks=pytest.mark.thorough),
        *(pytest.param(seed, 12, marks=pytest.mark.slow) for seed in range(2, 8)),
    ],
)
def test_increments_and_full_builds_give_the_same_tables(
    settings: Settings, tmp_path: Path, seed: int, steps: int
) -> None:
    chance = random.Random(seed)
    lake.empty_lake(settings)
    day = 0
    for _ in range(12):
        land_something(settings, chance, day := day + 1)
    assert build(settings) is None, "the first build makes everything"
    for _ in range(steps):
        for _ in range(chance.randint(1, 3)):
            land_something(settings, chance, day := day + 1)
        if chance.random() < 0.3:
            retract_something(settings, chance)
        assert build(settings) is not None, "an increment"
    assert build(settings) == {}
    ours = equal_to_a_full_build(settings, tmp_path / "whole", MODELS)
    assert len(ours["intermediate.int_operation__firms"]) > 20
    assert ours["marts.mart_revision"]


@pytest.mark.thorough
def test_a_month_that_comes_leaves_the_other_months_alone(settings: Settings) -> None:
    chance = random.Random(3)
    lake.empty_lake(settings)
    for day in range(20):
        land_something(settings, chance, day)
    build(settings)
    rows = [{"enterprise_id": "A", "output_month_wan": 5, "output_ytd_wan": 60}]
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("alter table staging.stg_statistics__industrial_output rename column _sheet to _mark")
        con.execute("update staging.stg_statistics__industrial_output set _mark = 'left alone'")
        con.execute("alter table staging.stg_statistics__industrial_output rename column _mark to _sheet")
    lake.land(settings, "industrial_output", rows, period="2023-11", received="2024-03-01")
    assert build(settings) == {"industrial_output": ["2023-11"]}
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        marks = con.execute(
            "select distinct _period = '2023-11', _sheet = 'left alone'"
            " from staging.stg_statistics__industrial_output"
        ).fetchall()
    assert sorted(marks) == [(False, True), (True, False)]


EVALUATION = (
    *("+mart_mu_score", "+mart_mu_score_item", "+mart_mu_objection"),
    *("+mart_measure_source", "+fct_enterprise_year"),
)
YEARS = (2021, 2022, 2023)


def two_schemes(settings: Settings) -> None:
    """The city's scheme for the years 2022 and 2023; the second looks back to the first for a base."""
    text = settings.reference("schemes", "bozhou-2022-placeholder.yaml").read_text(encoding="utf-8")
    folder = settings.office_reference / "schemes"
    folder.mkdir(parents=True)
    later = text.replace("bozhou-2022-placeholder", "bozhou-2023").replace(
        "data_year: 2022", "data_year: 2023"
    )
    later = later.replace("evaluation_year: 2023", "evaluation_year: 2024")
    later = later.replace("base: {stat: pooled_mean, over: group}", "base: {stat: mean, year_offset: -1}", 1)
    (folder / "bozhou-2023.yaml").write_text(later, encoding="utf-8")


def land_for_evaluation(settings: Settings, chance: random.Random, day: int, year: int | None = None) -> None:
    """One file of a year that an evaluation draws on."""
    year = year or chance.choice(YEARS)
    firms = [{"enterprise_id": firm} for firm in chance.sample(FIRMS, chance.randint(2, len(FIRMS)))]

    def figure() -> int:
        return chance.randint(1, 900)

    dataset = chance.choice(
        ["enterprise_registry", "tax_paid", "land_parcels", "annual_financials", "decision"]
    )
    period, sender = str(year), "statistics"
    if dataset == "decision":
        dataset, sender = chance.choice(["evaluation_adjustments", "objections"]), "bureau"
        period = str(max(year, 2022))
    filled: dict[str, dict[str, Any]] = {
        "enterprise_registry": {
            "enterprise_name": "某公司",
            "area_code": "341602",
            "reporting_unit_code": "341602",
            "industry_code": "1512",
            "opened_on": date(2015, 1, 1),
            "library_entry_month": "2020-01",
            "operating_status": chance.choice(["正常", "停产"]),
        },
        "tax_paid": {"tax_paid_wan": figure()},
        "land_parcels": {"tenure": "own", "area_mu": figure(), "area_code": "341602"},
        "annual_financials": {"revenue_wan": figure(), "employees_average": figure()},
        "evaluation_adjustments": {
            "scheme": f"bozhou-{max(year, 2022)}" + ("-placeholder" if year < 2023 else ""),
            "evaluated_year": max(year, 2022),
            "adjustment_kind": "bonus",
            "adjustment_flag": "示范",
            "adjustment_points": 3,
        },
        "objections": {
            "scheme": f"bozhou-{max(year, 2022)}" + ("-placeholder" if year < 2023 else ""),
            "evaluated_year": max(year, 2022),
            "objected_on": date(2024, 2, 1),
            "objected_measure": "tax_paid_wan",
            "objection_outcome": "upheld",
            "decided_value": figure(),
            "decided_on": date(2024, 2, 9),
        },
    }
    rows = []
    for number, firm in enumerate(firms):
        row = firm | filled[dataset]
        if dataset == "objections":
            row |= {"objection_no": f"{day}-{number}"}
        elif dataset == "enterprise_registry":
            # Firms change names and codes, and take what others had: figures of other years move along.
            row |= {"enterprise_name": f"{chance.choice(FIRMS)}公司"}
            row |= {"former_ids": f"旧{chance.choice(FIRMS)}"} if chance.random() < 0.3 else {}
        elif dataset == "land_parcels":
            row |= {"parcel_no": str(number), "enterprise_name": f"{firm['enterprise_id']}公司"}
            row |= {"enterprise_id": None} if chance.random() < 0.5 else {}
        elif dataset == "tax_paid" and chance.random() < 0.3:
            row |= {"enterprise_id": f"旧{firm['enterprise_id']}"}
        rows.append(row)
    if dataset == "enterprise_registry":
        period = f"{year}-12"
    received = date(2024, 1, 1) + timedelta(days=day)
    lake.land(settings, dataset, rows, period=period, received=received.isoformat(), sender=sender)


def scored_anew(settings: Settings) -> set[str]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        found = con.execute("select scheme from intermediate.int_mu_due where is_due").fetchall()
    return {scheme for (scheme,) in found}


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(1, 4, marks=pytest.mark.thorough),
        *(pytest.param(seed, 12, marks=pytest.mark.slow) for seed in range(2, 5)),
    ],
)
def test_schemes_scored_anew_and_a_full_build_give_the_same_tables(
    settings: Settings, tmp_path: Path, seed: int, steps: int
) -> None:
    chance = random.Random(seed)
    two_schemes(settings)
    lake.empty_lake(settings)
    day = 0
    for _ in range(30):
        land_for_evaluation(settings, chance, day := day + 1)
    assert build(settings, EVALUATION) is None
    for _ in range(steps):
        land_for_evaluation(settings, chance, day := day + 1)
        if chance.random() < 0.3:
            retract_something(settings, chance)
        assert build(settings, EVALUATION) is not None, "an increment"
    ours = equal_to_a_full_build(
        settings,
        tmp_path / "whole",
        EVALUATION,
        ("intermediate.int_mu_due", "intermediate.int_identity__moved"),
    )
    assert len(ours["marts.mart_mu_score"]) > 5


LOOKING_BACK = (
    *("+int_sales__rolling", "+int_revenue__forecast"),
    *("+int_warning__measures", "+int_identity__names"),
)
ALL_MONTHS = [f"{year}-{month:02d}" for year in range(2019, 2024) for month in range(1, 13)]


def land_what_later_months_need(
    settings: Settings, chance: random.Random, day: int, dataset: str, period: str
) -> None:
    """One file; now and then a firm, a cumulative figure or one basis of sales is missing in it."""
    rows = []
    for firm in FIRMS:
        # The first firm is always there, so that its figures have no gaps; the last begins in 2021.
        if (firm != "A" and chance.random() < 0.04) or (firm == "E" and period < "2021"):
            continue
        figure = chance.randint(1, 99) + (int(period[5:7]) * 100 if len(period) == 7 else 0)
        opened = date(2021, 4, 1) if firm == "E" else date(2015, 1, 1)
        rows.append(
            {
                "tax_sales": {
                    "sales_ytd_wan": None if firm == "B" and chance.random() < 0.1 else figure,
                    "sales_month_wan": figure % 100,
                    "sales_basis": "declared" if firm == "C" and chance.random() < 0.2 else "invoiced",
                },
                "tax_paid": {"tax_paid_wan": figure},
                "electricity": {"meter_no": "1", "grid_kwh": figure},
                "industrial_output": {"output_month_wan": figure % 100, "output_ytd_wan": figure},
                "financials": {"revenue_ytd_wan": figure, "revenue_ytd_last_year_wan": figure - 50},
                "annual_financials": {"revenue_wan": 1200 + figure},
                "enterprise_registry": {
                    "enterprise_name": f"{firm}{chance.randint(1, 2)}公司",
                    "area_code": chance.choice(["341602", "341621", None]),
                    "industry_code": "1512",
                    "opened_on": date(2020, 9, 1) if chance.random() < 0.2 else opened,
                    "library_entry_month": "2020-01",
                },
            }[dataset]
            | {"enterprise_id": firm}
        )
    received = date(2024, 1, 1) + timedelta(days=day)
    lake.land(settings, dataset, rows, period=period, received=received.isoformat())


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        pytest.param(1, 4, marks=pytest.mark.thorough),
        *(pytest.param(seed, 12, marks=pytest.mark.slow) for seed in range(2, 8)),
    ],
)
def test_months_that_look_back_and_a_full_build_give_the_same_tables(
    settings: Settings, tmp_path: Path, seed: int, steps: int
) -> None:
    chance = random.Random(seed)
    lake.empty_lake(settings)
    periods = {
        "tax_sales": ALL_MONTHS,
        "financials": [month for month in ALL_MONTHS if month[5:] != "01"],
        "industrial_output": [month for month in ALL_MONTHS if month[5:] != "01"],
        "electricity": ALL_MONTHS,
        "enterprise_registry": ["2020-12", "2021-12", "2022-12", "2023-11"],
        "tax_paid": [f"{year}Q{quarter}" for year in range(2020, 2024) for quarter in range(1, 5)],
        "annual_financials": ["2020", "2021", "2022"],
    }
    day = 0
    for dataset, of_it in periods.items():
        for period in of_it:
            if chance.random() < 0.98:
                land_what_later_months_need(settings, chance, day, dataset, period)
    assert build(settings, LOOKING_BACK) is None
    for _ in range(steps):
        for _ in range(chance.randint(1, 2)):
            dataset = chance.choice(list(periods))
            # Mostly what is new or nearly so, as in an office; sometimes an old period again.
            period = chance.choice(periods[dataset][-3:] if chance.random() < 0.6 else periods[dataset])
            land_what_later_months_need(settings, chance, day := day + 1, dataset, period)
        if chance.random() < 0.3:
            retract_something(settings, chance)
        assert build(settings, LOOKING_BACK) is not None, "an increment"
    ours = equal_to_a_full_build(
        settings, tmp_path / "whole", LOOKING_BACK, ("intermediate.int_registry__begun",)
    )
    rolled = [row for row in ours["intermediate.int_sales__rolling"] if row[0] == "A" and row[4] is not None]
    assert len(rolled) > 20, "sales of twelve months"


@pytest.mark.thorough
def test_a_year_that_comes_leaves_other_schemes_as_they_were_scored(settings: Settings) -> None:
    chance = random.Random(5)
    two_schemes(settings)
    lake.empty_lake(settings)
    for day in range(40):
        land_for_evaluation(settings, chance, day)
    build(settings, EVALUATION)
    assert {"bozhou-2022-placeholder", "bozhou-2023"} <= scored_anew(settings)
    tax = [{"enterprise_id": firm, "tax_paid_wan": 777} for firm in FIRMS]
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("update marts.mart_mu_score set class_reason = 'left alone'")
    lake.land(settings, "tax_paid", tax, period="2023", received="2024-05-01")
    build(settings, EVALUATION)
    anew = scored_anew(settings)
    assert "bozhou-2023" in anew and "bozhou-2022-placeholder" not in anew
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        marks = con.execute(
            "select distinct scheme, coalesce(class_reason = 'left alone', false) from marts.mart_mu_score"
            " where scheme in ('bozhou-2022-placeholder', 'bozhou-2023')"
        ).fetchall()
    assert sorted(marks) == [("bozhou-2022-placeholder", True), ("bozhou-2023", False)]
    # What the later scheme looks back to is a year of it too.
    lake.land(settings, "tax_paid", tax, period="2022", received="2024-05-02")
    build(settings, EVALUATION)
    assert {"bozhou-2022-placeholder", "bozhou-2023"} <= scored_anew(settings)


def test_models_made_by_period_name_every_extract_they_read(settings: Settings) -> None:
    lake.share_manifest(settings)
    manifest = json.loads(dbt.manifest_path(settings).read_text(encoding="utf-8"))
    named = {
        unique_id: set(follows)
        for unique_id, node in manifest["nodes"].items()
        if isinstance(follows := (node["config"]["meta"].get("by_period") or {}).get("follows"), dict)
    }
    assert len(named) >= 5
    extracts = [name.split(".")[-1] for name in manifest["sources"] if ".lake." in name]
    read = {
        unique_id: {
            extract
            for extract in extracts
            if unique_id not in touched.unaffected(manifest["parent_map"], {extract: ["2023-12"]})
        }
        for unique_id in named
    }
    assert named == read


def test_what_else_changed_makes_all_anew(settings: Settings) -> None:
    lake.empty_lake(settings)
    lake.land(settings, "electricity", [{"enterprise_id": "A"}], period="2022-03")
    settings.warehouse_dir.mkdir()
    settings.warehouse_file.touch()
    settings.parameters.mkdir()

    def changes(of: Settings) -> touched.Touched | None:
        return touched.touched(of, touched.state_of(of), builds.last_build(of))

    assert changes(settings) is None
    touched.remember(
        settings, builds.finish(settings, builds.begin(settings, "run")), touched.state_of(settings)
    )
    assert changes(settings) == {}
    lake.land(settings, "electricity", [{"enterprise_id": "A"}], period="2022-04")
    mixed = [{"enterprise_id": "A", "_period": month} for month in ("2022-05", "2022-07")]
    lake.land(settings, "tax_sales", mixed)
    assert changes(settings) == {"electricity": ["2022-04"], "tax_sales": ["2022-05", "2022-07"]}
    assert changes(settings.model_copy(update={"as_of": date(2022, 12, 31)})) is None
    own = settings.office_reference / "target.csv"
    own.parent.mkdir(parents=True)
    own.write_text("target_id\n", encoding="utf-8")
    assert changes(settings) is None
    own.unlink()
    (settings.parameters / "scheme.parquet").write_bytes(b"another")
    assert changes(settings) is None
    (settings.parameters / "scheme.parquet").unlink()
    next(settings.lake.glob("tax_sales/period=mixed/*.parquet")).unlink()
    assert changes(settings) == {"electricity": ["2022-04"]}, "it was never in the warehouse"
    builds.spoil(settings)
    assert changes(settings) is None, "a warehouse that somebody changed by hand"


def test_a_build_that_did_not_end_well_is_followed_by_a_full_one(settings: Settings) -> None:
    lake.empty_lake(settings)
    settings.warehouse_dir.mkdir()
    settings.warehouse_file.touch()
    done = builds.finish(settings, builds.begin(settings, "good"))
    touched.remember(settings, done, touched.state_of(settings))
    assert touched.touched(settings, touched.state_of(settings), done) == {}
    failed = builds.begin(settings, "bad")
    assert touched.touched(settings, touched.state_of(settings), failed) is None
