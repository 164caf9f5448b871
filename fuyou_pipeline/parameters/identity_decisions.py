"""What people decided about names without a code: reference/identity_decisions.csv as rows."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Container
from datetime import date
from pathlib import Path
from typing import Any

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.identity import ALPHABET
from fuyou_pipeline.settings import Settings

FILE = "identity_decisions.csv"
COLUMNS = ("dataset", "name", "area_code", "enterprise_id", "decided_by", "decided_on", "note")
EVERY_DATASET = "*"
NO_FIRM = "none"
Row = dict[str, Any]


def decision_rows(settings: Settings) -> list[Row]:
    """The parameter table ``identity_decisions``; an empty ``area_code`` means wherever the name occurs.

    Raises:
        FuyouError: ``decision-invalid`` with file, row and column of the first mistake.
    """
    path = settings.reference(FILE)
    if not path.exists():
        return []
    datasets = {EVERY_DATASET, *load_contracts(settings)}
    rows: list[Row] = []
    seen: dict[tuple[str, str, str | None], int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise _invalid(path, 1, None, f"表头应为 {','.join(COLUMNS)}")
            lines = list(reader)
    except UnicodeDecodeError as error:
        raise _invalid(path, None, None, "文件不是 UTF-8 编码") from error
    for number, line in enumerate(lines, start=2):
        if not any(isinstance(text, str) and text.strip() for text in line.values()):
            continue
        row = _row(line, number, path, datasets)
        place = (row["dataset"], row["name"], row["area_code"])
        if place in seen:
            raise _invalid(path, number, "name", f"与第 {seen[place]} 行是同一报表、名称、地区的两个决定")
        seen[place] = number
        rows.append({**row, "decision_row": number})
    return rows


def _row(line: dict[str, Any], number: int, path: Path, datasets: Container[str]) -> Row:
    if None in line:
        raise _invalid(path, number, None, "列数多于表头，含逗号的文字请加引号")
    row: Row = {name: (line[name] or "").strip() or None for name in COLUMNS}
    for name in ("dataset", "name", "enterprise_id", "decided_by", "decided_on"):
        if row[name] is None:
            raise _invalid(path, number, name, "不能为空")
    if row["dataset"] not in datasets:
        raise _invalid(path, number, "dataset", f"没有报表 {row['dataset']}（适用全部报表写 *）")
    code = unicodedata.normalize("NFKC", row["enterprise_id"])
    code = NO_FIRM if code.lower() == NO_FIRM else code.upper()
    if code != NO_FIRM and not re.fullmatch(f"[{ALPHABET}]{{18}}", code):
        raise _invalid(path, number, "enterprise_id", f"“{code}”不是 18 位统一社会信用代码，也不是 none")
    try:
        decided_on = date.fromisoformat(row["decided_on"])
    except ValueError:
        raise _invalid(path, number, "decided_on", "应为形如 2022-03-31 的日期") from None
    return {**row, "enterprise_id": code, "decided_on": decided_on}


def _invalid(path: Path, row: int | None, column: str | None, reason: str) -> FuyouError:
    return FuyouError(
        "decision-invalid",
        f"{path.name} 有误：{reason}。",
        hint="请对照 docs/identity.md 改正。",
        file=path.name,
        row=row,
        column=column,
    )
