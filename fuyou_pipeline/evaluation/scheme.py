"""What a scheme file (评价方案) may say: its keys, their defaults and the rules that tie them together."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from fuyou_pipeline.evaluation.parts import LandParts, Part, Publicity, Status, TaxParts, Validity, refuse
from fuyou_pipeline.evaluation.scores import ScoreRule, StatBase

Source = Literal["declared", "administrative", "statistics"]
EmployeeSource = Literal["statistics", "social_security", "declared"]
ScopePart = Literal["area", "reporting_unit", "industry_group"]
Pollutant = Literal["cod", "ammonia", "so2", "nox"]
Operator = Literal["<", "<=", ">", ">=", "==", "!="]
MissingRule = Literal["zero", "mean_score", "reweight", "ungraded"]

MAX_RULES = 16
"""Rules of one group are applied one after the other in SQL that is written out this often."""
OTHER_INDUSTRIES = "其他"


class Condition(Part):
    """A comparison with a measure or an indicator of the firm; a missing value meets no condition."""

    indicator: str | None = Field(None, description="指标代码")
    measure: str | None = Field(None, description="数据项代码")
    op: Operator
    value: Decimal

    @model_validator(mode="after")
    def _one_subject(self) -> Condition:
        if (self.indicator is None) == (self.measure is None):
            raise refuse("condition-invalid", "条件须写 indicator 或 measure 中的一个。")
        return self


Flag = Annotated[
    str, Field(pattern=r"^\S+$", description="评价调整表（evaluation_adjustments）中的标记，任意词")
]
When = Annotated[
    Annotated[Flag, Tag("flag")] | Annotated[Condition, Tag("condition")],
    Discriminator(lambda value: "flag" if isinstance(value, str) else "condition"),
]


class Ungraded(Part):
    when: When
    class_: str = Field("T", alias="class", description="不参评企业的类别名")
    managed_as: str | None = Field(None, description="参照管理的类别")


class Then(Part):
    """What a rule does to the class; exactly one of the three."""

    at_most: str | None = Field(None, description="最高只能评为")
    at_least: str | None = Field(None, description="至少评为")
    set: str | None = Field(None, description="直接定为")

    @model_validator(mode="after")
    def _one_effect(self) -> Then:
        if len(self.given) != 1:
            raise refuse("rule-invalid", "调档规则须写 at_most、at_least、set 中的一个，且只写一个。")
        return self

    @property
    def given(self) -> list[tuple[str, str]]:
        return [(k, v) for k, v in self.model_dump().items() if v is not None]


class Rule(Part):
    when: When
    then: Then
    reason: str | None = Field(None, description="写入 class_reason 的中文理由，缺省由条件生成")


class Tier(Part):
    class_: str = Field(alias="class", min_length=1, description="类别名")
    upto: Decimal = Field(gt=0, le=100, decimal_places=2, description="累计比例上界（%）")


class Adjustments(Part):
    max_bonus: Decimal | None = Field(None, ge=0, description="加分上限，空为不限")
    max_deduction: Decimal | None = Field(None, ge=0, description="减分上限（写正数），空为不限")


class Where(Part):
    """Which firms a group takes in: all conditions that are given must hold."""

    scale: Literal["above", "below"] | None = Field(None, description="规上 / 规下（数据年度12月在库与否）")
    min_land_mu: Decimal | None = Field(None, ge=0, description="用地面积不少于（亩）")
    max_land_mu: Decimal | None = Field(None, gt=0, description="用地面积少于（亩，不含本数）")
    min_plant_m2: Decimal | None = Field(None, ge=0, description="租用厂房面积不少于（平方米）")
    min_age_years: int | None = Field(None, ge=0, description="投产满几年")
    tenant: bool | None = Field(None, description="是否为无自有土地的租赁企业")
    zones: list[str] | None = Field(None, min_length=1, description="报送单位（园区）代码")
    industries: list[str] | None = Field(None, min_length=1, description="行业大类代码")
    exclude_industries: list[str] | None = Field(None, min_length=1, description="不含的行业大类代码")

    @field_validator("industries", "exclude_industries")
    @classmethod
    def _divisions(cls, codes: list[str] | None) -> list[str] | None:
        return _division_codes(codes) if codes else codes

    def apart_from(self, other: Where) -> bool:
        """True if no firm can meet both conditions, whatever its figures."""
        if None not in (self.scale, other.scale) and self.scale != other.scale:
            return True
        if None not in (self.tenant, other.tenant) and self.tenant != other.tenant:
            return True
        for low, high in ((self, other), (other, self)):
            if (
                low.min_land_mu is not None
                and high.max_land_mu is not None
                and low.min_land_mu >= high.max_land_mu
            ):
                return True
            if (
                low.industries
                and high.exclude_industries
                and set(low.industries) <= set(high.exclude_industries)
            ):
                return True
        return any(
            mine and theirs and not set(mine) & set(theirs)
            for mine, theirs in ((self.zones, other.zones), (self.industries, other.industries))
        )


class IndicatorUse(Part):
    indicator: str = Field(description="指标代码，见 indicators.yaml")
    weight: Decimal = Field(ge=0, description="权重（分）")
    score: ScoreRule
    missing: MissingRule = Field("zero", description="数据缺失时的处理")


class Group(Part):
    group: str = Field(pattern=r"^[a-z0-9_]+$", description="组代码")
    title: str | None = None
    where: Where = Where()
    rank_within: list[ScopePart] = Field([], description="在什么范围内排名，空为全部一起")
    min_scope: int = Field(1, ge=1, description="小于此户数的排名范围并到“其他”一起排")
    weights_sum: Decimal = Field(Decimal(100), gt=0, description="权重合计应为")
    indicators: list[IndicatorUse] = Field(min_length=1)
    tiers: list[Tier] = Field(
        [
            Tier.model_validate({"class": c, "upto": u})
            for c, u in (("A", 20), ("B", 65), ("C", 95), ("D", 100))
        ],
        min_length=1,
        description="分档，累计比例逐档上升到100（缺省为本项目默认值）",
    )
    tie: Literal["better", "worse"] = Field("better", description="同分企业就高还是就低")
    ungraded: list[Ungraded] = Field([], description="不参评的情形")
    rules: list[Rule] = Field([], max_length=MAX_RULES, description="排名后依次适用的调档规则")
    vetoed_hold_place: bool = Field(True, description="被调档企业是否仍占原名次")
    adjustments: Adjustments = Adjustments()

    @model_validator(mode="after")
    def _weights_add_up(self) -> Group:
        total = sum((use.weight for use in self.indicators), Decimal(0))
        if total != self.weights_sum:
            raise refuse(
                "weights-sum",
                f"各指标权重合计为 {total:f}，与 weights_sum {self.weights_sum:f} 不符。",
                at=("indicators",),
            )
        return self

    @model_validator(mode="after")
    def _named_once(self) -> Group:
        named: dict[str, list[str]] = {
            "indicators": [use.indicator for use in self.indicators],
            "tiers": [tier.class_ for tier in self.tiers],
            "rank_within": list(self.rank_within),
        }
        for field, names in named.items():
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise refuse("duplicate", f"重复出现：{'、'.join(twice)}。", at=(field,))
        return self

    @model_validator(mode="after")
    def _tiers_rise_to_100(self) -> Group:
        bounds = [tier.upto for tier in self.tiers]
        if bounds != sorted(set(bounds)) or bounds[-1] != 100:
            written = "、".join(f"{bound:f}" for bound in bounds)
            raise refuse("tiers-invalid", f"分档上界须逐档上升且最后为 100，现为 {written}。", at=("tiers",))
        return self

    @model_validator(mode="after")
    def _classes_exist(self) -> Group:
        classes = [tier.class_ for tier in self.tiers]
        used: list[tuple[tuple[str | int, ...], str]] = []
        for i, rule in enumerate(self.rules):
            used += [(("rules", i, "then", key), name) for key, name in rule.then.given]
        for i, entry in enumerate(self.ungraded):
            used += [(("ungraded", i, "managed_as"), entry.managed_as)] if entry.managed_as else []
        for at, name in used:
            if name not in classes:
                raise refuse("class-unknown", f"类别 {name} 不在分档 {'、'.join(classes)} 之中。", at=at)
        return self


class Scheme(Part):
    """One office's evaluation of one data year; the grain of a scheme file."""

    scheme: str = Field(pattern=r"^[a-z0-9-]+$", description="方案代码，只用小写字母、数字和连字符")
    title: str = Field(min_length=1, description="方案名称")
    entity: Literal["enterprise", "area"] = Field(
        "enterprise", description="评价对象：企业，或县区/园区（考核评比）"
    )
    document: str | None = Field(None, description="依据文件")
    note: str | None = Field(None, description="需要说明的出入")
    status: Status = Field(Status(), description="各部分是官方、占位还是示例；也可只写一个词")
    valid: Validity | None = None
    area_firms: Literal["above", "all"] = Field(
        "above", description="考核评比时汇总哪些企业：规上 / 全部（缺省为本项目默认值）"
    )
    area_code: str = Field(
        pattern=r"^\d{6}(-[A-Z0-9]+)?$", description="评价范围：该地区及其下级（代码加引号）"
    )
    data_year: int = Field(ge=2000, le=2100, description="数据年度")
    evaluation_year: int = Field(0, ge=0, le=2101, description="评价年度，缺省为数据年度次年")
    binding: bool = Field(False, description="是否正式评价；试评只供参考")
    data_authority: str | None = Field(None, description="使用企业数据的依据，如企业授权")
    source_priority: list[Source] = Field(
        ["declared", "administrative", "statistics"], min_length=1, description="同一数据项各来源的先后"
    )
    land: LandParts = LandParts()
    tax: TaxParts = TaxParts()
    energy_basis: Literal["equivalent", "calorific"] = Field(
        "equivalent", description="能耗口径：等价值 / 当量值"
    )
    emission_basis: Literal["equivalent", "tonnes"] = Field(
        "equivalent", description="排放口径：污染当量 / 吨"
    )
    pollutants: list[Pollutant] = Field(
        ["cod", "ammonia", "so2", "nox"], min_length=1, description="计入的污染物"
    )
    employees_from: list[EmployeeSource] = Field(
        ["statistics", "social_security", "declared"], min_length=1, description="用工人数各来源的先后"
    )
    land_merge: Literal["none", "holder"] = Field("none", description="同一宗地的企业是否并入土地权利人评价")
    consolidation: Literal["none", "group"] = Field("none", description="是否按企业集团合并评价")
    industry_groups: dict[str, list[str]] = Field({}, description="行业组：组名到行业大类代码；其余归“其他”")
    score_decimals: int = Field(4, ge=0, le=6, description="总分保留的小数位数，四舍五入后排名")
    publicity: Publicity = Publicity()
    groups: list[Group] = Field(min_length=1)

    @field_validator("status", mode="before")
    @classmethod
    def _one_word_for_all(cls, value: Any) -> Any:
        return dict.fromkeys(Status.model_fields, value) if isinstance(value, str) else value

    @field_validator("area_code", mode="before")
    @classmethod
    def _quoted_code(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("industry_groups")
    @classmethod
    def _division_lists(cls, groups: dict[str, list[str]]) -> dict[str, list[str]]:
        seen: dict[str, str] = {}
        for name, codes in groups.items():
            for code in _division_codes(codes):
                if seen.setdefault(code, name) != name:
                    raise refuse(
                        "duplicate", f"行业 {code} 同时列在“{seen[code]}”和“{name}”两个行业组。", at=(name,)
                    )
        return groups

    @model_validator(mode="after")
    def _next_year_by_default(self) -> Scheme:
        if not self.evaluation_year:
            object.__setattr__(self, "evaluation_year", self.data_year + 1)
        if self.evaluation_year < self.data_year:
            raise refuse("value-invalid", "评价年度早于数据年度。", at=("evaluation_year",))
        return self

    @model_validator(mode="after")
    def _areas_have_no_traits_of_firms(self) -> Scheme:
        if self.entity == "enterprise":
            return self
        if self.land_merge != "none" or self.consolidation != "none":
            raise refuse("value-invalid", "考核评比（entity: area）不能写 land_merge、consolidation。")
        for i, group in enumerate(self.groups):
            if group.where.model_fields_set - {"zones"}:
                raise refuse(
                    "value-invalid",
                    "考核评比（entity: area）的 where 只能写 zones（参评的地区或园区代码）。",
                    at=("groups", i, "where"),
                )
            if "industry_group" in group.rank_within:
                raise refuse(
                    "value-invalid",
                    "考核评比（entity: area）不能按行业组排名。",
                    at=("groups", i, "rank_within"),
                )
        return self

    @model_validator(mode="after")
    def _groups_apart(self) -> Scheme:
        for i, group in enumerate(self.groups):
            for earlier in self.groups[:i]:
                if group.group == earlier.group:
                    raise refuse("duplicate", f"组代码 {group.group} 重复。", at=("groups", i, "group"))
                if not group.where.apart_from(earlier.where):
                    raise refuse(
                        "groups-overlap",
                        f"与组 {earlier.group} 的范围重叠，同一企业可能进入两组；请在 where 中分开。",
                        at=("groups", i, "where"),
                    )
        return self

    @model_validator(mode="after")
    def _industry_groups_given(self) -> Scheme:
        for i, group in enumerate(self.groups):
            over = [use.score.base.over for use in group.indicators if isinstance(use.score.base, StatBase)]
            if "industry_group" in [*group.rank_within, *over] and not self.industry_groups:
                raise refuse(
                    "industry-groups-missing",
                    "按行业组排名或取基准，须写 industry_groups。",
                    at=("groups", i),
                )
        return self


def _division_codes(codes: list[str]) -> list[str]:
    for code in codes:
        if not (len(code) == 2 and code.isdigit()):
            raise refuse("value-invalid", f'行业代码 {code} 应为两位大类代码（加引号），如 "13"。')
    return codes
