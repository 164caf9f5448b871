"""500,000 firms by seven indicators: against plain pandas and the same SQL in bare DuckDB; one account."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from bench.harness import Measured, Row, clock, measured
from fuyou_pipeline.settings import Settings

FIRMS_AT_16 = 500_000
EXPLAIN_SECONDS = 2.0
SCHEME = "bench-2022"
MODELS = (
    *("int_mu_parts", "int_mu_uses", "int_mu_origins", "int_mu_units", "int_mu_objections"),
    *("int_mu_figures", "int_mu_land__inside", "int_mu_members"),
    *("int_mu_values", "int_mu_bases", "int_mu_items", "int_mu_adjustments", "int_mu_rules__met"),
    *("int_mu_totals", "int_mu_classes", "mart_mu_score", "mart_mu_score_item"),
    *("mart_mu_measure", "mart_mu_objection"),
)
# measure → (smallest, spread) of figures in its own unit
FIGURES = {
    "tax_paid_wan": (5, 900),
    "land_own_mu": (3, 120),
    "revenue_wan": (200, 20_000),
    "value_added_wan": (40, 5_000),
    "energy_tce_equivalent": (10, 4_000),
    "employees_average": (5, 600),
    "rd_wan": (1, 300),
    "profit_wan": (1, 900),
    "equity_wan": (50, 9_000),
}
# indicator → (numerator, denominator, weight, score, missing)
INDICATORS: dict[str, tuple[str, str, int, dict[str, Any], str]] = {
    "tax_per_mu": ("tax_paid_wan", "land_own_mu", 25, {"kind": "ratio", "base": 10}, "zero"),
    "revenue_per_mu": (
        *("revenue_wan", "land_own_mu", 15),
        {"kind": "ratio", "base": {"stat": "pooled_mean"}, "cap": 2},
        "zero",
    ),
    "value_added_per_mu": ("value_added_wan", "land_own_mu", 15, {"kind": "minmax"}, "mean_score"),
    "revenue_per_tce": (
        *("revenue_wan", "energy_tce_equivalent", 15),
        {"kind": "ratio", "base": {"stat": "mean"}, "cap": 2},
        "mean_score",
    ),
    "labour_productivity": ("value_added_wan", "employees_average", 10, {"kind": "minmax"}, "zero"),
    "rd_intensity": ("rd_wan", "revenue_wan", 10, {"kind": "ratio", "base": 0.03}, "mean_score"),
    "return_on_equity": ("profit_wan", "equity_wan", 10, {"kind": "ratio_to_max"}, "zero"),
}


# What an account is read from → the order of its rows in a release
EXPLAINED = {
    "mart_mu_score": "scheme, data_year, enterprise_id",
    "mart_mu_score_item": "scheme, data_year, enterprise_id, indicator",
    "mart_mu_measure": "scheme, data_year, evaluated_as, measure",
    "mart_mu_objection": "scheme, enterprise_id, trail_kind, trail_no",
    "mart_measure_source": "enterprise_id, data_year, measure",
}


def rows(size: int, folder: Path) -> list[Row]:
    """The three rows of the family."""
    firms = max(1000, FIRMS_AT_16 * min(size, 16) // 16)
    measured(prepare, folder, firms)
    ours = measured(score_with_dbt, folder)
    floor = measured(score_with_bare_sql, folder)
    plain = measured(score_with_pandas, folder)
    if not ours.result == floor.result == plain.result:
        raise RuntimeError(f"classes differ: {ours.result} {floor.result} {plain.result}")
    what = f"evaluation, {firms:,} firms × 7"
    explained = measured(explain_one, folder)
    limit = Measured(EXPLAIN_SECONDS, 0, None)
    return [
        Row(what, "plain pandas", ours, plain, aim=10, is_speed=True),
        Row(what, "same SQL, bare DuckDB", ours, floor, aim=1.15, is_speed=False),
        Row(f"explain, 1 of {firms:,} firms", "2 s", explained, limit, aim=1, is_speed=True),
    ]


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=folder / "data", dagster_home_override=folder / "dagster")


def prepare(folder: Path, firms: int) -> None:
    """A warehouse whose long measure table holds the firms' figures, and the same as Parquet for pandas."""
    import duckdb

    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.intake import ensure_lake
    from fuyou_pipeline.parameters import write_parameters
    from fuyou_pipeline.warehouse import dbt

    settings = _settings(folder)
    _write_scheme(settings)
    ensure_lake(settings, load_contracts(settings))
    write_parameters(settings)
    dbt.run(settings, ["run", "--select", *(f"+{model}" for model in MODELS)])
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute(
            "insert into intermediate.int_enterprise__yearly by name"
            " select printf('F%08d', i) as enterprise_id, 2022 as data_year,"
            " printf('F%08d', i) as enterprise_name, printf('8801%02d', i % 16) as area_code,"
            " printf('8801%02d', i % 16) as reporting_unit_code, '13' as industry_code, 'above' as scale,"
            " false as is_public_utility, true as is_simulated from range(?) t(i)",
            [firms],
        )
        # Every tenth figure is missing; a tenth has a second source that the scheme does not prefer.
        for number, (measure, (least, spread)) in enumerate(FIGURES.items()):
            for source, chosen in _sources(measure):
                con.execute(
                    "insert into intermediate.int_enterprise_measures by name"
                    " select printf('F%08d', i) as enterprise_id, 2022 as data_year, ? as measure,"
                    " ? as figure_source, 'annual' as measure_method, 0 as method_rank,"
                    " cast(? + hash(i, ?) % 100000 * ? / 100000.0 as decimal(24,8)) as measure_value,"
                    " 'bench' as dataset, 'administrative' as data_use, 1 as source_rows,"
                    " true as is_simulated"
                    f" from range(?) t(i) where hash(i, ?) % 10 {chosen}",
                    [measure, source, least, f"{measure}{source}", spread, firms, number],
                )
        con.execute(
            "copy (select enterprise_id, measure, figure_source, measure_method, method_rank, data_use,"
            " is_simulated, cast(measure_value as double) as measure_value"
            f" from intermediate.int_enterprise_measures) to '{folder}/measures.parquet' (format parquet)"
        )
        con.execute(
            "copy (select enterprise_id, enterprise_name, area_code, reporting_unit_code, industry_code,"
            " is_public_utility, is_simulated from intermediate.int_enterprise__yearly)"
            f" to '{folder}/firms.parquet' (format parquet)"
        )
        con.execute("checkpoint")
    # Compiled SQL names the catalog, which is the file's name.
    (folder / "bare").mkdir()
    shutil.copy(settings.warehouse_file, folder / "bare")


def _sources(measure: str) -> list[tuple[str, str]]:
    """(source, which of ten firms have it); head counts come from statistics and social security alone."""
    first = "statistics" if measure == "employees_average" else "administrative"
    second = "social_security" if measure == "employees_average" else "statistics"
    return [(first, "<> 0"), (second, "= 1")]


def _write_scheme(settings: Settings) -> None:
    uses = [
        {"indicator": name, "weight": weight, "score": score, "missing": missing}
        for name, (_, _, weight, score, missing) in INDICATORS.items()
    ]
    scheme = {
        "scheme": SCHEME,
        "title": "测速",
        "area_code": "880100",
        "data_year": 2022,
        "source_priority": ["administrative", "statistics"],
        "groups": [{"group": "all", "rank_within": ["area"], "indicators": uses}],
    }
    folder = settings.office_reference / "schemes"
    folder.mkdir(parents=True)
    (folder / f"{SCHEME}.yaml").write_text(yaml.safe_dump(scheme, allow_unicode=True), encoding="utf-8")


def score_with_dbt(folder: Path) -> list[Any]:
    from fuyou_pipeline.warehouse import dbt

    settings = _settings(folder)
    dbt.manifest_path(settings)
    with clock():
        dbt.run(settings, ["run", "--select", *MODELS])
    return _classes(settings.warehouse_file)


def score_with_bare_sql(folder: Path) -> list[Any]:
    import duckdb

    from fuyou_pipeline.warehouse import dbt

    settings = _settings(folder)
    executed = json.loads((settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))["results"]
    executed = [entry for entry in executed if entry["unique_id"].startswith("model.")]
    executed.sort(key=lambda entry: entry["timing"][-1]["started_at"])
    nodes = json.loads(dbt.manifest_path(settings).read_bytes())["nodes"]
    kinds = {name: node["config"]["materialized"] for name, node in nodes.items()}
    bare = folder / "bare" / settings.warehouse_file.name
    with clock(), duckdb.connect(str(bare)) as con:
        con.execute(f"set threads = {settings.threads}")
        con.execute(f"set memory_limit = '{settings.memory_limit}'")
        con.execute("set preserve_insertion_order = false")
        con.execute("set enable_progress_bar = false")
        for entry in executed:
            name = entry["unique_id"].rpartition(".")[2]
            schema = "intermediate" if name.startswith("int_") else "marts"
            kind = "view" if kinds[entry["unique_id"]] == "view" else "table"
            con.execute(f"create or replace {kind} {schema}.{name} as ({entry['compiled_code']})")
    return _classes(bare)


def _classes(database: Path) -> list[Any]:
    import duckdb

    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(
            "select area_code, final_class, count(*) from marts.mart_mu_score where scheme = ? group by all"
            " order by all",
            [SCHEME],
        ).fetchall()


def score_with_pandas(folder: Path) -> list[Any]:
    """What an analyst would write, from choosing figures to cutting classes; saves what the engine stores.

    That is: the chosen figures with source, method, use and whether simulated; the items with value, base and
    place; the scores. No firms are merged, no decision or rule applies: the engine looks all the same.
    """
    import pandas as pd

    with clock():
        long = pd.read_parquet(folder / "measures.parquet")
        firms = pd.read_parquet(folder / "firms.parquet").set_index("enterprise_id")
        sources = long["figure_source"].map({"administrative": 0, "statistics": 1, "social_security": 2})
        long["preference"] = 1000 * sources + long["method_rank"]
        chosen = long.sort_values("preference").drop_duplicates(["enterprise_id", "measure"])
        chosen.to_parquet(folder / "figures_pandas.parquet")
        wide = chosen.pivot(index="enterprise_id", columns="measure", values="measure_value")
        wide = wide.reindex(firms.index)
        items = [_pandas_item(name, wide, firms["area_code"]) for name in INDICATORS]
        item = pd.concat(items).reset_index()
        item.to_parquet(folder / "items_pandas.parquet")
        scored = _pandas_scores(item, firms)
        simulated = (
            chosen.groupby("enterprise_id")["is_simulated"].any().reindex(firms.index, fill_value=False)
        )
        scored["is_simulated"] |= simulated.groupby(firms["area_code"]).transform("any")
        scored.to_parquet(folder / "scores_pandas.parquet")
    counts = scored.groupby(["area_code", "final_class"]).size()
    return [(area, name, int(count)) for (area, name), count in counts.sort_index().items()]


def _pandas_item(name: str, wide: Any, area: Any) -> Any:
    import pandas as pd

    top, bottom, weight, score, missing = INDICATORS[name]
    x = wide[top] / wide[bottom].where(wide[bottom] > 0)
    share, base = _share(score, x, wide[top].where(x.notna()), wide[bottom].where(x.notna()), area)
    points = weight * share
    gap = points.groupby(area).transform("mean") if missing == "mean_score" else 0.0
    return pd.DataFrame(
        {
            "rank_scope": area,
            "indicator": name,
            "numerator": wide[top],
            "denominator": wide[bottom],
            "value": x,
            "base": base,
            "ratio": share,
            "item_score": points.fillna(gap).round(9),
            "item_rank": x.groupby(area).rank(method="min", ascending=False),
        }
    )


def _pandas_scores(item: Any, firms: Any) -> Any:
    import numpy as np

    scored = firms.assign(total_score=item.groupby("enterprise_id")["item_score"].sum().round(4))
    by_area = scored.groupby("area_code")["total_score"]
    scored["rank"] = by_area.rank(method="min", ascending=False).astype(int)
    scored["participants"] = by_area.transform("size")
    bounds = [-(-scored["participants"] * upto // 100) for upto in (20, 65, 95)]
    scored["initial_class"] = np.select([scored["rank"] <= bound for bound in bounds], list("ABC"), "D")
    scored["final_class"] = scored["initial_class"]
    return scored


def _share(score: dict[str, Any], x: Any, top: Any, bottom: Any, area: Any) -> tuple[Any, Any]:
    """Points that a weight of one gives, and what they are measured against."""
    if score["kind"] == "minmax":
        least, most = x.groupby(area).transform("min"), x.groupby(area).transform("max")
        return (20 + 80 * (x - least) / (most - least)) / 100, most
    if score["kind"] == "ratio_to_max":
        base = x.groupby(area).transform("max")
        return x / base, base
    base = score["base"]
    if isinstance(base, dict) and base["stat"] == "pooled_mean":
        base = top.groupby(area).transform("sum") / bottom.groupby(area).transform("sum")
    elif isinstance(base, dict):
        base = x.groupby(area).transform("mean")
    return (x / base).clip(upper=score.get("cap")), base


def explain_one(folder: Path) -> None:
    """One account from a file that holds the marts as a release does: tables in the order of their grain."""
    import duckdb

    from fuyou_pipeline.evaluation.explaining import explain
    from fuyou_pipeline.evaluation.wording import explanation

    settings = _settings(folder)
    released = folder / "released.duckdb"
    with duckdb.connect(str(released)) as con:
        con.execute("set preserve_insertion_order = false")
        con.execute(f"attach '{settings.warehouse_file}' as warehouse (read_only)")
        con.execute("create schema marts")
        for mart, order in EXPLAINED.items():
            con.execute(
                f"create table marts.{mart} as from warehouse.marts.{mart} order by {order}"
                if mart != "mart_measure_source"
                else "create table marts.mart_measure_source as select enterprise_id, data_year, measure,"
                " measure_value as contribution, '' as unit, dataset, figure_source, measure_method,"
                " data_use, '' as file_id, '' as file_name, '' as sheet, 1 as row, is_simulated"
                f" from warehouse.intermediate.int_enterprise_measures order by {order}"
            )
    with clock():
        lines = list(explanation(explain(settings, "F00000042", SCHEME, database=released)))
    if not any("怎样能升一档" in line for line in lines):
        raise RuntimeError("nothing was explained")
