"""The same figure wherever it is read: DuckDB, Parquet, PostgreSQL, the page and the pack's workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import psycopg
from openpyxl.worksheet.worksheet import Worksheet

from tests.integration.test_page_write import Page

Rows = dict[str, dict[str, Any]]
"""Name of the row (全市, 谯城区 …) → what is asked of it → value as PostgreSQL has it."""
POOLS = {
    "near_entry": "临近入规",
    "pending_production": "即将投产",
    "high_growth": "高成长",
    "near_exit": "临退",
    "exited": "退规",
    "leading": "优势",
}
# What is asked → (column of the page's table, headers of the sheet's column).
OPERATION = {
    "reporting_enterprises": ("报送企业（户）", "报送企业（家）"),
    "output_wan / 10000": ("产值（亿元）", "工业总产值（亿元） 累计"),
    "output_growth_pct": ("产值同比", "工业总产值（亿元） 累计同比（%）"),
    "revenue_wan / 10000": ("营业收入（亿元）", "营业收入（亿元） 累计"),
    "revenue_growth_pct": ("收入同比", "营业收入（亿元） 同比（%）"),
    "profit_wan / 10000": ("利润（亿元）", "利润总额（亿元） 累计"),
    "growing_pct": ("增长面", "增长面（%）"),
    "loss_pct": ("亏损面", "亏损面（%）"),
    "stopped_enterprises": ("停产（户）", "停产（家）"),
}
COVERAGE = {
    "in_scope": ("应包保（户）", "应包保（户）"),
    "covered": ("已包保（户）", "已包保（户）"),
    "uncovered": ("未包保（户）", "未包保（户）"),
    "coverage_pct": ("覆盖率", "覆盖率（%）"),
    "officials_needed": ("至少需干部（人）", "至少需干部（人）"),
}


def files_differ(release: Path, url: str) -> list[str]:
    """Tables that are not in all three, or of which any cell differs."""
    found = []
    with duckdb.connect(str(release / "fuyou.duckdb"), read_only=True) as con, psycopg.connect(url) as db:
        tables = {
            name
            for (name,) in con.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        }
        if tables != {path.stem for path in (release / "parquet").glob("*.parquet")}:
            found.append("parquet/")
        for table in sorted(tables):
            columns = [column for (column, *_) in con.execute(f"describe marts.{table}").fetchall()]
            listed = ", ".join(f'"{column}"' for column in columns)
            ours = con.execute(f"select {listed} from marts.{table}").fetchall()
            file = release / "parquet" / f"{table}.parquet"
            packed = con.execute(f"select {listed} from read_parquet('{file}')").fetchall()
            served = db.execute(f"select {listed} from marts.{table}").fetchall()  # type: ignore[arg-type]
            if not sorted(map(repr, ours)) == sorted(map(repr, packed)) == sorted(map(repr, served)):
                found.append(table)
    return found


def figures_differ(release: Path, url: str, workbook: Path) -> tuple[list[str], int]:
    """Cells of the page or the workbook that are not PostgreSQL's; how many figures were compared."""
    page = Page((release / "site" / "index.html").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(workbook)
    found: list[str] = []
    compared = 0
    with psycopg.connect(url) as db:
        for what, rows, asked, title, sheet in _blocks(db):
            table, lines = _page_table(page, title), _sheet_lines(book[sheet], what)
            for name, values in rows.items():
                for key, (on_page, on_sheet) in asked.items():
                    place, compared = f"{what}: {name} {key} {values[key]}", compared + 1
                    if not reads_as(table[name][on_page], values[key]):
                        found.append(f"{place}, page {table[name][on_page]}")
                    if not is_cell(lines[name][on_sheet], values[key]):
                        found.append(f"{place}, workbook {lines[name][on_sheet]}")
        found += _targets(db, page, book["目标进度"])
    return found, compared


def _blocks(
    db: psycopg.Connection[Any],
) -> Iterator[tuple[str, Rows, dict[str, tuple[str, str]], str, str]]:
    """What is compared, PostgreSQL's values, which columns, the page's table and the workbook's sheet."""
    names = "case when u.is_reporting_unit then u.area_name else '全市' end"
    units = f"join marts.dim_area u on u.area_code = reporting_unit_code and {names} is not null"

    def asked(mart: str, keys: dict[str, Any], where: str, period: str) -> Rows:
        statement = (
            f"select {names}, {', '.join(keys)} from marts.{mart} {units} where {where}"
            f" and {period} = (select max({period}) from marts.{mart})"
        )
        rows = db.execute(statement).fetchall()  # type: ignore[arg-type]
        return {name: dict(zip(keys, values, strict=True)) for name, *values in rows}

    total = "breakdown = 'total' and period_kind = 'cumulative'"
    operation = asked("mart_operation_monthly", OPERATION, total, "period")
    yield "工业运行", operation, OPERATION, "规上工业运行$", "工业运行"
    yield (
        "包保覆盖",
        asked("mart_support_coverage", COVERAGE, "true", "month"),
        COVERAGE,
        "包保覆盖",
        "包保与问题销号",
    )
    counts = ", ".join(f"count(*) filter (where pool = '{pool}')" for pool in POOLS)
    newest = "p.month = (select max(month) from marts.mart_scale_pool)"
    rows = db.execute(
        f"select coalesce(u.area_name, '全市'), {counts} from marts.mart_scale_pool p join marts.dim_area u"  # type: ignore[arg-type]
        f" on u.area_code = p.reporting_unit_code where {newest} group by grouping sets ((u.area_name), ())"
    ).fetchall()
    pools = {name: dict(zip(POOLS, values, strict=True)) for name, *values in rows}
    columns = {pool: (f"{word}（户）", f"扶优育规各库（户） {word}") for pool, word in POOLS.items()}
    yield "各库户数", pools, columns, "各库户数", "入规临退退规"
    rows = db.execute(
        "select case when a.area_code = '341600' then '亳州市' else a.area_name end, class, enterprises"
        " from marts.mart_mu_class_count c join marts.dim_area a using (area_code)"
        " where scheme like 'bozhou-2022%' and scheme_group = 'above_scale'"
    ).fetchall()
    classes: Rows = {}
    for name, class_, enterprises in rows:
        classes.setdefault(name, {})[class_] = enterprises
    # A year of which nobody has reported anything yet is passed over in the workbook.
    shown = {c for found in classes.values() for c in found}
    for class_ in sorted(shown) if shown != {"T"} else ():
        ours = {name: {class_: found.get(class_, 0)} for name, found in classes.items()}
        both = {class_: (f"{class_}类（户）", f"{class_}类 {class_}类户数")}
        yield f"{class_}类", ours, both, "^规上工业企业（.*分地区档次", "亩均评价"


def _targets(db: psycopg.Connection[Any], page: Page, sheet: Worksheet) -> list[str]:
    """Actual values of the city's targets, on the page and on the sheet."""
    rows = db.execute(
        "select indicator, source_clause, programme, actual_value from marts.mart_target_progress"
        " where is_latest and area_code = '341600' and status not in ('no_data', 'rule')"
        " and actual_value is not null"
    ).fetchall()
    table = {(row[0], row[-1]): row for row in page.table("能够判断的目标")[1:] if row[1] == "亳州市"}
    lines = {
        (row[0], row[9]): row for row in sheet.iter_rows(min_row=5, values_only=True) if row[1] == "全市"
    }
    found = []
    for indicator, clause, programme, actual in rows:
        shown = [row for (name, where), row in table.items() if name == indicator and clause in where]
        printed = lines.get((indicator, f"{programme}{clause or ''}"))
        if not shown or not reads_as(shown[0][5], actual):
            found.append(f"{indicator} {actual}, page {shown}")
        if printed is None or not reads_as(str(printed[5]), actual):
            found.append(f"{indicator} {actual}, workbook {printed}")
    return found if rows else ["no target"]


def reads_as(text: str, value: Any) -> bool:
    """Whether ``text`` is ``value`` rounded half up to the digits that it shows; — is missing, not zero."""
    if value is None:
        return text == "—"
    number = re.match(r"[-+]?\d+(\.\d+)?", text.replace(",", ""))
    if number is None:
        return False
    digits = len((number[1] or ".")[1:])
    return Decimal(number[0]) == Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def is_cell(cell: Any, value: Any) -> bool:
    """Whether a cell of the workbook holds ``value`` itself, not a rounded one."""
    if value is None or cell is None or isinstance(cell, str):
        return value is None and cell in ("—", None)
    return abs(float(cell) - float(value)) <= 1e-9 * max(1.0, abs(float(value)))


def _page_table(page: Page, title: str) -> Rows:
    (found,) = [caption for caption in page.tables if re.search(title, caption)]
    header, *body = page.table(found)
    table = {row[0]: dict(zip(header, row, strict=True)) for row in body}
    return table | ({"全市": table["亳州市"]} if "亳州市" in table else {})


def _sheet_lines(sheet: Worksheet, block: str) -> Rows:
    """Rows by name under the headers of a sheet's block (the first that has units), merged ones repeated."""
    rows = [
        [cell.replace("\n", "") if isinstance(cell, str) else cell for cell in row]
        for row in sheet.iter_rows(values_only=True)
    ]
    start = next((i for i, row in enumerate(rows) if str(row[0]).startswith(f"{block}（")), 0)
    top = next(i for i in range(start, len(rows)) if rows[i][0] in ("单位", "地区"))
    heads = rows[top : top + (2 if rows[top + 1][0] is None else 1)]
    names: list[str] = []
    above = ""
    for position in range(len(heads[0])):
        above = heads[0][position] or above
        below = heads[1][position] if len(heads) > 1 else None
        names.append(f"{above} {below}" if below else above)
    found: Rows = {}
    for row in rows[top + len(heads) :]:
        if row[0] is None or str(row[0]).startswith("注"):
            break
        found[row[0]] = dict(zip(names, row, strict=True))
    return found | ({"亳州市": found["全市"]} if "全市" in found else {})
