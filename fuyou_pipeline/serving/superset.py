"""The Superset bundle: dashboards written as data, datasets taken from the dictionary, checked against it."""

from __future__ import annotations

import argparse
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fuyou_pipeline.dictionary import Dictionary, load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import PROJECT_ROOT

DASHBOARDS = PROJECT_ROOT / "bi" / "superset" / "dashboards.yaml"
DATABASE, SCHEMA = "fuyou", "marts"
DEFAULT_URI = "postgresql+psycopg2://fuyou_leader@127.0.0.1:5432/fuyou"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "fuyou-superset")
_STAMP = (2022, 1, 1, 0, 0, 0)
_VIZ = {
    "table": "table",
    "bar": "echarts_timeseries_bar",
    "line": "echarts_timeseries_line",
    "pie": "pie",
    "number": "big_number_total",
}
_AGGREGATES = {"sum": "SUM", "max": "MAX", "min": "MIN", "avg": "AVG", "count": "COUNT"}


class Chart(BaseModel):
    """One chart; every column named is one of its table's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    table: str
    kind: Literal["table", "bar", "line", "pie", "number"]
    x: str | None = None
    y: dict[Literal["sum", "max", "min", "avg", "count"], str] = {}
    by: list[str] = []
    columns: list[str] = []
    sort: list[str] = []
    where: str | None = None
    width: int = Field(ge=1, le=12)

    @property
    def named(self) -> set[str]:
        """All columns it needs but those of its condition."""
        given = [*self.y.values(), *self.by, *self.columns, *(column.lstrip("-") for column in self.sort)]
        return {*given, *([self.x] if self.x else [])}


class Dashboard(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    charts: list[Chart]


def load_dashboards(path: Path = DASHBOARDS) -> list[Dashboard]:
    """The dashboards of the project.

    Raises:
        FuyouError: ``dashboard-invalid`` naming the place; also for a table or column that is not in the
            dictionary.
    """
    try:
        found = TypeAdapter(list[Dashboard]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise _invalid(path, ".".join(map(str, first["loc"])), first["msg"]) from error
    dictionary = load_dictionary()
    for dashboard in found:
        for chart in dashboard.charts:
            _check(path, dashboard, chart, dictionary)
    return found


def bundle(dashboards: list[Dashboard], uri: str = DEFAULT_URI) -> dict[str, dict[str, Any]]:
    """Path in the bundle → content, as ``superset import-dashboards`` reads it."""
    dictionary = load_dictionary()
    files: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2022-01-01T00:00:00+00:00"},
        f"databases/{DATABASE}.yaml": _database(uri),
    }
    for table in sorted({chart.table for dashboard in dashboards for chart in dashboard.charts}):
        files[f"datasets/{DATABASE}/{table}.yaml"] = _dataset(table, dictionary)
    for dashboard in dashboards:
        for number, chart in enumerate(dashboard.charts, start=1):
            files[f"charts/{dashboard.slug}-{number}.yaml"] = _chart(dashboard, chart, dictionary)
        files[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard)
    return files


def write_bundle(out: Path, uri: str = DEFAULT_URI) -> None:
    """Write the zip; equal input gives equal bytes."""
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in bundle(load_dashboards(), uri).items():
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            archive.writestr(zipfile.ZipInfo(f"fuyou/{name}", _STAMP), text, zipfile.ZIP_DEFLATED)


def exposures() -> list[dict[str, Any]]:
    """The dashboards as dbt exposures: who rests on which mart."""
    dictionary = load_dictionary()
    return [
        {
            "name": dashboard.slug.replace("-", "_"),
            "label": dashboard.title,
            "type": "dashboard",
            "description": "BI 看板：" + "、".join(chart.title for chart in dashboard.charts) + "。",
            "owner": {"name": "市经济和信息化局"},
            "depends_on": [
                f"ref('{table}')"
                for table in sorted({chart.table for chart in dashboard.charts})
                if dictionary.tables[table].layer == "marts"
            ],
        }
        for dashboard in load_dashboards()
    ]


def _check(path: Path, dashboard: Dashboard, chart: Chart, dictionary: Dictionary) -> None:
    place = f"{dashboard.slug}.{chart.title}"
    if chart.table not in dictionary.tables or dictionary.tables[chart.table].layer not in (
        "marts",
        "release",
    ):
        raise _invalid(path, place, f"没有名为 {chart.table} 的数据表。")
    missing = sorted(chart.named - set(dictionary.tables[chart.table].columns))
    if missing:
        raise _invalid(path, place, f"表 {chart.table} 中没有这些列：{'、'.join(missing)}。")
    is_plot = chart.kind in ("bar", "line")
    if (is_plot and not (chart.x and chart.y)) or (chart.kind in ("pie", "number") and not chart.y):
        raise _invalid(path, place, "图缺少 x 或 y。")
    if chart.kind == "table" and not chart.columns:
        raise _invalid(path, place, "明细表缺少 columns。")


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError("dashboard-invalid", f"看板定义有误：{reason}", file=path.name, path=place)


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


def _dataset(table: str, dictionary: Dictionary) -> dict[str, Any]:
    entry = dictionary.tables[table]
    columns = [
        {
            "column_name": field.name,
            "verbose_name": f"{field.label}（{field.unit}）" if field.unit else field.label,
            "is_dttm": field.type in ("date", "timestamp"),
            "is_active": True,
            "type": field.type.upper(),
            "groupby": True,
            "filterable": True,
            "expression": None,
            "description": field.description,
            "python_date_format": None,
            "extra": None,
        }
        for field in dictionary.columns_of(table)
    ]
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


def _chart(dashboard: Dashboard, chart: Chart, dictionary: Dictionary) -> dict[str, Any]:
    fields = {field.name: field for field in dictionary.columns_of(chart.table)}
    metrics = [
        {
            "expressionType": "SIMPLE",
            "column": {"column_name": column},
            "aggregate": _AGGREGATES[aggregate],
            "label": "户（项）数" if aggregate == "count" else fields[column].label,
            "hasCustomLabel": True,
            "optionName": f"metric_{column}",
        }
        for aggregate, column in chart.y.items()
    ]
    params: dict[str, Any] = {
        "viz_type": _VIZ[chart.kind],
        "adhoc_filters": list(_filters(chart)),
        "row_limit": 10000,
    }
    if chart.kind == "table":
        order = [
            f'["{column.lstrip("-")}", {str(not column.startswith("-")).lower()}]' for column in chart.sort
        ]
        params |= {
            "query_mode": "raw",
            "show_cell_bars": False,
            "all_columns": chart.columns,
            "order_by_cols": order,
            "server_pagination": True,
            "server_page_length": 50,
        }
    elif chart.kind == "number":
        params |= {"metric": metrics[0]}
    elif chart.kind == "pie":
        params |= {"metric": metrics[0], "groupby": chart.by, "show_legend": True, "label_type": "key_value"}
    else:
        params |= {
            "x_axis": chart.x,
            "metrics": metrics,
            "groupby": chart.by,
            "x_axis_sort_asc": True,
            "truncateYAxis": False,
            "show_legend": True,
            "rich_tooltip": True,
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
                "height": 50,
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


def main() -> None:
    """``python -m fuyou_pipeline.serving.superset --out FILE``."""
    parser = argparse.ArgumentParser(description="生成可导入 Superset 的看板文件。")
    parser.add_argument("--out", type=Path, default=Path("fuyou-superset.zip"), help="写到哪个文件")
    parser.add_argument("--uri", default=DEFAULT_URI, help="Superset 连接 PostgreSQL 的地址，不写密码")
    arguments = parser.parse_args()
    write_bundle(arguments.out, arguments.uri)
    print(f"已写入 {arguments.out}")


if __name__ == "__main__":
    main()
