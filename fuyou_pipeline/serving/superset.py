"""The Superset dashboards of the project: read, held to the dictionary, and written as a bundle."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fuyou_pipeline.dictionary import Dictionary, load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.tables import literal
from fuyou_pipeline.serving.superset_bundle import DEFAULT_URI, SCHEMA, bundle
from fuyou_pipeline.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "bi" / "superset"
_STAMP = (2022, 1, 1, 0, 0, 0)
_ANY = "any_table"
T = TypeVar("T")


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Chart(Part):
    """One chart; every column named is one of its table's."""

    title: str
    table: str
    kind: Literal["table", "bar", "line", "pie", "number"]
    x: str | None = None
    y: dict[Literal["sum", "max", "min", "avg", "count"], str] = {}
    by: list[str] = []
    columns: list[str] = []
    sort: list[str] = []
    where: str | None = None
    is_stacked: bool = False
    width: int = Field(ge=1, le=12)
    height: int = Field(default=50, ge=10, le=200)

    @property
    def named(self) -> set[str]:
        """All columns it needs but those of its condition."""
        given = [*self.y.values(), *self.by, *self.columns, *(column.lstrip("-") for column in self.sort)]
        return {*given, *([self.x] if self.x else [])}


class Dashboard(Part):
    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    charts: list[Chart]


class Lookup(Part):
    """The mart in which a code is written out."""

    table: str
    key: str
    word: str


class Words(Part):
    """What readers see in place of codes; what is not listed is shown as it is."""

    codes: dict[str, dict[str, dict[str, str]]]
    """Table (or ``any_table``) → column → code → word."""
    parts: dict[str, dict[str, str]]
    """Column → code that is part of its text → word, replaced in this order."""
    lookups: dict[str, Lookup]

    def expression(self, table: str, column: str) -> str | None:
        """PostgreSQL that says ``column`` in words; None if there are none for it."""
        found = self.codes.get(table, {}).get(column) or self.codes.get(_ANY, {}).get(column)
        if found:
            cases = " ".join(f"when {literal(code)} then {literal(word)}" for code, word in found.items())
            return f"case {column} {cases} else {column} end"
        if column in self.parts:
            text = column
            for code, word in self.parts[column].items():
                text = f"replace({text}, {literal(code)}, {literal(word)})"
            return text
        look = self.lookups.get(column)
        if look is None or look.table == table:
            return None
        return (
            f"coalesce((select max(w.{look.word}) from {SCHEMA}.{look.table} as w"
            f" where w.{look.key} = {table}.{column}), {column})"
        )


def load_dashboards(path: Path = FOLDER / "dashboards.yaml") -> list[Dashboard]:
    """The dashboards of the project.

    Raises:
        FuyouError: ``dashboard-invalid`` naming the place; also for a table or column that is not in the
            dictionary.
    """
    found = _read(path, TypeAdapter(list[Dashboard]))
    dictionary = load_dictionary()
    for dashboard in found:
        for chart in dashboard.charts:
            _check(path, dashboard, chart, dictionary)
    return found


def load_words(path: Path = FOLDER / "words.yaml") -> Words:
    """The words for codes.

    Raises:
        FuyouError: ``dashboard-invalid``, as for the dashboards.
    """
    words = _read(path, TypeAdapter(Words))
    dictionary = load_dictionary()
    tables = dictionary.tables
    anywhere = {*words.codes.get(_ANY, {}), *words.parts, *words.lookups}
    if unknown := sorted(anywhere - dictionary.fields.keys()):
        raise _invalid(path, unknown[0], "没有这一列。")
    for table, columns in words.codes.items():
        if table != _ANY:
            _require(path, table, table, set(columns), tables)
    for column, look in words.lookups.items():
        _require(path, column, look.table, {look.key, look.word}, tables)
    return words


def write_bundle(out: Path, uri: str = DEFAULT_URI) -> None:
    """Write the zip; equal input gives equal bytes."""
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in bundle(load_dashboards(), load_words(), uri).items():
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


def _read(path: Path, kind: TypeAdapter[T]) -> T:
    try:
        return kind.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise _invalid(path, ".".join(map(str, first["loc"])), first["msg"]) from error


def _check(path: Path, dashboard: Dashboard, chart: Chart, dictionary: Dictionary) -> None:
    place = f"{dashboard.slug}.{chart.title}"
    _require(path, place, chart.table, chart.named, dictionary.tables)
    is_plot = chart.kind in ("bar", "line")
    if (is_plot and not (chart.x and chart.y)) or (chart.kind in ("pie", "number") and not chart.y):
        raise _invalid(path, place, "图缺少 x 或 y。")
    if chart.kind == "table" and not chart.columns:
        raise _invalid(path, place, "明细表缺少 columns。")


def _require(path: Path, place: str, table: str, columns: set[str], tables: dict[str, Any]) -> None:
    if table not in tables or tables[table].layer not in ("marts", "release"):
        raise _invalid(path, place, f"没有名为 {table} 的数据表。")
    missing = sorted(columns - set(tables[table].columns))
    if missing:
        raise _invalid(path, place, f"表 {table} 中没有这些列：{'、'.join(missing)}。")


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError("dashboard-invalid", f"看板定义有误：{reason}", file=path.name, path=place)


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
