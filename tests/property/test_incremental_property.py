"""Making anew only what changed gives the tables of a full build, whatever came in which order."""

from __future__ import annotations

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


def build(settings: Settings) -> touched.Touched | None:
    """Build the models as the warehouse asset does; what was made anew (None: everything)."""
    write_parameters(settings)
    lake.share_manifest(settings)
    before, state = builds.last_build(settings), touched.state_of(settings)
    changed = touched.touched(settings, state, before)
    begun = builds.begin(settings, "property-run")
    dbt.run(settings, ["build", "--select", *MODELS], touched=changed)
    touched.remember(settings, builds.finish(settings, begun), state)
    return changed


def tables(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        found = con.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1")
        return {
            name: sorted(con.execute(f"select * from {name}").fetchall(), key=repr)
            for (name,) in found.fetchall()
        }


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
    whole = Settings(data_dir=tmp_path / "whole")
    whole.root.mkdir()
    (whole.root / "lake").symlink_to(settings.lake)
    assert build(whole) is None
    ours, theirs = tables(settings), tables(whole)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
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
