"""The score kinds: their parameters, as a scheme file gives them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

Statistic = Literal["mean", "pooled_mean", "median", "max", "p90"]
BaseScope = Literal["rank_scope", "group", "area", "industry_group"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StatBase(_Part):
    """A base drawn from the firms themselves."""

    stat: Statistic = Field(description="均值、合计之比、中位数、最大值、90 分位")
    times: Decimal = Field(Decimal(1), gt=0, description="倍数")
    year_offset: int = Field(0, ge=-10, le=0, description="-1 为上一数据年度的同范围企业")
    over: BaseScope = Field("rank_scope", description="在什么范围内统计")


Base = Annotated[
    Annotated[Decimal, Tag("number")] | Annotated[StatBase, Tag("statistic")],
    Discriminator(lambda value: "statistic" if isinstance(value, (dict, StatBase)) else "number"),
]


class Ratio(_Part):
    """weight × clip(x ÷ base, floor, cap)"""

    kind: Literal["ratio"]
    base: Base = Field(description="基准值：数字，或由企业数据统计")
    cap: Decimal | None = Field(None, description="比值上限，空为不封顶")
    floor: Decimal | None = Field(None, description="比值下限，空为不设")

    @field_validator("base")
    @classmethod
    def _positive(cls, base: Decimal | StatBase) -> Decimal | StatBase:
        if isinstance(base, Decimal) and base <= 0:
            raise PydanticCustomError(
                "fuyou",
                "{reason}",
                {"reason": f"基准值须大于 0，现为 {base:f}。", "code": "base-not-positive"},
            )
        return base

    @model_validator(mode="after")
    def _ordered(self) -> Ratio:
        if self.cap is not None and self.floor is not None and self.cap < self.floor:
            raise PydanticCustomError(
                "fuyou", "{reason}", {"reason": "cap 小于 floor。", "code": "value-invalid"}
            )
        return self


class MinMax(_Part):
    """weight × [low + (high − low) × (x − min) ÷ (max − min)] ÷ 100"""

    kind: Literal["minmax"]
    low: Decimal = Field(Decimal(20), description="最差者得分（百分制）")
    high: Decimal = Field(Decimal(100), description="最优者得分（百分制）")
    base: ClassVar[None] = None


class RatioToMax(_Part):
    """weight × x ÷ max"""

    kind: Literal["ratio_to_max"]
    base: ClassVar[None] = None


class InverseMean(_Part):
    """weight × max(0, 2 − x ÷ mean)"""

    kind: Literal["inverse_mean"]
    base: ClassVar[None] = None


class Band(_Part):
    upto: Decimal | None = Field(None, description="本段上界（含），空为无上界")
    points: Decimal = Field(description="得分（绝对分值）")

    @field_validator("upto", mode="before")
    @classmethod
    def _infinity_is_open(cls, value: Any) -> Any:
        return None if isinstance(value, float) and value == float("inf") else value


class Bands(_Part):
    """Points of the first band with x ≤ upto; above the last bound the last band's points."""

    kind: Literal["bands"]
    bands: list[Band] = Field(min_length=1)
    base: ClassVar[None] = None

    @model_validator(mode="after")
    def _rising(self) -> Bands:
        bounds = [band.upto for band in self.bands]
        closed = [bound for bound in bounds if bound is not None]
        if None in bounds[:-1] or closed != sorted(set(closed)):
            raise PydanticCustomError(
                "fuyou",
                "{reason}",
                {"reason": "分段上界须逐段上升，只有最后一段可以不设上界。", "code": "value-invalid"},
            )
        return self


ScoreRule = Annotated[Ratio | MinMax | RatioToMax | InverseMean | Bands, Field(discriminator="kind")]

STATISTICS = {
    "mean": "均值",
    "pooled_mean": "合计之比",
    "median": "中位数",
    "max": "最大值",
    "p90": "90 分位",
}
_OVER = {"rank_scope": "排名范围", "group": "全组", "area": "本县区", "industry_group": "本行业组"}


def described(rule: ScoreRule) -> str:
    """What the rule measures a value against and how, in a few Chinese words."""
    if isinstance(rule, MinMax):
        return f"极差法，最差 {rule.low:f}、最优 {rule.high:f}（百分制），范围取自排名范围"
    if isinstance(rule, RatioToMax):
        return "比排名范围最大值"
    if isinstance(rule, InverseMean):
        return "2 − 指标值 ÷ 排名范围均值"
    if isinstance(rule, Bands):
        bands = (
            f"{'其余' if band.upto is None else f'≤ {band.upto:f}'} 得 {band.points:f} 分"
            for band in rule.bands
        )
        return f"分段给分：{'，'.join(bands)}"
    if isinstance(rule.base, StatBase):
        base = rule.base
        years = (
            "" if not base.year_offset else "上年" if base.year_offset == -1 else f"{-base.year_offset} 年前"
        )
        times = "" if base.times == 1 else f" × {base.times:f}"
        text = f"比基准值（{years}{_OVER[base.over]}{STATISTICS[base.stat]}{times}）"
    else:
        text = "比基准值（方案给定）"
    text += "" if rule.cap is None else f"，比值封顶 {rule.cap:f}"
    return text + ("" if rule.floor is None else f"，比值最低 {rule.floor:f}")
