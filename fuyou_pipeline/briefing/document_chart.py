"""Puts a native chart into a Word document: xlsxwriter draws it, and its workbook goes along for editing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from fuyou_pipeline.briefing.tables import Chart, Table
from fuyou_pipeline.briefing.workbook import ChartData, make_chart

_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_INLINE = (
    '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
    '<wp:docPr id="{number}" name="chart{number}"/><wp:cNvGraphicFramePr/>'
    '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
    '<c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
)


def add_chart(document: Any, table: Table, chart: Chart, *, width_cm: float = 15.4, height_cm: float) -> None:
    """Append a paragraph with ``chart`` of ``table``; Word draws it and can open its data."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.shared import Cm

    workbook, xml = _drawn(table, chart)
    package = document.part.package
    number = 1 + sum(part.content_type == _CHART_TYPE for part in package.iter_parts())
    data = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _SHEET_TYPE, workbook, package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, b"", package)
    link = f'<c:externalData r:id="{part.relate_to(data, RELATIONSHIP_TYPE.PACKAGE)}"/>'
    part._blob = _explicit(xml).replace("<c:printSettings>", f"{link}<c:printSettings>", 1).encode()
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    drawing = parse_xml(
        _INLINE.format(width=int(Cm(width_cm)), height=int(Cm(height_cm)), number=number, relation=relation)
    )
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Cm(0.1)
    paragraph.add_run()._r.append(drawing)


def _explicit(xml: str) -> str:
    """Say what Excel takes for granted and Word does not: figures alone as labels, square corners."""
    labels = "".join(
        f'<c:{name} val="{int(name == "showVal")}"/>'
        for name in (
            "showLegendKey",
            "showVal",
            "showCatName",
            "showSerName",
            "showPercent",
            "showBubbleSize",
        )
    )
    return xml.replace('<c:showVal val="1"/>', labels).replace(
        "<c:chart>", '<c:roundedCorners val="0"/><c:chart>', 1
    )


def _drawn(table: Table, chart: Chart) -> tuple[bytes, str]:
    """The workbook that holds the chart's figures, and the chart's XML with the figures cached in it."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        shown = book.add_worksheet("图")
        data = ChartData(book)
        names = [table.columns[number].header for number in chart.series]
        shown.insert_chart(0, 0, make_chart(book, chart, names, table, chart.series, data))
        data.finish()
    content = buffer.getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return content, archive.read("xl/charts/chart1.xml").decode("utf-8")
