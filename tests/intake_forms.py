"""Small forms as departments send them, for tests of intake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.contracts.load import PACKAGE_FOLDER
from fuyou_pipeline.intake.identity import check_character
from fuyou_pipeline.intake.receipts import Receipt
from fuyou_pipeline.intake.receive import take
from fuyou_pipeline.settings import Settings

Merge = tuple[int, int, int, int]


def uscc(number: int) -> str:
    """A well-formed code with the right check character."""
    first = f"91341600MA{number:07d}"
    return first + check_character(first)


def workbook(
    path: Path, *sheets: Sequence[Sequence[Any]], merges: Sequence[Merge] = (), name: str = "表"
) -> Path:
    """An .xlsx of the rows; ``merges`` (row1, col1, row2, col2) apply to the first sheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, rows in enumerate(sheets):
            sheet = book.add_worksheet(name if not number else f"{name}{number + 1}")
            for merge in merges if not number else ():
                sheet.merge_range(*merge, "")
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(r, c, value, day)
                    elif value not in (None, ""):
                        sheet.write(r, c, value)
    return path


def electricity(
    rows: Sequence[Sequence[Any]], title: str = "企业用电量（2022年3月）", unit: str = "（千瓦时）"
) -> list[list[Any]]:
    """Title, header and rows of code, name, meter, kWh."""
    header = ["统一社会信用代码", "企业名称", "户号", f"网供用电量{unit}"]
    return [[title], header, *map(list, rows)]


def firms(count: int, value: float = 1000.0, first: int = 1) -> list[list[Any]]:
    """Rows of code, name, meter, figure."""
    return [[uscc(i), f"企业{i}", f"{i:013d}", value + i] for i in range(first, first + count)]


def taken(settings: Settings, *paths: Path, **options: Any) -> list[Receipt]:
    """Take files in; every receipt's rows must add up."""
    receipts = take(paths, settings, load_contracts(settings), **options)
    for receipt in receipts:
        assert receipt.rows_landed + receipt.rows_rejected + receipt.rows_skipped == receipt.rows_total, (
            receipt
        )
    return receipts


def landed(
    settings: Settings, dataset: str, columns: str = "*", order: str = "_row"
) -> list[tuple[Any, ...]]:
    """What the lake holds of a dataset."""
    files = f"{settings.lake}/{dataset}/**/*.parquet"
    source = f"read_parquet('{files}', union_by_name = true, hive_partitioning = false)"
    return duckdb.sql(f"select {columns} from {source} order by {order}").fetchall()


def mended(settings: Settings, dataset: str, old: str, new: str) -> None:
    """The office's own version of a shipped contract."""
    text = (PACKAGE_FOLDER / f"{dataset}.yaml").read_text(encoding="utf-8")
    assert old in text
    folder = settings.office_reference / "contracts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{dataset}.yaml").write_text(text.replace(old, new), encoding="utf-8")
