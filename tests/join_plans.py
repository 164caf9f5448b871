"""How DuckDB would join what the models join: the joins that compare every row with every other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import dbt

LOOPS = {"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "PIECEWISE_MERGE_JOIN", "IE_JOIN", "CROSS_PRODUCT"}
"""Joins without an equality: their work is the product of both sides, or may be."""

FEW_ROWS = {"int_month__spine", "int_pool__months", "int_reporting_unit__city", "dim_area", "dim_industry"}
"""Tables that grow with neither firms nor projects nor issues."""

Node = dict[str, Any]


def products(settings: Settings) -> dict[str, list[str]]:
    """Model → its joins without an equality of which neither side is a handful of rows.

    Few are: parameters, values of the statement itself, one row of sums, and ``FEW_ROWS``.
    """
    dbt.run(settings, ["compile", "--select", "intermediate", "marts"], by_hand=True)
    results = json.loads((settings.dbt_target / "by_hand" / dbt.RESULTS).read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        for result in results["results"]:
            kind, _, name = result["unique_id"].split(".")[:3]
            if kind == "model":
                joins = [join for plan in plans(con, result["compiled_code"]) for join in loops(plan)]
                found |= {name: joins} if joins else {}
    return found


def plans(con: duckdb.DuckDBPyConnection, query: str) -> list[Node]:
    row = con.execute(f"explain (format json) {query}").fetchone()
    assert row is not None
    return list(json.loads(row[1]))


def loops(plan: Node) -> Iterator[str]:
    """The joins of ``plan`` that are products of two tables that both may grow."""
    ctes = [node for node in nodes(plan) if kind_of(node) == "CTE"]
    named = {cte["extra_info"]["Table Index"]: cte["children"][0] for cte in ctes}
    for node in nodes(plan):
        if kind_of(node) in LOOPS and not any(is_few(side, named) for side in node["children"]):
            info = node["extra_info"]
            asked = info.get("Conditions", info.get("Condition"))
            yield f"{kind_of(node)} {info.get('Join Type', '')} {asked}"


def is_few(node: Node, named: dict[str, Node]) -> bool:
    kind, children = kind_of(node), node["children"]
    if kind == "SEQ_SCAN":
        return node["extra_info"]["Table"].split(".")[-1] in FEW_ROWS
    if kind == "CTE_SCAN":
        return is_few(named[node["extra_info"]["CTE Index"]], named)
    # Only staging reads other files than the parameters.
    if kind in ("UNGROUPED_AGGREGATE", "READ_PARQUET"):
        return True
    if not children:
        return kind in ("DUMMY_SCAN", "COLUMN_DATA_SCAN", "EMPTY_RESULT")
    return all(is_few(child, named) for child in children)


def nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for child in plan["children"]:
        yield from nodes(child)


def kind_of(node: Node) -> str:
    return str(node["name"]).strip()
