"""The content of the Superset bundle: connection, datasets, charts and dashboards as Superset reads them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.dictionary import Dictionary, load_dictionary
from fuyou_pipeline.dictionary.model import FieldEntry

if TYPE_CHECKING:
    from fuyou_pipeline.serving.superset import Chart, Dashboard, Words

DATABASE, SCHEMA = "fuyou", "marts"
DEFAULT_URI = "postgresql+psycopg2://fuyou_leader@127.0.0.1:5432/fuyou"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "fuyou-superset")
_IN_WORDS = "_in_words"
"""Ends the name of a dataset's computed column that says a code in Chinese."""
_FORMAT = ",.4~f"
_VIZ = {
    "table": "table",
    "bar": "echarts_timeseries_bar",
    "line": "echarts_timeseries_line",
    "pie": "pie",
    "number": "big_number_total",
}
_AGGREGATES = {"sum": "SUM", "max": "MAX", "min": "MIN", "avg": "AVG", "count": "COUNT"}


def bundle(dashboards: list[Dashboard], words: Words, uri: str = DEFAULT_URI) -> dict[str, dict[str, Any]]:
    """Path in the bundle → content, as ``superset import-dashboards`` reads it."""
    dictionary = load_dictionary()
    files: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2022-01-01T00:00:00+00:00"},
        f"databases/{DATABASE}.yaml": _database(uri),
    }
    for table in sorted({chart.table for dashboard in dashboards for chart in dashboard.charts}):
        files[f"datasets/{DATABASE}/{table}.yaml"] = _dataset(table, dictionary, words)
    for dashboard in dashboards:
        for number, chart in enumerate(dashboard.charts, start=1):
            files[f"charts/{dashboard.slug}-{number}.yaml"] = _chart(dashboard, chart, dictionary, words)
        files[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard)
    return files


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def _database(uri: str) -> dict[str, Any]:
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": uri,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": _id("database"),
        "version": "1.0.0",
    }


def _dataset(table: str, dictionary: Dictionary, words: Words) -> dict[str, Any]:
    entry = dictionary.tables[table]
    fields = dictionary.columns_of(table)
    columns = [_column(field, field.name, field.type.upper(), None) for field in fields]
    for field in fields:
        expression = words.expression(table, field.name)
        if expression is not None:
            columns.append(_column(field, field.name + _IN_WORDS, "STRING", expression))
    return {
        "table_name": table,
        "main_dttm_col": None,
        "description": f"{entry.title}。{entry.description}",
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "schema": SCHEMA,
        "sql": None,
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "uuid": _id("dataset", table),
        "metrics": [],
        "columns": columns,
        "version": "1.0.0",
        "database_uuid": _id("database"),
    }


def _column(field: FieldEntry, name: str, type_: str, expression: str | None) -> dict[str, Any]:
    label = field.label if expression is None else field.label.removesuffix("代码")
    return {
        "column_name": name,
        "verbose_name": f"{label}（{field.unit}）" if field.unit else label,
        "is_dttm": field.type in ("date", "timestamp"),
        "is_active": True,
        "type": type_,
        "groupby": True,
        "filterable": True,
        "expression": expression,
        "description": field.description,
        "python_date_format": None,
        "extra": None,
    }


def _chart(dashboard: Dashboard, chart: Chart, dictionary: Dictionary, words: Words) -> dict[str, Any]:
    fields = {field.name: field for field in dictionary.columns_of(chart.table)}

    def shown(column: str) -> str:
        return column if words.expression(chart.table, column) is None else column + _IN_WORDS

    params: dict[str, Any] = {
        "viz_type": _VIZ[chart.kind],
        "adhoc_filters": list(_filters(chart)),
        "row_limit": 10000,
    }
    metrics = list(_metrics(chart, fields))
    if chart.kind == "table":
        params |= _table(chart, fields, [shown(column) for column in chart.columns])
    elif chart.kind == "number":
        params |= {"metric": metrics[0], "y_axis_format": _FORMAT}
    elif chart.kind == "pie":
        params |= {
            "metric": metrics[0],
            "groupby": [shown(column) for column in chart.by],
            "show_legend": False,
            "show_labels": True,
            "label_type": "key_value",
            "outerRadius": 55,
            "number_format": _FORMAT,
        }
    else:
        params |= {
            "x_axis": shown(chart.x or ""),
            "metrics": metrics,
            "groupby": [shown(column) for column in chart.by],
            "x_axis_sort_asc": True,
            "stack": "Stack" if chart.is_stacked else None,
            "truncateYAxis": False,
            "y_axis_format": _FORMAT,
            "show_legend": True,
            "rich_tooltip": True,
            "markerEnabled": chart.kind == "line",
        }
    return {
        "slice_name": chart.title,
        "description": dictionary.tables[chart.table].description,
        "certified_by": None,
        "certification_details": None,
        "viz_type": _VIZ[chart.kind],
        "params": params,
        "query_context": None,
        "cache_timeout": None,
        "uuid": _id("chart", dashboard.slug, chart.title),
        "version": "1.0.0",
        "dataset_uuid": _id("dataset", chart.table),
    }


def _metrics(chart: Chart, fields: dict[str, FieldEntry]) -> Iterator[dict[str, Any]]:
    for aggregate, column in chart.y.items():
        yield {
            "expressionType": "SIMPLE",
            "column": {"column_name": column},
            "aggregate": _AGGREGATES[aggregate],
            "label": "户（项）数" if aggregate == "count" else fields[column].label,
            "hasCustomLabel": True,
            "optionName": f"metric_{column}",
        }


def _table(chart: Chart, fields: dict[str, FieldEntry], columns: list[str]) -> dict[str, Any]:
    order = [f'["{column.lstrip("-")}", {str(not column.startswith("-")).lower()}]' for column in chart.sort]
    formats = {
        name: {"d3NumberFormat": _FORMAT} for name in columns if name in fields and "dec" in fields[name].type
    }
    return {
        "query_mode": "raw",
        "show_cell_bars": False,
        "all_columns": columns,
        "order_by_cols": order,
        "column_config": formats,
        "server_pagination": True,
        "server_page_length": 50,
    }


def _filters(chart: Chart) -> Iterator[dict[str, Any]]:
    if chart.where:
        yield {
            "expressionType": "SQL",
            "clause": "WHERE",
            "sqlExpression": chart.where,
            "filterOptionName": f"filter_{chart.table}",
        }


def _dashboard(dashboard: Dashboard) -> dict[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    left, row = 0, ""
    for number, chart in enumerate(dashboard.charts, start=1):
        if left < chart.width:
            row, left = f"ROW-{number}", 12
            position["GRID_ID"]["children"].append(row)
            position[row] = {
                "type": "ROW",
                "id": row,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID"],
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
        left -= chart.width
        key = f"CHART-{number}"
        position[row]["children"].append(key)
        position[key] = {
            "type": "CHART",
            "id": key,
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", row],
            "meta": {
                "chartId": number,
                "height": chart.height,
                "width": chart.width,
                "sliceName": chart.title,
                "uuid": _id("chart", dashboard.slug, chart.title),
            },
        }
    return {
        "dashboard_title": dashboard.title,
        "description": None,
        "css": "",
        "slug": dashboard.slug,
        "certified_by": "",
        "certification_details": "",
        "published": True,
        "uuid": _id("dashboard", dashboard.slug),
        "position": position,
        "metadata": {"color_scheme": "supersetColors", "refresh_frequency": 0, "cross_filters_enabled": True},
        "version": "1.0.0",
    }
