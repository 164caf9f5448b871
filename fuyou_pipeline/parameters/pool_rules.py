"""The conditions of the libraries (``reference/pool_rules.yaml``) as rows, each with who set it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

FILE = "pool_rules.yaml"
RULES: dict[str, tuple[str, ...]] = {
    "library": ("annual_counts_for_previous_year", "carry_months"),
    "near_entry": ("entry_threshold_wan", "near_entry_floor_wan"),
    "pending_production": ("pending_within_months",),
    "high_growth": ("growth_floor_pct", "growth_sales_floor_wan"),
    "near_exit": (
        "near_exit_revenue_wan",
        "near_exit_forecast_wan",
        "trend_years",
        "seasonal_years",
        "seasonal_min_years",
    ),
    "exited": ("exited_within_months", "recovering_growth_pct"),
    "leading": ("leading_floor_yi",),
}
"""Pool → the conditions that a file must give."""


class Rule(BaseModel):
    """One number and who set it."""

    model_config = ConfigDict(extra="forbid")

    value: Decimal
    set_by: str = Field(min_length=1)
    set_note: str = ""


def pool_rule_tables(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """``pool_rule`` (a row per condition) and ``pool_rule_set`` (a row per pool, with all who set it).

    A span of years runs from its ``from_year`` to the year before the next one's.

    Raises:
        FuyouError: ``reference-missing`` or ``reference-invalid`` with the place in the file.
    """
    path = settings.reference(FILE)
    spans = _spans(path)
    rules: list[dict[str, Any]] = []
    sets: list[dict[str, Any]] = []
    for number, (from_year, pools) in enumerate(spans):
        to_year = spans[number + 1][0] - 1 if number + 1 < len(spans) else None
        span = {"from_year": from_year, "to_year": to_year}
        for pool, conditions in pools.items():
            rules += [
                {
                    **span,
                    "pool": pool,
                    "rule": name,
                    "rule_value": rule.value.quantize(Decimal("1e-8")),
                    "set_by": rule.set_by,
                    "set_note": rule.set_note,
                }
                for name, rule in conditions.items()
            ]
            who = dict.fromkeys(rule.set_by for rule in conditions.values())
            sets.append({**span, "pool": pool, "set_by": "；".join(who)})
    return {"pool_rule": rules, "pool_rule_set": sets}


def _spans(path: Path) -> list[tuple[int, dict[str, dict[str, Rule]]]]:
    if not path.exists():
        raise FuyouError(
            "reference-missing",
            "缺少参数文件。",
            hint="请从安装包的 data/reference/ 中恢复该文件。",
            file=path.name,
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _invalid("", f"YAML 写法有误：{error}") from error
    if not isinstance(content, list) or not content:
        raise _invalid("", "应为按年度分段的清单，每段以 from_year 开头。")
    spans = []
    for number, entry in enumerate(content):
        place = f"[{number}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("from_year"), int):
            raise _invalid(f"{place}.from_year", "缺少起始年度 from_year（整数）。")
        spans.append((entry["from_year"], _pools(entry, place)))
    spans.sort(key=lambda span: span[0])
    years = [year for year, _ in spans]
    if len(set(years)) < len(years):
        raise _invalid("from_year", "两段的起始年度相同，请合并。")
    return spans


def _pools(entry: dict[str, Any], place: str) -> dict[str, dict[str, Rule]]:
    unknown = [name for name in entry if name not in RULES and name != "from_year"]
    if unknown:
        raise _invalid(f"{place}.{unknown[0]}", f"没有这个库；可用：{'、'.join(RULES)}。")
    pools = {}
    for pool, wanted in RULES.items():
        given = entry.get(pool)
        given = given if isinstance(given, dict) else {}
        for name in [*wanted, *given]:
            if name not in given:
                raise _invalid(f"{place}.{pool}.{name}", "缺少该条件，请补上 value 与 set_by。")
            if name not in wanted:
                raise _invalid(f"{place}.{pool}.{name}", f"没有这个条件；可用：{'、'.join(wanted)}。")
        try:
            pools[pool] = {name: Rule.model_validate(given[name]) for name in wanted}
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise _invalid(f"{place}.{pool}.{where}", f"条件写法有误：{error.errors()[0]['msg']}") from error
    return pools


def _invalid(place: str, reason: str) -> FuyouError:
    return FuyouError(
        "reference-invalid",
        f"扶优育规入库条件有误：{reason}",
        hint="请对照安装包中的同名文件改正；每个条件写 value（数值）和 set_by（由谁设定）。",
        file=FILE,
        path=place or None,
    )
