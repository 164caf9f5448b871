"""The indicators and measures that schemes may name, and loading of the scheme files in force."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation.parts import Part
from fuyou_pipeline.evaluation.reading import HINT, SchemeError, read_yaml, validated
from fuyou_pipeline.evaluation.scheme import Condition, Scheme
from fuyou_pipeline.settings import Settings


class Measure(Part):
    title: str
    unit: str
    source: Literal["scheme", "extract"] = "extract"


class Indicator(Part):
    """Numerator ÷ denominator: lists of measures, a leading ``-`` subtracts; an empty denominator is one."""

    title: str
    numerator: list[str] = Field(min_length=1)
    denominator: list[str] = Field([])
    unit: str
    better: Literal["higher", "lower"] = "higher"

    @field_validator("numerator", "denominator", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    def parts(self) -> list[tuple[str, str, int]]:
        """(side, measure, sign) of every part."""
        sides = (("numerator", self.numerator), ("denominator", self.denominator))
        return [
            (side, part.lstrip("-").strip(), -1 if part.startswith("-") else 1)
            for side, ps in sides
            for part in ps
        ]


@dataclass(frozen=True)
class Catalogue:
    """Measures and indicators by code."""

    measures: dict[str, Measure]
    indicators: dict[str, Indicator]


@dataclass(frozen=True)
class Schemes:
    """The scheme files in force: the right ones in order of their id, and what is wrong with the others."""

    valid: dict[str, Scheme]
    problems: list[FuyouError]


def load_catalogue(settings: Settings) -> Catalogue:
    """Read ``reference/measures.yaml`` and ``reference/indicators.yaml``.

    Raises:
        SchemeError: a malformed entry, or an indicator of measures that are not listed.
    """
    measures_file, indicators_file = (
        settings.reference("measures.yaml"),
        settings.reference("indicators.yaml"),
    )
    measures = {
        name: validated(Measure, entry, measures_file.name, name)
        for name, entry in _entries(measures_file).items()
    }
    indicators = {
        name: validated(Indicator, entry, indicators_file.name, name)
        for name, entry in _entries(indicators_file).items()
    }
    problems = [
        FuyouError(
            "measure-unknown",
            f"没有数据项 {measure}。",
            hint=HINT,
            file=indicators_file.name,
            path=f"{name}.{side}",
        )
        for name, indicator in indicators.items()
        for side, measure, _ in indicator.parts()
        if measure not in measures
    ]
    if problems:
        raise SchemeError(problems)
    return Catalogue(measures, indicators)


def load_scheme(path: Path, catalogue: Catalogue) -> Scheme:
    """One scheme file, validated against the catalogue.

    Raises:
        SchemeError: every mistake with file, path in the file and what to change.
    """
    scheme = validated(Scheme, read_yaml(path), path.name)
    problems = []
    for i, group in enumerate(scheme.groups):
        for j, use in enumerate(group.indicators):
            if use.indicator not in catalogue.indicators:
                problems.append(
                    _unknown("indicator", use.indicator, path, f"groups[{i}].indicators[{j}].indicator")
                )
        places = {f"rules[{j}]": rule.when for j, rule in enumerate(group.rules)}
        places |= {f"ungraded[{j}]": entry.when for j, entry in enumerate(group.ungraded)}
        for place, when in places.items():
            if isinstance(when, Condition):
                problems += _unknown_subject(when, catalogue, path, f"groups[{i}].{place}.when")
    if problems:
        raise SchemeError(problems)
    return scheme


def scheme_in_force(settings: Settings, scheme: str, catalogue: Catalogue) -> Scheme | None:
    """The scheme of that id; its own file is looked at first, so that one question does not read them all."""
    path = settings.reference("schemes", f"{scheme}.yaml")
    if path.exists():
        found = load_scheme(path, catalogue)
        if found.scheme == scheme:
            return found
    return load_schemes(settings).valid.get(scheme)


def load_schemes(settings: Settings) -> Schemes:
    """All files of ``reference/schemes/``; a wrong one is listed in ``problems``, not in ``valid``."""
    catalogue = load_catalogue(settings)
    valid: dict[str, Scheme] = {}
    problems: list[FuyouError] = []
    for path in settings.reference_files("schemes"):
        try:
            scheme = load_scheme(path, catalogue)
        except SchemeError as error:
            problems += error.problems
            continue
        if scheme.scheme in valid:
            reason = f"方案代码 {scheme.scheme} 已被另一个文件使用。"
            problems.append(FuyouError("duplicate", reason, hint=HINT, file=path.name, path="scheme"))
        else:
            valid[scheme.scheme] = scheme
    return Schemes(dict(sorted(valid.items())), problems)


def _entries(path: Path) -> dict[str, Any]:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SchemeError([FuyouError("yaml-invalid", "应为“代码: 内容”的清单。", hint=HINT, file=path.name)])
    return content


def _unknown(kind: str, name: str, path: Path, place: str) -> FuyouError:
    known = {"indicator": "indicators.yaml 中没有指标", "measure": "measures.yaml 中没有数据项"}[kind]
    return FuyouError(f"{kind}-unknown", f"{known} {name}。", hint=HINT, file=path.name, path=place)


def _unknown_subject(when: Condition, catalogue: Catalogue, path: Path, place: str) -> list[FuyouError]:
    if when.indicator is not None and when.indicator not in catalogue.indicators:
        return [_unknown("indicator", when.indicator, path, f"{place}.indicator")]
    if when.measure is not None and when.measure not in catalogue.measures:
        return [_unknown("measure", when.measure, path, f"{place}.measure")]
    return []
