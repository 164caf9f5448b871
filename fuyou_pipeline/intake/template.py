"""The empty form of a contract, which departments fill in and intake reads back without questions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from fuyou_pipeline.contracts.model import Column, Contract
from fuyou_pipeline.intake.lake import written_aside

FORM_ROWS = 500
_A3, _A4 = 8, 9
_PERIOD_WORDS = {"month": "20__年__月", "quarter": "20__年__季度", "year": "20__年度", "event": ""}
_WIDTHS = {"uscc": 22, "text": 24, "enum": 14, "bool": 10, "date": 13, "month": 11}
_EARLIEST = date(1949, 10, 1)


def write_template(contract: Contract, path: Path) -> None:
    """Write the form: title with the period to fill in, sender, headers with units, lists to choose from.

    Headers of required columns are yellow; each header's comment says what belongs in the column.
    """
    import xlsxwriter

    with written_aside(path) as sink:
        book = xlsxwriter.Workbook(sink, {"in_memory": True})
        sheet = book.add_worksheet("报表")
        title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        small = book.add_format({"font_size": 10})
        common = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        plain = book.add_format({**common, "bg_color": "#D9E1F2"})
        required = book.add_format({**common, "bg_color": "#FFE699"})
        last, total = len(contract.columns) - 1, 0
        words = _PERIOD_WORDS[contract.cadence]
        heading = f"{contract.title}（{words}）" if words else contract.title
        sheet.merge_range(0, 0, 0, max(last, 1), heading, title)
        sheet.write(1, 0, "填报单位：", small)
        if contract.form:
            sheet.write(1, max(last, 1), f"表号：{contract.form}", small)
        for position, column in enumerate(contract.columns):
            sheet.write(2, position, _header(column), required if column.required else plain)
            sheet.write_comment(2, position, _explanation(column), {"x_scale": 2})
            text = column.type in ("uscc", "code", "text", "month")
            style = book.add_format({"num_format": "@"}) if text else _style(book, column)
            # Room for the header in two lines.
            width = max(_WIDTHS.get(column.type, 12), len(_header(column)) + 3)
            total += width
            sheet.set_column(position, position, width, style)
            rule = _validation(column)
            if rule:
                sheet.data_validation(3, position, 2 + FORM_ROWS, position, rule)
        sheet.set_row(0, 28)
        sheet.set_row(2, 36)
        sheet.freeze_panes(3, 0)
        sheet.set_landscape()
        sheet.set_paper(_A4 if total <= 150 else _A3)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        book.close()


def _header(column: Column) -> str:
    return f"{column.labels[0]}（{column.unit}）" if column.unit else column.labels[0]


def _explanation(column: Column) -> str:
    is_needed = column.required and column.default is None
    lines = [column.meaning or column.label, "必填。" if is_needed else "可不填。"]
    if column.values:
        lines.append("可填：" + "、".join(_choices(column)) + "。")
    if column.class_ == "personal":
        lines.append("个人信息，只留存于原件，不入库。")
    return "\n".join(lines)


def _choices(column: Column) -> list[str]:
    """What a clerk picks from: Chinese words, not our stored codes."""
    return [names[0] if value.isascii() and names else value for value, names in column.values.items()]


def _style(book: Any, column: Column) -> Any:
    return book.add_format({"num_format": "yyyy-mm-dd"}) if column.type == "date" else None


def _validation(column: Column) -> dict[str, Any] | None:
    told = {"error_title": column.label[:32], "ignore_blank": True}
    choices = _choices(column) if column.type == "enum" else ["是", "否"] if column.type == "bool" else []
    if choices:
        # Excel holds at most 255 characters of list.
        return {"validate": "list", "source": choices, **told} if len(",".join(choices)) <= 255 else None
    if column.type in ("decimal", "integer") and column.min is not None:
        rule = {"validate": column.type, "criteria": ">=", "value": float(column.min)}
        return {**rule, "error_message": f"应为不小于 {column.min} 的数字", **told}
    if column.type == "date":
        message = "应为日期，如 2022-03-31"
        return {"validate": "date", "criteria": ">", "value": _EARLIEST, "error_message": message, **told}
    return None
