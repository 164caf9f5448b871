"""Loading and validating the field and table descriptions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fuyou_pipeline.errors import FuyouError

HERE = Path(__file__).parent
# The parser in C, where there is one: the dictionary is half of what it takes to load the definitions.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Layer = Literal["parameters", "staging", "intermediate", "marts", "release"]
ColumnClass = Literal["public", "internal", "personal"]
M = TypeVar("M", bound=BaseModel)


class FieldEntry(BaseModel):
    """A column name and what it means everywhere it occurs."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(pattern=r"^_?[a-z][a-z0-9_]*$")
    label: str
    unit: str | None = None
    class_: ColumnClass = Field(default="internal", alias="class")
    type: str = Field(pattern=r"^(string|int|bigint|boolean|date|timestamp|double|decimal\(\d+,\d+\))$")
    meaning: str

    @property
    def description(self) -> str:
        """Label, unit and meaning in one Chinese text, as dbt docs and database comments show it."""
        unit = f"（{self.unit}）" if self.unit else ""
        return f"{self.label}{unit}：{self.meaning}"


class TableEntry(BaseModel):
    """A table that dbt builds (or reads, for parameters): its grain, its columns in order, its tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    family: str
    layer: Layer
    title: str
    description: str
    grain: list[str]
    grain_tested_in: list[str] = []
    """Tables whose own grains imply this one, of a view of nothing but their rows."""
    columns: list[str]
    overrides: dict[str, dict[str, Any]] = {}
    """Column → parts of its description that differ in this table alone (a fixed name with a finer type)."""
    config: dict[str, Any] = {}
    """dbt model config passed through, e.g. a materialization."""
    tests: list[Any] = []
    column_tests: dict[str, list[Any]] = {}


class Dictionary(BaseModel):
    """All fields and tables; ``tables`` in the order of their files."""

    model_config = ConfigDict(frozen=True)

    fields: dict[str, FieldEntry]
    tables: dict[str, TableEntry]

    def layer(self, layer: Layer) -> list[TableEntry]:
        return [table for table in self.tables.values() if table.layer == layer]

    def columns_of(self, table: str) -> list[FieldEntry]:
        """The described columns of a table, in the order in which it is selected."""
        entry = self.tables[table]
        return [
            FieldEntry.model_validate(
                {**self.fields[c].model_dump(by_alias=True), **entry.overrides.get(c, {})}
            )
            for c in entry.columns
        ]


@cache
def load_dictionary(folder: Path = HERE) -> Dictionary:
    """Read ``fields/`` and ``tables/`` below ``folder``.

    Raises:
        FuyouError: ``dictionary-invalid`` naming the file and the entry: malformed entry, a name
            described twice, a table with an undescribed column or a grain outside its columns.
    """
    fields: dict[str, FieldEntry] = {}
    for path, name, entry in _entries(folder / "fields"):
        if name in fields:
            raise _invalid(path, name, "同一字段只能说明一次，请删去其中一处。")
        fields[name] = _validated(FieldEntry, path, name, entry)
    tables: dict[str, TableEntry] = {}
    for path, name, entry in _entries(folder / "tables"):
        if name in tables:
            raise _invalid(path, name, "同一表只能说明一次，请删去其中一处。")
        table = _validated(TableEntry, path, name, {"family": path.stem, **entry})
        unknown = [column for column in table.columns if column not in fields]
        if unknown:
            raise _invalid(path, name, f"这些列没有字段说明：{'、'.join(unknown)}。请在 fields/ 中补上。")
        outside = [c for c in [*table.grain, *table.column_tests, *table.overrides] if c not in table.columns]
        if outside:
            raise _invalid(path, name, f"主键或检查用到的列不在表中：{'、'.join(outside)}。")
        tables[name] = table
    return Dictionary(fields=fields, tables=tables)


def _entries(folder: Path) -> list[tuple[Path, str, dict[str, Any]]]:
    found = []
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}
        found += [(path, name, entry) for name, entry in content.items()]
    return found


def _validated(model: type[M], path: Path, name: str, entry: dict[str, Any]) -> M:
    try:
        return model.model_validate({"name": name, **entry})
    except ValidationError as error:
        first = error.errors()[0]
        raise _invalid(path, f"{name}.{'.'.join(map(str, first['loc']))}", first["msg"]) from error


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError("dictionary-invalid", f"数据字典有误：{reason}", file=path.name, path=place)
