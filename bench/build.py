"""All tables and checks against their own SQL in bare DuckDB, marts in pandas, size, and one month more."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.harness import Measured, Row, clock, measured
from fuyou_pipeline.settings import Settings

YEARS, FEW_YEARS = (2019, 2024), (2023, 2024)
"""History of six years (all that the generator has) and of two."""
NEWEST = "2024-12"
SECONDS_PER_NODE = 0.05
NATION, BELOW_IN_NATION = 400, 100
"""From this size on cities have few firms below scale: the nation is counted in 规上 firms."""
PANDAS_MART = "mart_operation_monthly"


def rows(size: int, folder: Path) -> list[Row]:
    """The rows of the family."""
    small = max(1, size // 4)
    whole, long, short = (_settings(folder / name) for name in ("whole", "long", "short"))
    below = BELOW_IN_NATION if size >= NATION else None
    measured(prepare, whole, size, YEARS, below)
    ours = measured(build_all, whole)
    floor = measured(bare_sql, whole, folder)
    if ours.result[0] != floor.result:
        differing = sorted(set(ours.result[0].items()) ^ set(floor.result.items()))
        raise RuntimeError(f"the same SQL gave other tables: {differing[:6]}")
    found = [_against_floor(size, ours, floor)]
    found.append(_against_pandas(size, whole))
    for settings, years in ((long, YEARS), (short, FEW_YEARS)):
        measured(prepare, settings, small, years, below)
        measured(build_without_newest, settings)
    added, added_short = measured(add_newest, long), measured(add_newest, short)
    again = measured(build_all, long)
    if added.result != again.result[0]:
        raise RuntimeError("one month more gave other tables than a full build")
    what = f"adding a month, {small}×"
    found.append(
        Row(f"{what}, 6 years of history", "2 years of history", added, added_short, 1.1, is_speed=False)
    )
    found.append(Row(f"{what}, 6 years of history", "a full rebuild", added, again, 0.1, is_speed=False))
    if size > small:
        linear = replace(again, seconds=again.seconds * size / small)
        # An exponent of 1.05 in size.
        found.append(
            Row(
                f"build, {size}×",
                f"linear from {small}×",
                ours,
                linear,
                (size / small) ** 0.05,
                is_speed=False,
            )
        )
    return found


def _against_floor(size: int, ours: Measured, floor: Measured) -> Row:
    nodes = ours.result[1]
    if size >= NATION:
        return Row(f"build, {size}×", "same SQL, bare DuckDB", ours, floor, 1.15, is_speed=False)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    start = time.perf_counter() - began
    allowed = replace(floor, seconds=floor.seconds + start + SECONDS_PER_NODE * nodes)
    against = f"bare DuckDB ({floor.seconds:.1f} s) + 50 ms × {nodes} nodes"
    return Row(f"build, {size}×", against, ours, allowed, 1.2, is_speed=False)


def _against_pandas(size: int, settings: Settings) -> Row:
    ours, plain = measured(mart_with_dbt, settings), measured(mart_with_pandas, settings)
    # Pandas rounds doubles, and half to even: the last digit may differ.
    pairs = zip(ours.result, plain.result, strict=True)
    if any(a[:2] != b[:2] or max(abs(a[2] - b[2]), abs(a[3] - b[3])) > 1 for a, b in pairs):
        raise RuntimeError(f"pandas has other figures: {ours.result[:3]} {plain.result[:3]}")
    return Row(f"{PANDAS_MART} from the lake, {size}×", "pandas", ours, plain, 10, is_speed=True)


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, dagster_home_override=folder / "dagster")


def prepare(settings: Settings, size: int, years: tuple[int, int], below: int | None) -> None:
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.parameters import write_parameters
    from fuyou_pipeline.samples.lake import generate_lake
    from fuyou_pipeline.warehouse import dbt

    generate_lake(settings, load_contracts(settings), size=size, years=years, below=below)
    write_parameters(settings)
    dbt.manifest_path(settings)


def build_all(settings: Settings) -> tuple[dict[str, int], int]:
    """Every table and check anew; rows by table, and nodes."""
    from fuyou_pipeline.warehouse import dbt

    with clock():
        dbt.run(settings, ["build", "--exclude-resource-type", "unit_test"])
    return _counts(settings.warehouse_file), len(_executed(settings))


def bare_sql(settings: Settings, folder: Path) -> dict[str, int]:
    """The statements that dbt compiled, in its order, in one process; SQL names the catalog by the file."""
    import duckdb

    path = folder / "bare" / settings.warehouse_file.name
    path.parent.mkdir()
    spill = path.parent / "spill"
    executed, kinds = _executed(settings), _materialized(settings)
    with clock(), duckdb.connect(str(path), config={"memory_limit": settings.memory_limit}) as con:
        con.execute(f"set threads = {settings.threads}; set temp_directory = '{spill}'")
        con.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        con.execute("create schema staging; create schema intermediate; create schema marts")
        for entry in executed:
            if entry["unique_id"].startswith("model."):
                kind = kinds[entry["unique_id"]]
                con.execute(f"create {kind} {entry['relation_name']} as ({entry['compiled_code']})")
            else:
                con.execute(entry["compiled_code"]).fetchall()
    counts = _counts(path)
    path.unlink()
    return counts


def _executed(settings: Settings) -> list[dict[str, Any]]:
    """Models and checks of the last invocation, in the order in which they began."""
    results = json.loads((settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    chosen = [entry for entry in results if entry["unique_id"].startswith(("model.", "test."))]
    return sorted(chosen, key=lambda entry: entry["timing"][-1]["started_at"])


def _materialized(settings: Settings) -> dict[str, str]:
    """``table`` or ``view`` by model."""
    from fuyou_pipeline.warehouse import dbt

    manifest = json.loads(dbt.manifest_path(settings).read_text(encoding="utf-8"))
    return {name: node["config"]["materialized"] for name, node in manifest["nodes"].items()}


def _counts(path: Path) -> dict[str, int]:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as con:
        names = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by 1"
        ).fetchall()
        return {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in names}


def build_without_newest(settings: Settings) -> None:
    """A finished build of everything but the newest month, whose files are put aside."""
    for path in settings.lake.glob(f"*/period={NEWEST}/*.parquet"):
        aside = settings.root / "aside" / path.relative_to(settings.lake)
        aside.parent.mkdir(parents=True, exist_ok=True)
        path.replace(aside)
    _build(settings)


def add_newest(settings: Settings) -> dict[str, int]:
    """The newest month comes; dbt's time alone."""
    for path in (settings.root / "aside").rglob("*.parquet"):
        path.replace(settings.lake / path.relative_to(settings.root / "aside"))
    _build(settings)
    return _counts(settings.warehouse_file)


def _build(settings: Settings) -> None:
    from fuyou_pipeline.warehouse import build as builds
    from fuyou_pipeline.warehouse import dbt
    from fuyou_pipeline.warehouse import touched as changes

    before, state = builds.last_build(settings), changes.state_of(settings)
    begun = builds.begin(settings, "bench")
    with clock():
        touched = changes.touched(settings, state, before)
        dbt.run(settings, ["build", "--exclude-resource-type", "unit_test"], touched=touched)
    changes.remember(settings, builds.finish(settings, begun), state)


def mart_with_dbt(settings: Settings) -> list[Any]:
    """The mart with everything between the lake and it, as a build makes it."""
    import duckdb

    from fuyou_pipeline.warehouse import dbt

    with clock():
        dbt.run(settings, ["run", "--select", f"+{PANDAS_MART}"])
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute(
            "select reporting_unit_code, period, cast(round(revenue_wan) as bigint),"
            " cast(round(profit_wan) as bigint)"
            f" from marts.{PANDAS_MART} where period_kind = 'month' and breakdown_code = 'all'"
            " and reporting_unit_code like '3416__%' and reporting_unit_code <> '341600' order by all"
        ).fetchall()


def mart_with_pandas(settings: Settings) -> list[Any]:
    """What an analyst would write: newest file of a month, months from totals, sums by unit and industry."""
    import pandas as pd

    with clock():
        output = _newest(settings, "industrial_output", ["output_ytd_wan", "output_ytd_last_year_wan"])
        money = _newest(
            settings,
            "financials",
            ["revenue_ytd_wan", "revenue_ytd_last_year_wan", "profit_ytd_wan", "profit_ytd_last_year_wan"],
        )
        firms = _newest(settings, "enterprise_registry", ["reporting_unit_code", "industry_code"])
        both = output.merge(money, on=["enterprise_id", "_period"], how="outer")
        both = both.sort_values(["enterprise_id", "_period"])
        figures = [name for name in both.columns if name.endswith("_wan")]
        year = both["_period"].str[:4]
        number = both["_period"].str[5:].astype(int)
        before = both.groupby(["enterprise_id", year])[figures].shift()
        last = number.groupby([both["enterprise_id"], year]).shift()
        month = both[figures] - before.where(last == number - 1)
        month[["enterprise_id", "_period"]] = both[["enterprise_id", "_period"]]
        month = month[number > 2]
        kinds = pd.concat([both.assign(kind="cumulative"), month.assign(kind="month")])
        kinds = kinds.merge(firms, on=["enterprise_id", "_period"], how="left")
        kinds["industry"] = kinds["industry_code"].str[:2]
        by_unit = kinds.groupby(["reporting_unit_code", "_period", "kind"])[figures].sum()
        by_industry = kinds.groupby(["reporting_unit_code", "industry", "_period", "kind"])[figures].sum()
        for name in ("output", "revenue", "profit"):
            for sums in (by_unit, by_industry):
                base = sums[f"{name}_ytd_last_year_wan"]
                sums[f"{name}_growth_pct"] = 100 * (sums[f"{name}_ytd_wan"] / base.where(base > 0) - 1)
        by_unit.to_parquet(settings.root / "pandas_units.parquet")
        by_industry.to_parquet(settings.root / "pandas_industries.parquet")
    shown = by_unit.xs("month", level="kind").reset_index().sort_values(["reporting_unit_code", "_period"])
    columns = ["revenue_ytd_wan", "profit_ytd_wan"]
    return [
        (row.reporting_unit_code, row._1, *(round(getattr(row, name)) for name in columns))
        for row in shown[["reporting_unit_code", "_period", *columns]].itertuples(index=False)
    ]


def _newest(settings: Settings, dataset: str, columns: list[str]) -> Any:
    """The rows in force: of each month and sender the newest file whole, of each firm the newest row."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    keys = ["enterprise_id", "_period", "_sender", "_received_at", "_file_id", "_row"]
    table = ds.dataset(str(settings.lake / dataset), format="parquet").to_table(columns=[*keys, *columns])
    floats = [pa.field(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]
    frame = table.cast(pa.schema(floats)).to_pandas()
    files = frame[["_period", "_sender", "_received_at", "_file_id"]].drop_duplicates()
    files = files.sort_values(["_received_at", "_file_id"]).drop_duplicates(
        ["_period", "_sender"], keep="last"
    )
    frame = frame.merge(files[["_period", "_sender", "_file_id"]], on=["_period", "_sender", "_file_id"])
    frame = frame.sort_values(["_received_at", "_file_id", "_row"])
    frame = frame.drop_duplicates(["enterprise_id", "_period"], keep="last")
    return frame[["enterprise_id", "_period", *columns]]
