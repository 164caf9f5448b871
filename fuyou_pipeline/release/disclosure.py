"""The rules of what may leave the office, read from ``disclosure.yaml``."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.release.suppression import Rule
from fuyou_pipeline.settings import Settings

FILE = "disclosure.yaml"


def _one(value: dict[str, str]) -> dict[str, str]:
    if len(value) != 1:
        raise ValueError("须恰好写一列")
    return value


One = Annotated[dict[str, str], AfterValidator(_one)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OpenTable(Part):
    """A mart that may be shown row by row: its public columns, and the rows that ``where`` lets through."""

    source: str | None = Field(default=None, alias="from")
    """The mart, where the public table bears a name (and columns) of its own."""
    where: str = "true"
    hide_when: str | None = None
    """SQL that is true where ``hide`` must be empty; ``$min_firms`` is the rule's."""
    hide: list[str] = []
    """Columns that are then empty, in this release and all later ones."""

    @model_validator(mode="after")
    def _hides_something(self) -> OpenTable:
        if bool(self.hide_when) != bool(self.hide):
            raise ValueError("hide_when 与 hide 须同时写")
        return self


class Aggregate(Part):
    """Firms by slice, area and kind. Dictionaries are output column → SQL over the mart."""

    source: str = Field(alias="from")
    where: str = "true"
    slices: dict[str, str]
    area: One
    kind: One
    firms: str
    """Output column of the number of firms."""
    sums: dict[str, str]

    @property
    def measures(self) -> dict[str, str]:
        """Output column → SQL of what each firm adds to it; NULL: the firm reports nothing."""
        return {self.firms: "1", **self.sums}


class Results(Part):
    """Results of evaluations firm by firm, as far as each scheme's publicity goes."""

    source: str = Field(alias="from")


class Disclosure(Part):
    min_firms: int = Field(ge=2)
    max_share_pct: float = Field(gt=0, le=100)
    protection_pct: float = Field(gt=0, le=100)
    tables: dict[str, OpenTable]
    aggregates: dict[str, Aggregate]
    evaluation_results: dict[str, Results]

    @cached_property
    def rule(self) -> Rule:
        return Rule(self.min_firms, self.max_share_pct / 100, self.protection_pct / 100)


def load_disclosure(settings: Settings) -> Disclosure:
    """The rules in force.

    Raises:
        FuyouError: ``disclosure-invalid`` naming the place.
    """
    path = settings.reference(FILE)
    try:
        return Disclosure.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise FuyouError(
            "disclosure-invalid",
            f"公开规则有误：{first['msg']}",
            hint=f"请更正 {FILE}；规则无误之前不能发布。",
            file=path.name,
            path=".".join(map(str, first["loc"])),
        ) from error
