"""Parts of a scheme file that stand on their own: status, validity, signs of land and tax, publicity."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

StatusWord = Literal["official", "placeholder", "example"]


def refuse(code: str, message: str, **context: Any) -> PydanticCustomError:
    """A mistake told in Chinese; ``at`` in the context extends the path of the place."""
    return PydanticCustomError("fuyou", "{reason}", {"reason": message, "code": code, **context})


class Part(BaseModel):
    """Common behaviour: an unknown key is a mistake, a loaded scheme never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_values_for_numbers(cls, value: Any, info: Any) -> Any:
        annotation = cls.model_fields[info.field_name].annotation
        if isinstance(value, bool) and annotation is int:
            raise refuse("value-invalid", "应填写数字，不能写“是/否”。")
        return value


class Status(Part):
    """Where each part of the scheme comes from."""

    weights: StatusWord = Field("placeholder", description="权重的来源")
    bases: StatusWord = Field("placeholder", description="基准值的来源")
    tiers: StatusWord = Field("placeholder", description="分档比例的来源")
    vetoes: StatusWord = Field("placeholder", description="否决与调档规则的来源")
    ungraded: StatusWord = Field("placeholder", description="不参评名单的来源")

    @property
    def text(self) -> str:
        """One word if all parts agree, else ``weights=official,…`` so that every table can show it."""
        words = self.model_dump()
        return (
            words["weights"]
            if len(set(words.values())) == 1
            else ",".join(f"{k}={v}" for k, v in words.items())
        )


class Validity(Part):
    from_: date = Field(alias="from", description="起始日期")
    to: date | None = Field(None, description="终止日期，空为长期")

    @model_validator(mode="after")
    def _ordered(self) -> Validity:
        if self.to and self.to < self.from_:
            raise refuse("value-invalid", "终止日期早于起始日期。")
        return self


class LandParts(Part):
    """Signed parts of 用地面积; a part that is left out keeps its default."""

    own: Decimal = Field(Decimal(1), description="自有")
    leased_in: Decimal = Field(Decimal(1), description="租入")
    leased_out: Decimal = Field(Decimal(-1), description="租出")
    protected: Decimal = Field(Decimal(-1), description="保护期内")


class TaxParts(Part):
    """Signed parts of 评价税收; a part that is left out keeps its default."""

    paid: Decimal = Field(Decimal(1), description="入库税收")
    exempt_offset: Decimal = Field(Decimal(0), description="免抵调")
    export_refund: Decimal = Field(Decimal(0), description="出口退税")
    credit_refund: Decimal = Field(Decimal(0), description="留抵退税")
    deferred: Decimal = Field(Decimal(0), description="缓缴")
    arrears: Decimal = Field(Decimal(0), description="查补往年")
    withheld_iit: Decimal = Field(Decimal(0), description="代扣个税")


class Publicity(Part):
    days: int = Field(5, ge=0, description="公示工作日数")
    objection_days: int = Field(5, ge=0, description="可提异议的工作日数，自公示之日起算")
    starts_on: date | None = Field(None, description="公示开始日期；填写后才有截止日期")
    publish: list[str] = Field(["enterprise_name", "final_class"], description="公示的列")
