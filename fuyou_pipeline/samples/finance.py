"""Yearly money of the firms: revenue fitted to the accounts, value added by income, profit, tax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.accounts import year_accounts
from fuyou_pipeline.samples.population import BELOW_STANDARD, MONTHLY, Population
from fuyou_pipeline.samples.published import published
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import CITY, FIRST_YEAR, INDUSTRIES, MODEL_YEARS, SEASONS

if TYPE_CHECKING:
    import numpy as np

ABOVE_SCALE_SHARE_OF_INDUSTRY = 0.60
"""Share of 工业增加值 that 规上 firms make (本项目默认值; not published for 亳州)."""
_CAR_CHAIN = "3670"
_LIQUOR = "1512"
_LEADERS_WAN = (1_050_000, 620_000, 420_000, 310_000, 260_000, 220_000, 180_000, 160_000)
"""Revenue of the largest firms in 2021 at size 1 (本项目默认值); the calibration may scale it."""
_CAR_OUTPUT_GROWTH = 1.16
_THRESHOLD_WAN = 2000.0


@dataclass
class Finance:
    """Firm × year matrices (``MODEL_YEARS``); money in whole 千元 unless the name says yuan; 0: not open."""

    revenue: np.ndarray
    output: np.ndarray
    cost: np.ndarray
    taxes_and_charges: np.ndarray
    profit: np.ndarray
    vat: np.ndarray
    wages: np.ndarray
    depreciation: np.ndarray
    net_production_tax: np.ndarray
    operating_surplus: np.ndarray
    assets: np.ndarray
    liabilities: np.ndarray
    employees: np.ndarray
    rd: np.ndarray
    tax_paid_yuan: np.ndarray
    month_shares: np.ndarray
    """Firm × 12: each firm's own season, rows sum to 1."""

    @property
    def value_added(self) -> np.ndarray:
        return self.wages + self.depreciation + self.net_production_tax + self.operating_surplus

    @property
    def equity(self) -> np.ndarray:
        return self.assets - self.liabilities


def year_index(year: int) -> int:
    """Column of ``year`` in the matrices."""
    return year - FIRST_YEAR


def make_finance(firms: Population, size: float = 1.0) -> Finance:
    """Money of all firms and years; 规上 value added is fitted to its share of 工业增加值, × ``size``."""
    import numpy as np

    rng = stream(firms.seed, "finance", firms.replica)
    rate = _ratio(firms, "value_added")[:, None] * np.exp(rng.normal(0, 0.12, (firms.size, len(MODEL_YEARS))))
    rate = np.clip(rate, 0.06, 0.72)
    revenue_wan = _calibrate(firms, _raw_revenue(firms, rng, size), rate, size)
    revenue = np.rint(revenue_wan * 10).astype(np.int64)
    return _components(firms, rng, revenue, rate)


def _ratio(firms: Population, name: str) -> np.ndarray:
    import numpy as np

    return np.array([float(getattr(k, name)) for k in INDUSTRIES])[firms.industry]


def _raw_revenue(firms: Population, rng: np.random.Generator, size: float) -> np.ndarray:
    """Firm × year in 万元: heavy-tailed levels of 2021, own growth, noise; the threshold is respected."""
    import numpy as np

    n, years = firms.size, np.array(MODEL_YEARS)
    ever = firms.ever_in_library
    level = _ratio(firms, "median_wan") * np.exp(rng.normal(0, 0.95, n))
    tail = rng.random(n) < 0.02
    level = np.where(tail, level * (1 + rng.pareto(1.4, n) * 3), level)
    level = np.clip(level, 2150, 1_500_000)
    below = 380 * np.exp(rng.normal(0, 0.75, n))
    level[ever:] = np.clip(below, 15, 1480)[ever:]
    # some of the firms outside come near to the threshold, a few go beyond it (应入未入)
    near = rng.random(n) < 0.02
    level = np.where(near & (np.arange(n) >= ever), rng.uniform(1500, 2120, n), level)
    growth = np.where(np.arange(n) < ever, rng.normal(0.05, 0.07, n), rng.normal(0.01, 0.04, n))
    fast = (rng.random(n) < 0.03) & (np.arange(n) >= ever)
    growth = np.where(fast, rng.uniform(0.28, 0.45, n), growth)
    for firm, wan in zip(_leaders(firms), _LEADERS_WAN, strict=False):
        level[firm], growth[firm] = wan * min(size, 1.0), 0.10
    path = level[:, None] * np.exp(growth[:, None] * (years - 2021) + rng.normal(0, 0.07, (n, len(years))))
    # outside the library above the threshold (应入未入) is rare
    beyond = rng.random(n) < 0.004
    path[ever:] = np.minimum(path[ever:], np.where(beyond, 2600, 1990)[ever:, None])
    _fit_to_spells(firms, path, rng)
    opened = firms.opened[:, None] // 100
    path = np.where(years < opened, 0.0, path)
    return np.where(years == opened, path * (13 - firms.opened[:, None] % 100) / 12 * 0.8, path)


def _leaders(firms: Population) -> list[int]:
    """Old members of the library that never leave, the first distiller before all others."""
    staying = sorted({s.firm for s in firms.spells if s.entered < 201801 and not s.left})
    return sorted(staying, key=lambda i: (INDUSTRIES[firms.industry[i]].code != _LIQUOR, i))[:1] + staying[1:]


def _fit_to_spells(firms: Population, path: np.ndarray, rng: np.random.Generator) -> None:
    """Above the threshold while in the library; rising towards an entry, falling before an exit."""
    import numpy as np

    inside = np.zeros(path.shape, dtype=bool)
    for s in firms.spells:
        first = max(year_index(s.entered // 100), 0)
        last = year_index(s.left // 100) if s.left else path.shape[1]
        inside[s.firm, first : max(last, first)] = True
    ever = firms.ever_in_library
    low = inside & (path < _THRESHOLD_WAN * 1.02)
    path[low] = _THRESHOLD_WAN * rng.uniform(1.02, 1.5, int(low.sum()))
    for s in firms.spells:
        entry = year_index(s.entered // 100)
        if s.is_first and entry > 0:
            before = np.arange(entry)
            first_inside = min(path[s.firm, entry], rng.uniform(2300, 9000))
            path[s.firm, entry] = first_inside
            if s.route == MONTHLY:
                path[s.firm, before] = rng.uniform(300, 1600, entry)
                continue
            path[s.firm, entry - 1] = rng.uniform(2020, max(2100, first_inside))
            for k in range(entry - 1):
                path[s.firm, k] = rng.uniform(900, 1950) * (0.9 ** (entry - 2 - k))
        if s.left:
            out = year_index(s.left // 100)
            weak = s.reason == BELOW_STANDARD
            path[s.firm, out - 1] = rng.uniform(900, 1990) if weak else path[s.firm, out - 1] * 0.7
            after = rng.uniform(0.6, 1.15) if weak else rng.uniform(0.02, 0.2)
            path[s.firm, out:] = path[s.firm, out - 1] * after
    for s in firms.spells:
        if not s.is_first:
            back = year_index(s.entered // 100)
            path[s.firm, back - 1 :] = rng.uniform(2100, 3200, path.shape[1] - back + 1)
    # near exit: still inside, under 2400 in the latest years
    staying = [s.firm for s in firms.spells if not s.left and s.firm < ever and s.entered < 202001]
    for firm in sorted(rng.choice(staying, len(staying) // 14, replace=False).tolist()):
        start = int(rng.integers(3, 7))
        path[firm, start:] = rng.uniform(1850, 2390, path.shape[1] - start)


def _calibrate(firms: Population, path: np.ndarray, rate: np.ndarray, size: float) -> np.ndarray:
    """Scale the large firms of each year: the car chain to its published output, the rest to the accounts."""
    import numpy as np

    cars = np.array([INDUSTRIES[k].code == _CAR_CHAIN for k in firms.industry])
    car_target_2023 = published(CITY[0], 2023, "汽车及零部件产业产值") * 10_000 * size
    result = path.copy()
    for column, year in enumerate(MODEL_YEARS):
        inside = np.zeros(firms.size, dtype=bool)
        inside[firms.in_library(year * 100 + 12)] = True
        large = inside & (path[:, column] > 4000)
        car_target = car_target_2023 * _CAR_OUTPUT_GROWTH ** (year - 2023)
        _scale(result[:, column], inside & cars, large & cars, car_target)
        accounts = year_accounts(max(year, 2019))[0].current["industry"] or 0.0
        deflate = 0.95 if year < 2019 else 1.0
        target = accounts * 10_000 * ABOVE_SCALE_SHARE_OF_INDUSTRY * deflate * size
        made = result[:, column] * rate[:, column]
        value_added = made.copy()
        factor = _factor(value_added, inside, large & ~cars, target)
        result[large & ~cars, column] *= factor
    return result


def _scale(values: np.ndarray, inside: np.ndarray, large: np.ndarray, target: float) -> None:
    if large.any():
        values[large] *= _factor(values, inside, large, target)


def _factor(values: np.ndarray, inside: np.ndarray, large: np.ndarray, target: float) -> float:
    """What the large firms must be multiplied by for all inside to sum to the target; never below a third."""
    rest = float(values[inside & ~large].sum())
    share = float(values[large].sum())
    return max((target - rest) / share, 1 / 3) if share > 0 else 1.0


def _components(
    firms: Population, rng: np.random.Generator, revenue: np.ndarray, rate: np.ndarray
) -> Finance:
    import numpy as np

    shape = revenue.shape
    money = revenue.astype(float)

    def noisy(ratio: str | float, spread: float) -> np.ndarray:
        base = _ratio(firms, ratio)[:, None] if isinstance(ratio, str) else ratio
        return np.asarray(base * np.exp(rng.normal(0, spread, shape)))

    def whole(values: np.ndarray) -> np.ndarray:
        return np.rint(values).astype(np.int64)

    value_added = whole(money * rate)
    per_head = np.exp(rng.normal(0, 0.3, (firms.size, 1))) * noisy("per_head_wan", 0.05)
    employees = np.where(revenue > 0, np.maximum(3, np.rint(money / 10 / per_head)), 0).astype(np.int64)
    wages = np.minimum(whole(employees * noisy(56.0, 0.12)), whole(value_added * 0.62))
    depreciation = whole(np.minimum(money * noisy(0.026, 0.4), value_added * 0.25))
    net_tax = whole(np.minimum(money * noisy("tax", 0.2) * 0.8, value_added * 0.40))
    margin = _ratio(firms, "margin")[:, None] + rng.normal(0, 0.032, shape)
    profit = whole(money * np.clip(margin, -0.25, 0.35))
    taxes = whole(money * noisy("tax", 0.15) * 0.22)
    vat = whole(money * noisy("tax", 0.2) * 0.5)
    cost = np.maximum(revenue - profit - taxes - whole(money * noisy(0.055, 0.2)), 0)
    assets = whole(np.maximum(money, 500) * np.exp(rng.normal(-0.1, 0.5, (firms.size, 1))) * noisy(1.0, 0.05))
    liabilities = whole(assets * np.clip(rng.normal(0.55, 0.16, shape), 0.05, 1.1))
    has_rd = rng.random((firms.size, 1)) < 0.52
    rd = whole(np.where(has_rd, money * noisy(0.014, 0.6), 0.0))
    tax_yuan = np.rint(money * 1000 * noisy("tax", 0.18) * np.where(profit < 0, 0.7, 1.0)).astype(np.int64)
    season = np.array([SEASONS[INDUSTRIES[k].season] for k in firms.industry], dtype=float)
    season *= np.exp(rng.normal(0, 0.08, season.shape))
    return Finance(
        revenue=revenue,
        output=whole(money * noisy(1.0, 0.02)) if firms.size else revenue,
        cost=cost,
        taxes_and_charges=taxes,
        profit=profit,
        vat=vat,
        wages=wages,
        depreciation=depreciation,
        net_production_tax=net_tax,
        operating_surplus=value_added - wages - depreciation - net_tax,
        assets=assets,
        liabilities=liabilities,
        employees=employees,
        rd=rd,
        tax_paid_yuan=tax_yuan,
        month_shares=season / season.sum(axis=1, keepdims=True),
    )
