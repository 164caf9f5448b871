"""Every extract, filled with random values written as clerks write them, lands value for value.

As workbook, as .xls (LibreOffice's) and as text; what should land is told by the generator alone. The same
folder taken twice and in any order leaves the same lake, and nobody's telephone number is in it.
"""

from __future__ import annotations

import csv
import io
import os
import random
import shutil
import subprocess
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fuyou_pipeline.contracts import Contract, load_contracts
from fuyou_pipeline.contracts.model import Column
from fuyou_pipeline.intake.receipts import Receipt
from fuyou_pipeline.settings import Settings
from tests.intake_forms import landed, taken, uscc, workbook

pytestmark = pytest.mark.thorough
SEED = int(os.environ.get("FUYOU_TEST_SEED", "1"))
PHONE = "13905581234"
FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
BLANKS = ["", "—", "/", "…", " ", "－", "#DIV/0!"]
UNITS = {
    "万元": {"万元": "1", "千元": "0.1", "元": "0.0001", "亿元": "10000"},
    "亩": {"亩": "1", "平方米": "0.0015", "公顷": "15"},
    "m2": {"平方米": "1", "万平方米": "10000"},
    "kWh": {"千瓦时": "1", "万千瓦时": "10000", "度": "1"},
    "t": {"吨": "1", "万吨": "10000", "千克": "0.001"},
    "tce": {"吨标准煤": "1", "万吨标准煤": "10000"},
    "m3": {"立方米": "1", "万立方米": "10000"},
    "kg": {"千克": "1", "吨": "1000", "公斤": "1"},
}
TITLES = {"month": "2022年3月", "quarter": "2022年1季度", "year": "2022年度", "event": ""}
DATES = [
    lambda day: day,
    lambda day: day.isoformat(),
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}.{day.month:02}.{day.day:02} ",
    lambda day: float((day - date(1899, 12, 30)).days),
]


def figure(rng: random.Random, column: Column, factor: Decimal, places: int) -> tuple[Any, Decimal]:
    """A figure as written, and as it must land."""
    low = column.min / factor if column.min is not None else Decimal(-(10**6))
    high = column.max / factor if column.max is not None else Decimal(10**7)
    step = Decimal(1).scaleb(-places)
    amount = Decimal(rng.uniform(float(low), float(min(high, low + 10**7)))).quantize(step)
    amount = min(max(amount, low), high)
    cell = rng.choice(
        [
            float(amount),
            f"{amount:f}",
            f"{amount:,f}",
            f" {amount:f}　",
            f"{amount:f}".translate(FULL_WIDTH),
            f"{amount:f}%"
            if column.unit == "%"
            else f"￥{amount:f}"
            if column.unit == "万元"
            else f"{amount:f}",
        ]
    )
    return cell, (amount * factor).quantize(Decimal("1e-8"), ROUND_HALF_UP)


def cell_of(rng: random.Random, column: Column, number: int, factor: Decimal) -> tuple[Any, Any]:
    """One cell and what must land of it."""
    if column.class_ == "personal":
        return rng.choice([PHONE, f"张三 {PHONE}", float(PHONE)]), None
    if column.role == "period" and column.type == "text":
        return "2022年3月", "2022-03"
    if not column.required and rng.random() < 0.25:
        return rng.choice(BLANKS), column.default
    match column.type:
        case "uscc":
            code = uscc(rng.randrange(10**5) * 100 + number)
            return rng.choice([code, code.lower(), f" {code}\n", code.translate(FULL_WIDTH)]), code
        case "code":
            width = column.width or 8
            digits = str(number + 1).zfill(width) if width > 1 else str(number % 10)
            if column.width is None:
                return f"甲-{digits} ", f"甲-{digits}"
            return rng.choice([digits, f"{digits} ", float(digits), digits.translate(FULL_WIDTH)]), digits
        case "decimal":
            return figure(rng, column, factor, 2)
        case "integer":
            cell, value = figure(rng, column, Decimal(1), 0)
            return cell, int(value)
        case "date":
            day = date(2022, rng.randint(1, 12), rng.randint(1, 28))
            return rng.choice(DATES)(day), day
        case "month":
            month = rng.randint(1, 12)
            return rng.choice(
                [f"2021-{month:02}", f"2021年{month}月", float(202100 + month)]
            ), f"2021-{month:02}"
        case "bool":
            return rng.choice(
                [("是", True), ("√", True), ("有", True), ("否", False), ("×", False), (True, True)]
            )
        case "enum":
            value = rng.choice(list(column.values))
            return rng.choice([value, f" {value}", *column.values[value]]), value
    name = f"{rng.choice(['亳州', '涡阳', '蒙城'])}第{number}号（{rng.randrange(10**6)}）"
    return rng.choice([name, f" {name}", f"{name}　"]), name


def form(rng: random.Random, contract: Contract) -> tuple[list[list[Any]], list[tuple[Any, ...]]]:
    """A form as rows of cells, and the rows that must land."""
    columns = list(contract.columns)
    rng.shuffle(columns)
    headers, factors = [], {}
    for column in columns:
        units = UNITS.get(column.unit or "", {column.unit: "1"} if column.unit else {})
        unit = rng.choice(list(units)) if units and column.type == "decimal" else column.unit
        factors[column.name] = Decimal(units.get(unit, "1")) if unit else Decimal(1)
        label = rng.choice(column.labels)
        headers.append(label + (rng.choice([f"（{unit}）", f"\n({unit})", f"【{unit}】"]) if unit else ""))
    rows: list[list[Any]] = [["附件："]] if rng.random() < 0.5 else []
    lead = [] if any("序号" in column.labels for column in columns) else ["序号"]
    rows += [[f"{contract.title}（{TITLES[contract.cadence]}）"], [], [*lead, *headers]]
    if rng.random() < 0.5:
        rows.append([*(["甲"] if lead else []), *range(1, len(headers) + 1)])
    seen, expected, number = set(), [], 0
    while number < 12:
        number += 1
        pairs = {c.name: cell_of(rng, c, number, factors[c.name]) for c in columns}
        key = tuple(pairs[name][1] for name in contract.key)
        if key in seen:
            continue
        seen.add(key)
        rows.append([*([number] if lead else []), *(pairs[c.name][0] for c in columns)])
        expected.append(tuple(pairs[c.name][1] for c in contract.landed_columns))
        if rng.random() < 0.2:
            rows.append([])
    rows += [[number + i] for i in range(1, rng.choice([0, 0, 390]) + 1) if lead]
    return rows, expected


def as_exported(cell: Any) -> Any:
    """As Excel writes it into a text."""
    if cell is True:
        return "TRUE"
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def as_text(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[as_exported(cell) for cell in row] for row in rows])
    return text.getvalue()


def old_workbooks(paths: list[Path], out: Path) -> None:
    """All of them as .xls, in one run of LibreOffice."""
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice is missing: apt-get install libreoffice-calc"
    command = [soffice, f"-env:UserInstallation={(out / 'profile').as_uri()}", "--headless"]
    subprocess.run(
        [*command, "--convert-to", "xls", "--outdir", str(out), *map(str, paths)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip


def lake_view(settings: Settings) -> dict[str, Any]:
    """Every lake file by its name, with its rows."""
    return {
        str(path.relative_to(settings.lake)): pq.read_table(path, partitioning=None).to_pylist()
        for path in sorted(settings.lake.rglob("*.parquet"))
    }


def check(settings: Settings, path: Path, contract: Contract, expected: list[tuple[Any, ...]]) -> Receipt:
    (receipt,) = taken(settings, path, received="2022-04-10")
    assert (receipt.outcome, receipt.dataset) == ("landed", contract.dataset), receipt.message
    assert receipt.unknown_labels == []
    columns = ", ".join(column.name for column in contract.landed_columns)
    assert landed(settings, contract.dataset, columns) == expected, path.name
    return receipt


def test_every_extract_in_every_kind_of_file(settings: Settings, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    contracts = load_contracts(settings)
    made = {dataset: form(rng, contract) for dataset, contract in contracts.items()}
    books = [workbook(tmp_path / "新" / f"{dataset}.xlsx", rows) for dataset, (rows, _) in made.items()]
    (tmp_path / "旧").mkdir()
    old_workbooks(books, tmp_path / "旧")
    for dataset, (rows, _) in made.items():
        (tmp_path / f"{dataset}.csv").write_text(as_text(rows), encoding=rng.choice(["gb18030", "utf-8-sig"]))
    for kind, folder, suffix in (
        ("a", tmp_path / "新", "xlsx"),
        ("b", tmp_path / "旧", "xls"),
        ("c", tmp_path, "csv"),
    ):
        own = Settings(data_dir=tmp_path / kind)
        for dataset, (_, expected) in made.items():
            check(own, folder / f"{dataset}.{suffix}", contracts[dataset], expected)
        assert not any(PHONE.encode() in path.read_bytes() for path in own.lake.rglob("*.parquet"))
        assert PHONE not in str(lake_view(own))


def test_any_order_and_twice_leave_the_same_lake(tmp_path: Path) -> None:
    rng = random.Random(SEED + 1)
    contracts = load_contracts(Settings(data_dir=tmp_path / "none"))
    paths = []
    for number, (dataset, contract) in enumerate(sorted(contracts.items())):
        rows, _ = form(rng, contract)
        day = f"2022-04-{1 + number % 5:02}"
        paths.append(workbook(tmp_path / "收件" / "341602" / day / f"{dataset}.xlsx", rows))
        if number % 3 == 0:  # the same table restated on the same day
            again = [[*row[:-1], row[-1]] for row in rows if row] + [["注：更正。"]]
            paths.append(workbook(tmp_path / "收件" / "341602" / day / f"{dataset}更正.xlsx", again))
    first, second = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    taken(first, tmp_path / "收件")
    taken(first, tmp_path / "收件")
    rng.shuffle(paths)
    for path in [*paths, *paths[::-1]]:
        day = path.parent.name
        taken(second, path, received=day, sender="341602")
    view = lake_view(first)
    assert len(view) > 2 * len(paths)
    assert view == lake_view(second)
