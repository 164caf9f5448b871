"""Writes the Word material of a pack as a 公文: figures filled in, judgement left to the person who signs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fuyou_pipeline.briefing import sentences
from fuyou_pipeline.briefing.document_chart import add_chart
from fuyou_pipeline.briefing.facts import ZONES_NOTE, Facts, yi
from fuyou_pipeline.briefing.figures import (
    OUTPUT,
    VALUE_ADDED,
    coverage,
    issues,
    movement,
    pool_counts,
    ranks,
    totals,
)
from fuyou_pipeline.briefing.page.wording import MISSING, number
from fuyou_pipeline.briefing.styles import BODY_FONT, HEAD_FONT, TITLE_FONT
from fuyou_pipeline.briefing.tables import Chart, Column, Table
from fuyou_pipeline.briefing.workbook import Imprint

KAI_FONT = "楷体_GB2312"
_TEXT_CM, _NAME_CM, _CELL_CM = 15.6, 2.4, 0.1
_BLANK = "（由起草人填写）"
_LINE_POINTS = 26


def write_document(path: Path, facts: Facts, imprint: Imprint) -> None:
    """Write the material, about two pages; every figure in it is also in the city's workbook."""
    from docx import Document

    document = Document()
    _page(document)
    writer = _Writer(document)
    label = "　【模拟数据】" if imprint.is_simulated else ""
    writer.paragraph(f"内部资料　注意保存{label}", HEAD_FONT, 14, indent=False)
    writer.paragraph(facts.period.title, TITLE_FONT, 22, align="center", indent=False, line=34, after=4)
    writer.paragraph(f"（数据截至{imprint.as_of}）", KAI_FONT, 14, align="center", after=6)
    _body(writer, facts)
    _imprint(writer, facts, imprint)
    document.core_properties.title = facts.period.title
    document.core_properties.author = ""
    document.core_properties.comments = f"发布版 {imprint.release_id}"
    document.save(str(path))


def _body(writer: _Writer, facts: Facts) -> None:
    writer.heading("一、工业运行")
    writer.text("".join([*sentences.published(facts)[:1], *sentences.operation(facts)]))
    operation = _operation_table(facts)
    writer.table(f"表1　{facts.period.cumulative}各单位工业运行（亿元、%）", operation)
    if operation.chart is not None and any(row[2] is not None for row in operation.rows):
        add_chart(writer.document, operation, operation.chart, height_cm=4.2)
    writer.heading("二、目标和制造业")
    writer.text(
        "".join([*sentences.targets(facts), *sentences.manufacturing(facts), *sentences.doubling(facts)])
    )
    writer.heading("三、扶优育规")
    writer.text("".join([*sentences.libraries(facts), *sentences.support(facts)]))
    writer.table("表2　各单位扶优育规进展（户、件）", _library_table(facts))
    writer.heading("四、研判和建议")
    for title in ("（一）形势判断。", "（二）存在问题。", "（三）下步措施。"):
        writer.text(_BLANK, lead=title)


def _operation_table(facts: Facts) -> Table:
    figures, places = totals(facts), ranks(facts)
    rows = []
    for area in facts.home_and_units:
        row = figures.get((area.code, "cumulative"), {})
        output = places.get((area.code, OUTPUT, "速度", "全市", "cumulative"), {})
        scope = "全省" if area.code == facts.home.code else "全市"
        added = places.get((area.code, VALUE_ADDED, "速度", scope, "cumulative"), {})
        rows.append(
            [
                facts.label(area.code) if area.code == facts.home.code else area.short_name,
                yi(row.get("output_wan")),
                row.get("output_growth_pct"),
                output.get("rank"),
                added.get("value"),
                added.get("against_province_pp"),
                added.get("rank"),
            ]
        )
    columns = (
        Column("单位"),
        Column("产值", "two"),
        Column("同比", "percent"),
        Column("位次", "rank"),
        Column("增加值同比", "percent"),
        Column("较全省±\n百分点", "points"),
        Column("位次", "rank"),
    )
    notes = (f"注：产值为监测数，增加值增速为公布数；全市的位次是全省位次。{ZONES_NOTE}",)
    chart = Chart(f"{facts.period.cumulative}各单位规上工业总产值同比（%）", (2,))
    return Table(columns, rows, notes=notes, chart=chart)


def _library_table(facts: Facts) -> Table:
    moved, _ = movement(facts)
    counts, covered, opened = pool_counts(facts), coverage(facts), issues(facts)
    rows = []
    for area in facts.home_and_units:
        row = moved.get(area.code, {})
        rows.append(
            [
                facts.label(area.code) if area.code == facts.home.code else area.short_name,
                *(row.get(name) for name in ("stock", "entered_gross", "exited_gross")),
                *(counts[(area.code, pool)] for pool in ("near_entry", "near_exit")),
                covered.get(area.code, {}).get("uncovered"),
                *(opened.get(area.code, {}).get(name) for name in ("open_at_end", "overdue")),
            ]
        )
    headers = ("在库", "本年新增", "本年退库", "临近入规", "临退", "未包保", "未办结", "超时限")
    return Table((Column("单位"), *(Column(header, "count") for header in headers)), rows)


def _imprint(writer: _Writer, facts: Facts, imprint: Imprint) -> None:
    """签发 and 抄送 at the end, between two rules."""
    for text, rule in (
        ("签发：　　　　　　　审核：　　　　　　　拟稿：", True),
        ("抄送：", False),
        (f"{facts.home.name}经济和信息化局　　　　　　　　　　　年　　月　　日印发", True),
    ):
        writer.paragraph(text, BODY_FONT, 14, indent=False, line=22, rule=rule)
    writer.paragraph(f"数据来源：发布版 {imprint.release_id}", BODY_FONT, 9, indent=False, line=13)


def _page(document: Any) -> None:
    """A4 with the margins of GB/T 9704—2012 and the page number between dashes."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    section.footer_distance = Cm(2.5)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
        run = footer.add_run(text)
        _font(run, "宋体", 14)
        for kind in ("begin", "instr", "end") if field else ():
            element = OxmlElement("w:instrText" if kind == "instr" else "w:fldChar")
            if kind == "instr":
                element.text = field
            else:
                element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


class _Writer:
    """Paragraphs and tables of one document in the fonts and line heights of a 公文."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def heading(self, text: str) -> None:
        self.paragraph(text, HEAD_FONT, 16).paragraph_format.keep_with_next = True

    def text(self, text: str, lead: str = "") -> None:
        """Body text, after a 楷体 lead if given."""
        self.paragraph(text, BODY_FONT, 16, lead=lead)

    def paragraph(
        self,
        text: str,
        font: str,
        size: float,
        *,
        align: str = "",
        indent: bool = True,
        lead: str = "",
        line: float = _LINE_POINTS,
        after: float = 0,
        rule: bool = False,
    ) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        shape = paragraph.paragraph_format
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        shape.space_before, shape.space_after = Pt(0), Pt(after)
        if align == "center":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif indent:
            shape.first_line_indent = Pt(size * 2)
        if lead:
            _font(paragraph.add_run(lead), KAI_FONT, size)
        _font(paragraph.add_run(text), font, size)
        if rule:
            _rule(paragraph)
        return paragraph

    def table(self, title: str, table: Table) -> None:
        """A small table; notes below it in a smaller size."""
        self.paragraph(title, HEAD_FONT, 11, align="center", line=20).paragraph_format.keep_with_next = True
        made = self.document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
        made.style = "Table Grid"
        made.autofit = False
        _narrow_margins(made)
        _share_width(made)
        _cells(made.rows[0].cells, [column.header for column in table.columns], HEAD_FONT)
        for row, values in zip(made.rows[1:], table.rows, strict=True):
            texts = [_shown(column, value) for column, value in zip(table.columns, values, strict=True)]
            _cells(row.cells, texts, BODY_FONT)
        _repeat_head(made)
        for note in table.notes:
            self.paragraph(note, BODY_FONT, 9, indent=False, line=14)


def _shown(column: Column, value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    digits = {"two": 2, "percent": 1, "points": 1}.get(column.kind, 0)
    sign = "+" if column.kind == "points" and value > 0 else ""
    return sign + number(value, digits)


def _cells(cells: Sequence[Any], texts: Sequence[str], font: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
    from docx.shared import Pt, RGBColor

    for cell, text in zip(cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shape = paragraph.paragraph_format
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(14)
        shape.space_before = shape.space_after = Pt(0)
        run = paragraph.add_run(text)
        _font(run, font, 10)
        if text.startswith("-"):
            run.font.color.rgb = RGBColor(0xFF, 0, 0)


def _share_width(table: Any) -> None:
    """The first column wide enough for a unit's name on one line, the others alike."""
    from docx.shared import Cm

    others = len(table.columns) - 1
    widths = [_NAME_CM, *[(_TEXT_CM - _NAME_CM) / others] * others]
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)


def _narrow_margins(table: Any) -> None:
    """Room for four letters in each of eight columns, so that no header breaks within a word."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Cm(_CELL_CM).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")


def _repeat_head(table: Any) -> None:
    from docx.oxml import OxmlElement

    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _font(run: Any, name: str, size: float) -> None:
    """Name the font for Chinese letters too, which Word keeps apart."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run.font.name, run.font.size = name, Pt(size)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _rule(paragraph: Any) -> None:
    """A line above the paragraph."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    # Word accepts the borders only at their place in the order of paragraph properties.
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
