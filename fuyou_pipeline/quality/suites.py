"""Suites as data: what a suite file may say, and reading them all; mistakes are told by file and path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

Severity = Literal["critical", "warning", "info"]
CheckClass = Literal["source", "reviewer"]
Model = TypeVar("Model", bound=BaseModel)
_BOOL = "tag:yaml.org,2002:bool"
_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ROW_EXPECTATIONS = frozenset(
    {
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_be_null",
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_not_match_regex",
        "expect_column_value_lengths_to_equal",
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_to_be_in_set",
        "expect_multicolumn_sum_to_equal",
        "expect_compound_columns_to_be_unique",
        "expect_select_column_values_to_be_unique_within_record",
    }
)
"""Judged row by row: every failing row is kept, and a period fails when it holds one."""

TABLE_EXPECTATIONS = frozenset(
    {
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_max_to_be_between",
        "expect_column_min_to_be_between",
    }
)
"""Judged once per period, on that period's rows together."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Check(_Entry):
    """One expectation with its owner, its reason and what to do when it fails."""

    check: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="检查编号，全部套件中唯一")
    title: str = Field(min_length=2, description="检查的中文名称")
    expectation: str = Field(description="Great Expectations 期望类型")
    kwargs: dict[str, Any] = Field(default={}, description="期望的参数，列名为英文字段名")
    severity: Severity = Field(description="critical 不通过即关闸；warning 列入复核；info 仅供了解")
    class_: CheckClass = Field(alias="class", description="source 来源检查；reviewer 需要负责人签字的检查")
    owner: str | None = Field(default=None, min_length=2, description="负责部门；不写则为套件的负责部门")
    reason: str = Field(min_length=4, description="为什么查、容差从何而来")
    since: date = Field(description="从哪天起执行（或容差最近一次调整的日期）")
    todo: str = Field(min_length=4, description="不通过时怎么办")
    where: str | None = Field(default=None, description="只查满足此 SQL 条件的行")
    query: str | None = Field(default=None, description="以此 SELECT 的结果作为被查的表（跨表检查）")
    key: tuple[str, ...] | None = Field(default=None, description="失败行用哪些列标识；不写则为套件的 key")
    period: str | None = Field(default=None, description="哪一列是期别；不写则为套件的 period")

    @model_validator(mode="after")
    def _is_runnable(self) -> Check:
        if self.expectation not in ROW_EXPECTATIONS | TABLE_EXPECTATIONS:
            raise ValueError(f"不支持的期望类型 {self.expectation}")
        if "mostly" in self.kwargs:
            raise ValueError("不使用 mostly：每一失败行都要保留，容差请写在 kwargs 的界限中")
        if self.query and self.where:
            raise ValueError("query 与 where 不能同时使用，请把条件写进 query")
        if self.query and self.key is None:
            raise ValueError("有 query 的检查必须写明 key")
        return self

    @property
    def columns(self) -> list[str]:
        """The columns that the expectation itself looks at."""
        single = [self.kwargs[name] for name in ("column", "column_A", "column_B") if name in self.kwargs]
        return [*single, *self.kwargs.get("column_list", [])]


class Suite(_Entry):
    """All checks of one extract or one mart."""

    suite: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=2)
    dataset: str | None = Field(
        default=None, description="报表编号：被查的是它的 staging 表，key 取自报表约定"
    )
    table: str | None = Field(
        default=None, pattern=r"^[a-z_]+\.[a-z0-9_]+$", description="或者直接写 schema.表名"
    )
    key: tuple[str, ...] = ()
    period: str = "_period"
    owner: str = Field(min_length=2, description="负责部门")
    checks: tuple[Check, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_one_target(self) -> Suite:
        if (self.dataset is None) == (self.table is None):
            raise ValueError("dataset 与 table 必须写且只写一个")
        if self.table and not self.key:
            raise ValueError("写 table 的套件必须写明 key")
        return self

    @property
    def subject(self) -> str:
        """What ``mart_data_quality.dataset`` says: the extract, or the mart's bare name."""
        return self.dataset or str(self.table).split(".")[1]


@dataclass(frozen=True)
class Suites:
    """The suites in force, in order of their names, and the files that were refused."""

    suites: tuple[Suite, ...]
    problems: tuple[FuyouError, ...] = field(default=())

    def __iter__(self) -> Iterator[Suite]:
        return iter(self.suites)

    def check(self, check: str) -> tuple[Suite, Check] | None:
        """The check of that id with its suite, if there is one."""
        return next(((s, c) for s in self.suites for c in s.checks if c.check == check), None)


def expectation_files(settings: Settings) -> list[Path]:
    """Suite files in force: the project's ``expectations/*.yaml``, or an office's own of the same name."""
    found: dict[str, Path] = {}
    for folder in (settings.project_root / "expectations", settings.office_reference / "expectations"):
        if folder.is_dir():
            found.update({path.name: path for path in folder.glob("*.yaml")})
    return [found[name] for name in sorted(found)]


def load_suites(settings: Settings) -> Suites:
    """Read every suite file; a wrong one is refused with file, path and reason, and the others go on."""
    suites: list[Suite] = []
    problems: list[FuyouError] = []
    seen: dict[str, str] = {}
    for path in expectation_files(settings):
        try:
            suite = parse_suite(path)
            repeated = [c.check for c in suite.checks if seen.setdefault(c.check, path.name) != path.name]
            own = [c.check for c in suite.checks]
            repeated += sorted({name for name in own if own.count(name) > 1})
            if repeated:
                raise _invalid(path, "checks", f"检查编号重复：{'、'.join(repeated)}")
        except FuyouError as error:
            problems.append(error)
            continue
        suites.append(suite)
    return Suites(tuple(sorted(suites, key=lambda s: s.suite)), tuple(problems))


def parse_suite(path: Path) -> Suite:
    """One suite file.

    Raises:
        FuyouError: ``suite-invalid`` with the file, the path inside it and the reason.
    """
    content = read_yaml(path, "suite-invalid")
    if not isinstance(content, Mapping):
        raise _invalid(path, "（全文）", "应为“名称: 内容”的形式")
    return validated(Suite, content, path, "suite-invalid")


class _PlainLoader(_BASE):  # type: ignore[misc, valid-type]
    """YAML whose only booleans are true and false: a sign-off's key ``on`` would otherwise read as True."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        letter: [(tag, regexp) for tag, regexp in resolvers if tag != _BOOL]
        for letter, resolvers in _BASE.yaml_implicit_resolvers.items()
    }


_PlainLoader.add_implicit_resolver(_BOOL, re.compile("^(?:true|false)$"), list("tf"))


def read_yaml(path: Path, code: str) -> Any:
    """The content of a YAML file of the office.

    Raises:
        FuyouError: ``code``, when it is not UTF-8 or not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _PlainLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = f"第 {line + 1} 行" if line is not None else None
        raise FuyouError(
            code,
            f"{path.name} 不是有效的 YAML 文件（UTF-8）。",
            hint="请检查缩进与引号。",
            file=str(path),
            path=place,
        ) from error


def validated(model: type[Model], content: Any, path: Path, code: str, prefix: str = "") -> Model:
    """``content`` as ``model``; the first mistake becomes an error that says where it is."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = prefix + ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise FuyouError(
            code,
            f"{path.name} 有误：{reason}",
            hint="请改正后重试。",
            file=str(path),
            path=place or "（全文）",
        ) from error


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError(
        "suite-invalid", f"{path.name} 有误：{reason}。", hint="请改正后重试。", file=str(path), path=place
    )
