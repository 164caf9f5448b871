"""From a seed to a folder of files: which extracts, in which order, with progress."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.samples.annual import ANNUAL
from fuyou_pipeline.samples.broken import write_broken
from fuyou_pipeline.samples.city import City, Delivery, make_city, months_between
from fuyou_pipeline.samples.declared import enterprise_declaration, plant_leases
from fuyou_pipeline.samples.gdp import gdp_deliveries
from fuyou_pipeline.samples.growth import county_forecast, industry_growth
from fuyou_pipeline.samples.monthly import MONTHLY
from fuyou_pipeline.samples.plans import target_actuals, work_plan
from fuyou_pipeline.samples.projects import investment_projects
from fuyou_pipeline.samples.published import PUBLISHED_FIGURES
from fuyou_pipeline.samples.recognition import YEARLY_LISTS
from fuyou_pipeline.samples.registry import registry_deliveries
from fuyou_pipeline.samples.structure import FIRST_YEAR, LAST_YEAR
from fuyou_pipeline.samples.support import activity_log, cultivation_list, issue_ledger, support_assignments
from fuyou_pipeline.samples.within_year import WITHIN_YEAR

CORE_DATASETS = ("enterprise_registry", "gdp_accounts", *ANNUAL, "published_figures")
"""The extracts that evaluation and the headline figures need."""
_Maker = Callable[[City, int], Iterable[Delivery]]

_YEARLY: dict[str, _Maker] = {
    **ANNUAL,
    "enterprise_declaration": enterprise_declaration,
    "plant_leases": plant_leases,
    "county_forecast": county_forecast,
    "support_assignments": support_assignments,
    **YEARLY_LISTS,
}
_MONTHLY: dict[str, _Maker] = {
    **MONTHLY,
    "investment_projects": investment_projects,
    "industry_growth": industry_growth,
    "issue_ledger": issue_ledger,
    "cultivation_list": cultivation_list,
    "activity_log": activity_log,
    "target_actuals": target_actuals,
    "work_plan": work_plan,
}
_PUBLISHED_RECEIVED = "2025-03-31"
_FEW_MONTHS = (1, 3, 11, 12)

Progress = Callable[[int, int, str], None]
"""Called with files written, files in all and the file just written."""


def generate(
    out: Path,
    *,
    size: float = 1,
    seed: int = 2022,
    years: tuple[int, int] = (2019, 2024),
    datasets: Sequence[str] | None = None,
    below: int | None = None,
    every_month: bool = True,
    broken: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write simulated extracts to ``out/<sender>/<received>/<file>``, as an inbox takes them.

    The published figures go along as they are: they are real. Same arguments, same bytes.

    Args:
        size: 1 is 亳州 with 665 规上 firms at 2021-11.
        years: first and last year, both included, within 2019 … 2024.
        datasets: only these; default all.
        below: number of firms outside the library; default 6000 × ``size``.
        every_month: False writes monthly extracts for January, March, November and December only, and no
            cumulative ones of what comes yearly (energy, tax).
        broken: also write three broken files below ``out/broken``.

    Returns:
        The files, in order of writing.

    Raises:
        FuyouError: ``sample-option`` for years or datasets that the generator does not have.
    """
    chosen = _checked(datasets, years)
    city = make_city(seed, size, below)
    deliveries = [d for d in planned(city, years, chosen, every_month) if d.form.row_count]
    written: list[Path] = []
    for delivery in deliveries:
        written.append(delivery.write(out))
        if progress:
            progress(len(written), len(deliveries), written[-1].name)
    if "published_figures" in chosen:
        target = out / "public" / _PUBLISHED_RECEIVED / PUBLISHED_FIGURES.name
        target.parent.mkdir(parents=True, exist_ok=True)
        written.append(Path(shutil.copyfile(PUBLISHED_FIGURES, target)))
    if broken:
        written += write_broken(city, years[1], out)
    return written


def dataset_names() -> tuple[str, ...]:
    """All extracts the generator makes."""
    return (*CORE_DATASETS, *(name for name in (*_YEARLY, *_MONTHLY) if name not in CORE_DATASETS))


def _checked(datasets: Sequence[str] | None, years: tuple[int, int]) -> tuple[str, ...]:
    known = dataset_names()
    unknown = sorted(set(datasets or ()) - set(known))
    if unknown:
        raise FuyouError(
            "sample-option", f"没有这些样例报表：{'、'.join(unknown)}。", hint=f"可选：{'、'.join(known)}。"
        )
    if not FIRST_YEAR < years[0] <= years[1] <= LAST_YEAR:
        raise FuyouError(
            "sample-option",
            f"样例年份应在 {FIRST_YEAR + 1}—{LAST_YEAR} 之间，收到 {years[0]}—{years[1]}。",
            hint="请改 years。",
        )
    return known if datasets is None else tuple(datasets)


def planned(
    city: City, years: tuple[int, int], chosen: Sequence[str], every_month: bool
) -> Iterable[Delivery]:
    """What :func:`generate` writes, in order, but for the published figures and the broken files."""
    span = range(years[0], years[1] + 1)
    months = [
        m
        for m in months_between(years[0] * 100 + 1, years[1] * 100 + 12)
        if every_month or m % 100 in _FEW_MONTHS
    ]
    if "enterprise_registry" in chosen:
        yield from registry_deliveries(city, months)
    if "gdp_accounts" in chosen:
        yield from gdp_deliveries(span)
    for dataset, make in _YEARLY.items():
        if dataset in chosen:
            for year in span:
                yield from make(city, year)
    for dataset, make in _MONTHLY.items():
        if dataset in chosen:
            for month in months:
                yield from make(city, month)
    for dataset, make in WITHIN_YEAR.items():
        if dataset in chosen and every_month:
            for month in months:
                yield from make(city, month)
