"""What goes into a release: its tables, in which order, and under which Chinese names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuyou_pipeline.dictionary import Dictionary, FieldEntry
from fuyou_pipeline.errors import FuyouError

if TYPE_CHECKING:
    import duckdb

QUALITY = "mart_data_quality"
QUALITY_ROWS = "mart_data_quality_row"


@dataclass(frozen=True)
class ReleaseColumn:
    name: str
    type: str
    label: str
    """Chinese, with the unit; distinct within its table."""
    field: FieldEntry | None


@dataclass(frozen=True)
class ReleaseTable:
    """One mart. ``order`` totally orders its rows: the grain, or every column where no grain is described."""

    name: str
    title: str
    description: str
    grain: tuple[str, ...]
    columns: tuple[ReleaseColumn, ...]

    @property
    def order(self) -> str:
        names = self.grain or tuple(column.name for column in self.columns)
        return ", ".join(f"{quoted(name)} nulls first" for name in names)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def read_tables(con: duckdb.DuckDBPyConnection, catalog: str, dictionary: Dictionary) -> list[ReleaseTable]:
    """The tables of ``catalog``'s schema ``marts``, by name.

    Raises:
        FuyouError: ``personal-in-mart`` if a column holds contact data of persons.
    """
    found = con.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = ? and schema_name = 'marts' order by table_name, column_index",
        [catalog],
    ).fetchall()
    columns: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in found:
        columns.setdefault(table, []).append((column, kind))
    return [_described(name, columns[name], dictionary) for name in sorted(columns)]


def _described(name: str, columns: list[tuple[str, str]], dictionary: Dictionary) -> ReleaseTable:
    entry = dictionary.tables.get(name)
    described = {field.name: field for field in dictionary.columns_of(name)} if entry else {}
    fields = {column: described.get(column) or dictionary.fields.get(column) for column, _ in columns}
    personal = [
        column for column, field in fields.items() if field is not None and field.class_ == "personal"
    ]
    if personal:
        raise FuyouError(
            "personal-in-mart",
            f"表 {name} 含有个人联系信息（{'、'.join(personal)}），不能发布。",
            hint="请从模型中去掉这些列；个人信息只留在 archive 中的原始文件里。",
        )
    labels = [_label(column, fields[column]) for column, _ in columns]
    distinct = [
        f"{label}_{column}" if labels.count(label) > 1 else label
        for label, (column, _) in zip(labels, columns, strict=True)
    ]
    return ReleaseTable(
        name=name,
        title=entry.title if entry else name,
        description=entry.description if entry else "",
        grain=tuple(entry.grain) if entry else (),
        columns=tuple(
            ReleaseColumn(column, kind, label, fields[column])
            for label, (column, kind) in zip(distinct, columns, strict=True)
        ),
    )


def _label(column: str, field: FieldEntry | None) -> str:
    if field is None:
        return column
    return f"{field.label}（{field.unit}）" if field.unit else field.label
