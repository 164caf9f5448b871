"""Rows per second from a file to the lake, against a bare read and the script an office would write.

Each way first takes a small file uncounted, so that start-up (imports, the units library) is in none of them.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

from bench.harness import Row, clock, measured, middle
from fuyou_pipeline.settings import Settings

ROWS_AT_16 = {"xlsx": 80_000, "csv": 200_000}
FEW_ROWS = 500
REPEATS = 3
LABELS = (
    *("统一社会信用代码", "企业名称", "实际入库税收", "增值税", "企业所得税", "城建税", "房产税"),
    *("土地使用税", "其他税收", "出口退税", "留抵退税", "社保费"),
)
CODE, NAME, TAX = LABELS[:3]
HEADER_ROW = 3


def rows(size: int, folder: Path) -> list[Row]:
    """Per kind of file: the bare read, the script; for workbooks also the memory.

    A text needs no openpyxl, so there the script (pandas alone) has no sixfold handicap to be held against.
    """
    floors = {
        "xlsx": ("bare calamine", read_bare_workbook),
        "csv": ("bare codec + DuckDB", read_bare_text),
    }
    scripts = {"xlsx": ("pandas + openpyxl script", 6.0), "csv": ("pandas script", 2.0)}
    found = []
    for kind, number in ROWS_AT_16.items():
        count = max(FEW_ROWS, number * size // 16)
        path, small = folder / f"2022年企业入库税收.{kind}", folder / f"2021年企业入库税收.{kind}"
        measured(write_extract, path, count)
        measured(write_extract, small, FEW_ROWS)
        floor_name, read = floors[kind]
        # In turns, so that what else the machine does meets both.
        turns = [(measured(take_in, path, small, count), measured(read, path, small)) for _ in range(REPEATS)]
        ours, floor = (middle(list(found)) for found in zip(*turns, strict=True))
        script_name, aim = scripts[kind]
        script = measured(clean_with_pandas, path, small, count)
        what = f"intake {kind}, {count:,} rows ({count / ours.seconds:,.0f}/s)"
        found.append(Row(what, floor_name, ours, floor, aim=0.5, is_speed=True))
        found.append(Row(what, script_name, ours, script, aim=aim, is_speed=True))
        if kind == "xlsx":
            told = f"intake {kind}, {count:,} rows: memory"
            found.append(Row(told, floor_name, ours, floor, aim=3, is_speed=False, is_memory=True))
    return found


def write_extract(path: Path, count: int) -> None:
    """A tax office's table in 元 under a title and a unit line, with a total at the end."""
    from fuyou_pipeline.samples.codes import credit_code, firm_name

    rng = random.Random(7)
    body: list[list[Any]] = []
    for number in range(count):
        figures = [round(rng.lognormvariate(12, 1.5), 2) for _ in LABELS[2:]]
        name = firm_name("亳州市", "食品", number % 90_000)
        body.append([credit_code("341600", number), name, *figures])
    lines = [["2022年企业入库税收（模拟数据）"], ["所属期：2022年", "单位：元"], list(LABELS), *body]
    lines.append(["合计", None, *(round(sum(row[i] for row in body), 2) for i in range(2, len(LABELS)))])
    if path.suffix == ".csv":
        import csv

        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(lines)
        return
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("入库税收")
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)


def take_in(path: Path, small: Path, count: int) -> int:
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.intake import take

    settings = Settings(data_dir=path.parent / f"data-{path.suffix[1:]}")
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    contracts = load_contracts(settings)
    take([small], settings, contracts, dataset="tax_paid", period="2021", received="2022-01-15")
    with clock():
        (receipt,) = take(
            [path], settings, contracts, dataset="tax_paid", period="2022", received="2023-01-15"
        )
    if receipt.rows_landed != count:
        raise RuntimeError(f"{receipt.rows_landed} of {count} rows landed: {receipt.message}")
    return receipt.rows_landed


def read_bare_workbook(path: Path, small: Path) -> int:
    """Cells as Python values; nothing is looked at, converted or stored."""
    from python_calamine import CalamineWorkbook

    CalamineWorkbook.from_path(str(small)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    with clock():
        book = CalamineWorkbook.from_path(str(path))
        return len(book.get_sheet_by_index(0).to_python(skip_empty_area=False))


def read_bare_text(path: Path, small: Path) -> int:
    _decode_and_load(small)
    with clock():
        return _decode_and_load(path)


def _decode_and_load(path: Path) -> int:
    import duckdb

    plain = path.with_suffix(".utf8")
    plain.write_bytes(path.read_bytes().decode("gb18030").encode())
    with duckdb.connect() as con:
        (number,) = _one(
            con,
            f"create table t as from read_csv('{plain}', skip = {HEADER_ROW - 1}, header = true,"
            " null_padding = true)",
        )
        con.execute(f"copy t to '{path.with_suffix('.bare')}' (format parquet)")
    return int(number)


def _one(con: Any, statement: str) -> Any:
    con.execute(statement)
    return con.execute("select count(*) from t").fetchone()


def clean_with_pandas(path: Path, small: Path, count: int) -> int:
    """The same cleaning: text stripped, 元 to 万元, totals and blanks out, codes and keys checked."""
    _clean(small)
    with clock():
        kept = _clean(path)
    if kept != count:
        raise RuntimeError(f"{kept} of {count} rows kept")
    return kept


def _clean(path: Path) -> int:
    import pandas as pd

    if path.suffix == ".csv":
        frame = pd.read_csv(path, encoding="gb18030", skiprows=HEADER_ROW - 1, dtype=str)
    else:
        frame = pd.read_excel(path, engine="openpyxl", header=HEADER_ROW - 1, dtype=str)
    frame["row"] = frame.index + HEADER_ROW + 1
    for label in (CODE, NAME):
        frame[label] = frame[label].str.normalize("NFKC").str.strip().str.replace(r"\s+", "", regex=True)
    frame = frame[frame[CODE].notna() & ~frame[CODE].str.contains("合计|小计|总计", na=True)].copy()
    for label in LABELS[2:]:
        text = frame[label].str.normalize("NFKC").str.replace(",", "").str.strip()
        frame[label] = pd.to_numeric(text, errors="coerce") / 10_000
    frame["is_valid"] = frame[CODE].map(is_credit_code) & frame[TAX].notna()
    rejected = frame[~frame["is_valid"]]
    kept = frame[frame["is_valid"]].drop_duplicates(CODE, keep="last")
    kept.to_parquet(path.with_suffix(".pandas.parquet"))
    rejected.to_csv(path.with_suffix(".rejected.csv"))
    return len(kept)


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_credit_code(code: str) -> bool:
    """GB 32100-2015, as such scripts have it."""
    if len(code) != 18 or any(letter not in ALPHABET for letter in code):
        return False
    total = sum(ALPHABET.index(letter) * 3**place for place, letter in enumerate(code[:17]))
    return ALPHABET[(31 - total % 31) % 31] == code[17]
