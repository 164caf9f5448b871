"""The shape of a contract: what an extract is called, who sends it, its columns and their units."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

ColumnType = Literal["text", "uscc", "code", "integer", "decimal", "date", "month", "bool", "enum"]
Grain = Literal["month", "quarter", "year"]
Role = Literal["period", "period_kind", "published_on"]

# YAML reads 341602 as a number and 无 as text; both are meant as the text that stands there.
Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, (int, float)) else value)]


class Column(BaseModel):
    """One column of an extract.

    ``unit`` is the canonical unit in which the lake keeps the value (a name that
    :mod:`fuyou_pipeline.intake.units` knows); a column without one keeps the value as it came.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    labels: tuple[Text, ...] = Field(min_length=1)
    """Headers under which departments send it; compared by ``labels.label_key``."""
    label: str = ""
    """Chinese name for people: the field dictionary's, else the first of ``labels``."""
    meaning: str = ""
    type: ColumnType
    unit: str | None = None
    required: bool = False
    """The column must be there and every row must fill it (``default``: what an empty cell means)."""
    width: int | None = Field(default=None, ge=1, le=64)
    """Codes only: number of characters; a number shorter than that has lost its leading zeros."""
    min: Decimal | None = None
    max: Decimal | None = None
    values: dict[str, tuple[str, ...]] = {}
    """Enums only: stored value → other spellings."""
    default: Text | None = None
    """What an empty cell means. Text columns only: a number that is missing stays missing."""
    accepts: dict[str, Decimal] = {}
    """Units of another dimension that this one column takes, with their factor (water: 1 立方米 = 1 吨)."""
    role: Role | None = None
    """What intake itself reads from the column: each row's period, its kind, its date of publication."""
    class_: Literal["public", "internal", "personal"] = Field(default="internal", alias="class")

    @field_validator("values", mode="before")
    @classmethod
    def _list_means_no_synonyms(cls, value: Any) -> Any:
        return {str(item): () for item in value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _options_fit_the_type(self) -> Column:
        _require(bool(self.values) == (self.type == "enum"), "values 只用于、且必须用于 enum 类型")
        _require(self.width is None or self.type == "code", "width 只用于 code 类型")
        _require(
            self.unit is None or self.type in ("decimal", "integer"), "unit 只用于 decimal、integer 类型"
        )
        _require(not self.accepts or self.unit is not None, "accepts 只用于有 unit 的列")
        numeric = self.type in ("decimal", "integer")
        _require(numeric or (self.min is None and self.max is None), "min、max 只用于 decimal、integer 类型")
        _require(
            self.default is None or self.type in ("text", "code", "enum"),
            "default 只用于 text、code、enum 类型",
        )
        _require(
            self.default is None or not self.values or self.default in self.values, "default 不在 values 之中"
        )
        _require(self.min is None or self.max is None or self.min <= self.max, "min 大于 max")
        return self

    @property
    def is_landed(self) -> bool:
        """Personal columns are recognised, so that nobody is told they are unknown, and never stored."""
        return self.class_ != "personal"


class Due(BaseModel):
    """When it is late, and whose it is: that day of the ``months_after``-th month after the period."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    months_after: int = Field(ge=0, le=24)
    day: int = Field(ge=1, le=31)
    senders: tuple[Text, ...] = Field(min_length=1)


class Contract(BaseModel):
    """One extract: the lake table, its provider, its period, its key and its columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    dataset: str = Field(pattern=r"^[a-z][a-z0-9_]{0,50}$")
    title: str = Field(min_length=1)
    provider: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    form: Text | None = None
    cadence: Literal["month", "quarter", "year", "event"]
    also: tuple[Grain, ...] = ()
    """Further grains of period that are sent under the same contract, e.g. a yearly final beside quarters."""
    semantics: Literal["snapshot", "upsert"]
    use: Literal["statistical_only", "administrative", "declared"]
    due: Due | None = None
    key: tuple[str, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    reject_file_above: float = Field(default=0.05, ge=0, le=1)
    """Share of bad rows above which the whole file is refused."""
    has_january: bool = True
    """False for monthly statistics of industry: January and February come together as cumulative February."""

    hash: str = ""
    """First 12 hex digits of the SHA-256 of the contract as it is in force; set by the loader."""
    is_shipped: bool = True
    """False for a contract of the office's own."""

    @model_validator(mode="after")
    def _columns_and_key_agree(self) -> Contract:
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        _require(not twice, f"columns 中列名重复：{'、'.join(twice)}")
        unknown = [name for name in self.key if name not in names]
        _require(not unknown, f"key 中的列不在 columns 之中：{'、'.join(unknown)}")
        for name in self.key:
            column = self.column(name)
            _require(column.is_landed, f"key 中的列 {name} 是个人信息，不入库，不能作主键")
            filled = column.required or column.default is not None
            _require(filled, f"key 中的列 {name} 须为 required，或有 default")
        roles = [column.role for column in self.columns if column.role]
        _require(len(roles) == len(set(roles)), "role 重复")
        return self

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def role(self, role: Role) -> Column | None:
        return next((column for column in self.columns if column.role == role), None)

    @property
    def current_key(self) -> tuple[str, ...]:
        """What tells one current row from another: next year's declaration does not replace this year's."""
        is_periodic = self.semantics == "upsert" and self.cadence != "event"
        return (*self.key, "_period") if is_periodic else self.key

    @property
    def landed_columns(self) -> tuple[Column, ...]:
        """The columns that reach the lake, in the contract's order."""
        return tuple(column for column in self.columns if column.is_landed)

    @property
    def grains(self) -> tuple[str, ...]:
        """Grains of period a file may have; none for events, which take any."""
        return () if self.cadence == "event" else (self.cadence, *self.also)


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise ValueError(reason)
