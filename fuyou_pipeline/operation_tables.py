"""Reference files that are no plain tables, as rows: the target list and the industry chains."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

Row = dict[str, Any]


def operation_tables(settings: Settings) -> dict[str, list[Row]]:
    """Parameter tables ``target`` and ``industry_chain`` from the reference files in force.

    Raises:
        FuyouError: ``reference-missing``, or ``reference-invalid`` with file, place and what to do.
    """
    return {
        "target": target_rows(settings.reference("target.csv")),
        "industry_chain": chain_rows(settings.reference("industry_chains.yaml")),
    }


def target_rows(path: Path) -> list[Row]:
    """The target list with numbers and dates apart: the documents' ``target_value`` holds either."""
    rows = []
    with _existing(path).open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), start=2):
            row: Row = {name: (text or "").strip() or None for name, text in line.items() if name is not None}
            written = row.get("target_value")
            is_date = row.get("unit") == "date"
            row["target_date"] = _date(written, path, number) if is_date else None
            row["target_value"] = None if is_date else _number(written, path, number, "target_value")
            row["target_upper"] = _number(row.get("target_upper"), path, number, "target_upper")
            rows.append(row)
    return rows


class _Chain(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    industries: list[str] = Field(min_length=1)


class _Chains(BaseModel):
    model_config = ConfigDict(extra="forbid")

    set_by: str
    note: str
    chains: dict[str, _Chain]


def chain_rows(path: Path) -> list[Row]:
    """One row per chain and industry code prefix (two to four digits of GB/T 4754-2017)."""
    try:
        content = yaml.safe_load(_existing(path).read_text(encoding="utf-8"))
        chains = _Chains.model_validate(content)
    except yaml.YAMLError as error:
        raise _invalid(path, f"不是有效的 YAML：{error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise _invalid(path, f"{'.'.join(map(str, first['loc']))}：{first['msg']}") from error
    rows = []
    for code, chain in chains.chains.items():
        for prefix in chain.industries:
            if not (prefix.isdigit() and 2 <= len(prefix) <= 4):
                raise _invalid(path, f"chains.{code}.industries：“{prefix}”不是 2—4 位行业代码前缀")
            rows.append(
                {
                    "chain_code": code,
                    "chain_name": chain.name,
                    "industry_prefix": prefix,
                    "set_by": chains.set_by,
                    "set_note": chains.note,
                }
            )
    return rows


def _number(text: str | None, path: Path, number: int, column: str) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise _invalid(
            path, f"第 {number} 行 {column} 列“{text}”不是数值", row=number, column=column
        ) from None


def _date(text: str | None, path: Path, number: int) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise _invalid(
            path,
            f"第 {number} 行 target_value 列“{text}”不是形如 2022-03-31 的日期",
            row=number,
            column="target_value",
        ) from None


def _existing(path: Path) -> Path:
    if not path.exists():
        hint = "请从安装包的 data/reference/ 中恢复该文件。"
        raise FuyouError("reference-missing", "缺少参数文件。", hint=hint, file=path.name)
    return path


def _invalid(path: Path, reason: str, **where: Any) -> FuyouError:
    return FuyouError(
        "reference-invalid",
        f"参数文件有误：{reason}",
        hint="请对照安装包中的同名文件改正（UTF-8 编码）。",
        file=path.name,
        **where,
    )
