"""Known upstream errors that the office corrects until the sender does: corrections.yaml as rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fuyou_pipeline.contracts import Contract, load_contracts
from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.suites import read_yaml, validated
from fuyou_pipeline.settings import Settings

FILE = "corrections.yaml"
CODE = "correction-invalid"
Row = dict[str, Any]
Written = str | int | float | bool | date | None
_TYPES = {"integer": "bigint", "decimal": "decimal(24,8)", "date": "date", "bool": "boolean"}


class Correction(BaseModel):
    """One cell of an extract: what the sender wrote, what is right, and until when we say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    key: dict[str, Written] = Field(min_length=1, description="契约的主键列: 值")
    period: str | int
    sender: str | None = None
    """Only needed where several senders report the same key and period."""
    column: str
    expected: Written = Field(description="报送单位现在写的（错误的）值；空着的写 null")
    right: Written = Field(description="正确的值")
    reason: str = Field(min_length=4)
    reported_to: str = Field(min_length=2)
    on: date
    until: date | None = None
    """The day from which the sender's own figure counts again; kept for replays of earlier days."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Correction:
        if self.until is not None and self.until <= self.on:
            raise ValueError("until 应晚于 on")
        return self


def correction_rows(settings: Settings) -> list[Row]:
    """The parameter table ``correction``: one row per entry, values as text of the column's type.

    Raises:
        FuyouError: ``correction-invalid`` with the file, the entry and what is wrong with it.
    """
    path = settings.reference(FILE)
    content = read_yaml(path, CODE) if path.exists() else None
    if content is None:
        return []
    if not isinstance(content, list):
        raise _invalid(path, "（全文）", "应为一列条目（每条以“- ”开头）")
    contracts = load_contracts(settings)
    rows = []
    for number, entry in enumerate(content, start=1):
        correction = validated(Correction, entry, path, CODE, f"第 {number} 条 ")
        rows.append(_row(correction, number, contracts, path))
    _refuse_two_for_one_cell(rows, path)
    return rows


def _row(correction: Correction, number: int, contracts: Mapping[str, Contract], path: Path) -> Row:
    place = f"第 {number} 条"
    contract = contracts.get(correction.dataset)
    if contract is None:
        raise _invalid(path, f"{place} dataset", f"没有报表 {correction.dataset}")
    landed = {column.name: column for column in contract.landed_columns}
    if correction.column not in landed:
        raise _invalid(path, f"{place} column", f"{contract.title}没有（入库的）列 {correction.column}")
    if set(correction.key) != set(contract.key):
        raise _invalid(path, f"{place} key", f"应恰好写出主键列 {'、'.join(contract.key)}")
    column = landed[correction.column]
    expected = _text(correction.expected, column, path, f"{place} expected")
    right = _text(correction.right, column, path, f"{place} right")
    if expected == right:
        raise _invalid(path, f"{place} right", "正确值与登记的错误值相同")
    key = [_text(correction.key[name], landed[name], path, f"{place} key.{name}") for name in contract.key]
    return {
        "correction_no": number,
        "dataset": contract.dataset,
        "dataset_title": contract.title,
        "period": str(correction.period),
        "sender": correction.sender,
        "record_key": "|".join("—" if text is None else text for text in key),
        "corrected_column": column.name,
        "corrected_label": column.label,
        "corrected_type": _TYPES.get(column.type, "string"),
        "wrong_value": expected,
        "right_value": right,
        "correction_reason": correction.reason,
        "reported_to": correction.reported_to,
        "corrected_on": correction.on,
        "corrected_until": correction.until,
    }


def _text(value: Written, column: Column, path: Path, place: str) -> str | None:
    """The value as the warehouse writes it, so that it can be cast to the column's type and be compared."""
    if value is None:
        return None
    kind = column.type
    if kind in ("decimal", "integer"):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _invalid(path, place, f"{column.label}应为数值（不加引号）")
        number = Decimal(str(value))
        try:
            fits = number == number.quantize(Decimal(1) if kind == "integer" else Decimal("1e-8"))
        except InvalidOperation:
            fits = False
        if not fits:
            raise _invalid(path, place, f"{column.label}的位数过多")
        return f"{number:f}"
    if kind == "date":
        if not isinstance(value, date) or isinstance(value, datetime):
            raise _invalid(path, place, f"{column.label}应为形如 2022-03-31 的日期")
        return value.isoformat()
    if kind == "bool":
        if not isinstance(value, bool):
            raise _invalid(path, place, f"{column.label}应为 true 或 false")
        return str(value).lower()
    if not isinstance(value, str):
        raise _invalid(path, place, f"{column.label}应为文字，请加引号")
    if value.strip() in ("", "null"):
        raise _invalid(path, place, f"{column.label}为空应写 null（不加引号）")
    return value


def _refuse_two_for_one_cell(rows: list[Row], path: Path) -> None:
    """Two entries for one cell may follow each other, never hold at once."""
    cells: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda r: (r["corrected_on"], r["correction_no"])):
        cell = (row["dataset"], row["period"], row["record_key"], row["corrected_column"])
        before = cells.get(cell)
        senders = {row["sender"], before["sender"]} if before else set()
        if before and (len(senders) == 1 or None in senders):
            ended = before["corrected_until"]
            if ended is None or ended > row["corrected_on"]:
                place = f"第 {before['correction_no']}、{row['correction_no']} 条"
                raise _invalid(path, place, "对同一单元格同时有两条更正")
        cells[cell] = row


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError(
        CODE,
        f"{path.name} 有误：{reason}。",
        hint="请对照 docs/identity.md 改正。",
        file=path.name,
        path=place,
    )
