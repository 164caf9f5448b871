"""Where each mart's figures come from, as data: steps down to extracts, other marts and parameter files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fuyou_pipeline.dictionary.model import LOADER
from fuyou_pipeline.errors import FuyouError

HERE = Path(__file__).parent / "traces"


class Place(BaseModel):
    """Only rows of firms that belonged to ``code`` (unit, county or city) in ``month``: SQL over r and s."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    month: str


class Step(BaseModel):
    """One kind of rows behind a mart's rows: of an extract or another mart, or a parameter file.

    ``where`` is DuckDB SQL over ``r`` (the row traced), ``s`` (the row behind it) and, with ``place``, ``f``
    (the firm in that month: enterprise_id, place, industry_code).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: str | None = Field(default=None, alias="from", description="报表编号，或另一张结果表")
    parameter: str | None = Field(default=None, description="参数文件：reference/ 下的文件名，可含 {列名}")
    where: str = "true"
    place: Place | None = None
    is_evaluated: bool = Field(
        default=False, description="只取 r.evaluated_as 所代表的企业：本企业、合并评价的成员、地区内企业"
    )
    figures: tuple[str, ...] | None = Field(default=None, alias="for", description="只用于这些列；不写为全部")
    follow: tuple[str, ...] | None = Field(default=None, description="另一张结果表的哪些列；不写为全部")
    values: tuple[str, ...] = Field(default=(), description="来源行中列出哪些列的值")

    @model_validator(mode="after")
    def _has_one_source(self) -> Step:
        if (self.source is None) == (self.parameter is None):
            raise ValueError("from 与 parameter 必须写且只写一个")
        return self

    def serves(self, figure: str | None) -> bool:
        """Whether it stands behind ``figure`` (None: behind any)."""
        return figure is None or self.figures is None or figure in self.figures


@cache
def load_traces(folder: Path = HERE) -> dict[str, tuple[Step, ...]]:
    """Table → its steps, from ``traces/*.yaml``.

    Raises:
        FuyouError: ``dictionary-invalid`` naming the file and the entry.
    """
    found: dict[str, tuple[Step, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for table, steps in (yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}).items():
            if table in found:
                raise _invalid(path, table, "同一表的来源只能说明一次。")
            try:
                found[table] = tuple(Step.model_validate(step) for step in steps)
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, (table, *first["loc"])))
                raise _invalid(path, place, first["msg"]) from error
    return found


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError("dictionary-invalid", f"数据来源说明有误：{reason}", file=path.name, path=place)
