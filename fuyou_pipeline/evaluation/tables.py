"""Flattens schemes and the catalogue into the parameter tables that dbt scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Context, Decimal
from typing import Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation.calendar import WorkCalendar, quarters_between
from fuyou_pipeline.evaluation.catalogue import Catalogue
from fuyou_pipeline.evaluation.rule_tables import rules_of
from fuyou_pipeline.evaluation.scheme import Condition, Group, Scheme
from fuyou_pipeline.evaluation.scores import Bands, MinMax, Ratio, StatBase

Row = dict[str, Any]
ONE = Decimal(1)
_PRECISE = Context(prec=60)

LAND = ("own", "leased_in", "leased_out", "protected")
TAX = {
    "paid": "tax_paid_wan",
    "exempt_offset": "exempt_offset_wan",
    "export_refund": "export_refund_wan",
    "credit_refund": "credit_refund_wan",
    "deferred": "deferred_wan",
    "arrears": "arrears_wan",
    "withheld_iit": "withheld_iit_wan",
}
ALWAYS_MEASURED = ("land_mu", "tax_wan", "tax_paid_wan", "energy_tce")
"""Shown beside the classes whatever a scheme scores."""
_GROUPS_IN_ALL = 1024
OWN_FIGURE_ONLY = ("years_in_production",)
"""Measures that do not add up over firms which are evaluated together."""


def tables_of(
    schemes: Iterable[Scheme], catalogue: Catalogue, calendar: WorkCalendar
) -> dict[str, list[Row]]:
    """Parameter table → rows, as ``dictionary/tables/evaluation.yaml`` declares them.

    Raises:
        FuyouError: ``name-taken``: two schemes or measures would have one number (one chance in millions).
    """
    schemes = list(schemes)
    _refuse_shared_numbers([scheme.scheme for scheme in schemes])
    _refuse_shared_numbers(list(catalogue.measures))
    per_scheme = {
        "scheme": lambda s: [_scheme(s, calendar)],
        "scheme_year": _years,
        "scheme_quarter": _quarters,
        "scheme_industry": _industries,
        "scheme_source": lambda s: _sources(s, catalogue),
        "scheme_part": lambda s: _parts(s, catalogue),
    }
    per_group = {
        "scheme_group": _group,
        "scheme_group_code": _codes,
        "scheme_indicator": lambda s, g: _indicators(g, catalogue),
        "scheme_band": lambda s, g: _bands(g),
        "scheme_tier": lambda s, g: _tiers(g),
        "scheme_rule": lambda s, g: rules_of(g),
    }
    tables = {
        name: [{"scheme": s.scheme, **row} for s in schemes for row in make(s)]
        for name, make in per_scheme.items()
    }
    for name, make_rows in per_group.items():
        tables[name] = [
            {"scheme": s.scheme, "scheme_group": g.group, **row}
            for s in schemes
            for g in s.groups
            for row in make_rows(s, g)
        ]
    return {
        name: [_exact(row) for row in rows]
        for name, rows in {**tables, **_catalogue_tables(catalogue)}.items()
    }


def number_of(name: str) -> int:
    """A whole number of 31 bits that stands for a name, in place of it, wherever millions of rows are joined.

    Drawn from the name alone: rows scored years apart keep their numbers when a scheme or a measure is added.
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) >> 1


def _refuse_shared_numbers(names: list[str]) -> None:
    taken: dict[int, str] = {}
    for name in names:
        other = taken.setdefault(number_of(name), name)
        if other != name:
            raise FuyouError(
                "name-taken",
                f"“{name}”与“{other}”的内部编号相同。",
                hint="请给其中一个改个名字。",
                value=name,
            )


def _exact(row: Row) -> Row:
    """Numbers as the parameter tables hold them: decimal(38,18)."""
    return {
        key: value.quantize(Decimal("1e-18"), context=_PRECISE) if isinstance(value, Decimal) else value
        for key, value in row.items()
    }


def _catalogue_tables(catalogue: Catalogue) -> dict[str, list[Row]]:
    indicators = [
        {
            "indicator": name,
            "indicator_title": i.title,
            "unit": i.unit,
            "better": i.better,
            "numerator_parts": len(i.numerator),
            "denominator_parts": len(i.denominator),
        }
        for name, i in catalogue.indicators.items()
    ]
    parts = [
        {"indicator": name, "side": side, "measure": measure, "sign": sign}
        for name, i in catalogue.indicators.items()
        for side, measure, sign in i.parts()
    ]
    measures = [
        {
            "measure": name,
            "measure_key": number_of(name),
            "measure_short": _short(name),
            "measure_title": m.title,
            "unit": m.unit,
        }
        for name, m in catalogue.measures.items()
    ]
    return {
        "evaluation_indicator": indicators,
        "evaluation_indicator_part": parts,
        "evaluation_measure": measures,
    }


def _short(measure: str) -> str:
    """The name without its unit (tax_paid_wan → tax_paid), as objections may write it."""
    for unit in ("_wan_kwh", "_wan", "_mu", "_tce", "_m2", "_t"):
        if measure.endswith(unit):
            return measure.removesuffix(unit)
    return measure


def _scheme(scheme: Scheme, calendar: WorkCalendar) -> Row:
    prefix = scheme.area_code
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    publicity = scheme.publicity
    start = publicity.starts_on
    return {
        "scheme_key": number_of(scheme.scheme),
        "decision_scheme": scheme.scheme,
        "scheme_title": scheme.title,
        "entity": scheme.entity,
        "data_year": scheme.data_year,
        "evaluation_year": scheme.evaluation_year,
        "scheme_status": scheme.status.text,
        "scheme_document": scheme.document,
        "scheme_note": scheme.note,
        "is_binding": scheme.binding,
        "data_authority": scheme.data_authority,
        "scheme_area_code": scheme.area_code,
        "scheme_area_prefix": prefix,
        "is_land_merged": scheme.land_merge == "holder",
        "is_group_consolidated": scheme.consolidation == "group",
        "score_decimals": scheme.score_decimals,
        "publicity_days": scheme.publicity.days,
        "objection_days": scheme.publicity.objection_days,
        "published_columns": ",".join(scheme.publicity.publish),
        "area_firms": scheme.area_firms,
        "publicity_from_on": start,
        "publicity_to_on": calendar.nth_workday(start, publicity.days) if start else None,
        "objection_until_on": calendar.nth_workday(start, publicity.objection_days) if start else None,
    }


def _quarters(scheme: Scheme) -> list[Row]:
    """Quarters in which the classes apply: those of ``valid``, else of the evaluation year (本项目默认值)."""
    first = scheme.valid.from_ if scheme.valid else date(scheme.evaluation_year, 1, 1)
    last = scheme.valid.to if scheme.valid else None
    return [{"quarter": quarter} for quarter in quarters_between(first, last or date(first.year, 12, 31))]


def _years(scheme: Scheme) -> list[Row]:
    offsets = {0} | {
        use.score.base.year_offset
        for group in scheme.groups
        for use in group.indicators
        if isinstance(use.score.base, StatBase)
    }
    return [{"year_offset": offset, "data_year": scheme.data_year + offset} for offset in sorted(offsets)]


def _industries(scheme: Scheme) -> list[Row]:
    return [
        {"industry_code": code, "industry_group": name}
        for name, codes in scheme.industry_groups.items()
        for code in codes
    ]


def _measures_used(scheme: Scheme, catalogue: Catalogue) -> list[str]:
    used = set(ALWAYS_MEASURED)
    for group in scheme.groups:
        for name in _indicators_used(group):
            used |= {measure for _, measure, _ in catalogue.indicators[name].parts()}
        used |= {c.measure for c in _conditions(group) if c.measure is not None}
        if group.where.min_plant_m2 is not None:
            used.add("plant_leased_m2")
        if group.where.min_age_years is not None:
            used.add("years_in_production")
    return sorted(used)


def _sources(scheme: Scheme, catalogue: Catalogue) -> list[Row]:
    rows = []
    for measure in _measures_used(scheme, catalogue):
        sources: list[str] = list(scheme.employees_from if measure == "employees" else scheme.source_priority)
        # The register says how old a firm is; no office ranks it among the sources of its figures.
        rows += [
            {"measure": measure, "figure_source": source, "source_rank": rank}
            for rank, source in enumerate([*sources, "register"])
        ]
    return rows


def parts_of(scheme: Scheme, measure: str) -> list[tuple[str, Decimal, bool]]:
    """What a measure is added up from under a scheme: (part, coefficient, is it required).

    A figure counts as given when one of its required parts is: a tax total without 入库税收 is no tax total,
    while a firm with leased land alone has land.
    """
    pollutants = [f"{pollutant}_t" for pollutant in scheme.pollutants]
    composed: dict[str, list[tuple[str, Decimal, bool]]] = {
        "land_mu": [(f"land_{part}_mu", getattr(scheme.land, part), True) for part in LAND],
        "tax_wan": [
            (TAX[part], getattr(scheme.tax, part), part == "paid" or not scheme.tax.paid) for part in TAX
        ],
        "energy_tce": [(f"energy_tce_{scheme.energy_basis}", ONE, True)],
        "emission_t": [
            (part, ONE, True)
            for part in (pollutants if scheme.emission_basis == "tonnes" else ["emission_equivalent_t"])
        ],
        "employees": [("employees_average", ONE, True), ("employees_insured", ONE, True)],
    }
    return [part for part in composed.get(measure, [(measure, ONE, True)]) if part[1]]


def _parts(scheme: Scheme, catalogue: Catalogue) -> list[Row]:
    return [
        {
            "measure": measure,
            "measure_part": part,
            "coefficient": coefficient,
            "is_required": required,
            "is_additive": measure not in OWN_FIGURE_ONLY,
        }
        for measure in _measures_used(scheme, catalogue)
        for part, coefficient, required in parts_of(scheme, measure)
    ]


def _group(scheme: Scheme, group: Group) -> list[Row]:
    where = group.where
    return [
        {
            "group_key": number_of(scheme.scheme) * _GROUPS_IN_ALL + scheme.groups.index(group),
            "group_title": group.title or group.group,
            "where_scale": where.scale,
            "where_min_land_mu": where.min_land_mu,
            "where_max_land_mu": where.max_land_mu,
            "where_min_plant_m2": where.min_plant_m2,
            "where_min_age_years": where.min_age_years,
            "where_tenant": where.tenant,
            "is_by_zone": where.zones is not None,
            "is_by_industry": where.industries is not None,
            "is_ranked_by_area": "area" in group.rank_within,
            "is_ranked_by_reporting_unit": "reporting_unit" in group.rank_within,
            "is_ranked_by_industry_group": "industry_group" in group.rank_within,
            "min_scope": group.min_scope,
            "weights_sum": group.weights_sum,
            "tie": group.tie,
            "is_place_held": group.vetoed_hold_place,
            "max_bonus": group.adjustments.max_bonus,
            "max_deduction": group.adjustments.max_deduction,
        }
    ]


def _codes(scheme: Scheme, group: Group) -> list[Row]:
    lists = {
        "zone": group.where.zones,
        "industry": group.where.industries,
        "excluded_industry": group.where.exclude_industries,
    }
    return [
        {"code_kind": kind, "code": code}
        for kind, codes in lists.items()
        for code in sorted(set(codes or []))
    ]


def _conditions(group: Group) -> list[Condition]:
    whens = [rule.when for rule in group.rules] + [entry.when for entry in group.ungraded]
    return [when for when in whens if isinstance(when, Condition)]


def _indicators_used(group: Group) -> list[str]:
    """Scored ones in the order of the file, then those that only a condition looks at."""
    scored = [use.indicator for use in group.indicators]
    asked = sorted({c.indicator for c in _conditions(group) if c.indicator is not None})
    return scored + [name for name in asked if name not in scored]


def _indicators(group: Group, catalogue: Catalogue) -> list[Row]:
    uses = {use.indicator: use for use in group.indicators}
    rows = []
    for order, name in enumerate(_indicators_used(group), start=1):
        row: Row = {"indicator": name, "item_order": order, "is_scored": name in uses}
        if name in uses:
            use = uses[name]
            row |= {
                "weight": use.weight,
                "missing_rule": use.missing,
                "score_kind": use.score.kind,
                **_score(use.score),
            }
        rows.append(row)
    return rows


def _score(score: Any) -> Row:
    if isinstance(score, Ratio) and isinstance(score.base, StatBase):
        base: Row = {
            "base_stat": score.base.stat,
            "base_times": score.base.times,
            "base_year_offset": score.base.year_offset,
            "base_over": score.base.over,
        }
    elif isinstance(score, Ratio):
        base = {"base_given": score.base}
    else:
        stat = {"minmax": "max", "ratio_to_max": "max", "inverse_mean": "mean"}.get(score.kind)
        base = (
            {"base_stat": stat, "base_times": ONE, "base_year_offset": 0, "base_over": "rank_scope"}
            if stat
            else {}
        )
    if isinstance(score, Ratio):
        base |= {"ratio_cap": score.cap, "ratio_floor": score.floor}
    if isinstance(score, MinMax):
        base |= {"score_low": score.low, "score_high": score.high}
    return base


def _bands(group: Group) -> list[Row]:
    """Bands as half-open ranges: above ``band_above``, up to and with ``band_upto``."""
    rows = []
    for use in group.indicators:
        if isinstance(use.score, Bands):
            above = None
            for number, band in enumerate(use.score.bands, start=1):
                last = number == len(use.score.bands)
                rows.append(
                    {
                        "indicator": use.indicator,
                        "band_no": number,
                        "band_above": above,
                        "band_upto": None if last else band.upto,
                        "band_points": band.points,
                    }
                )
                above = band.upto
    return rows


def _tiers(group: Group) -> list[Row]:
    # Hundredths of a percent, so that the boundary is whole-number arithmetic.
    return [
        {"tier_no": number, "tier_class": tier.class_, "upto_hundredths": int(tier.upto * 100)}
        for number, tier in enumerate(group.tiers, start=1)
    ]
