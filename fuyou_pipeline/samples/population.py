"""Who the simulated firms are, and when each was in the 规上 library; no money here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.codes import credit_code, firm_name
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import (
    BELOW_SCALE_FIRMS,
    INDUSTRIES,
    INITIAL_STOCK,
    LIBRARY_YEARS,
    UNITS,
    LibraryYear,
)

if TYPE_CHECKING:
    import numpy as np

ANNUAL, MONTHLY, RESTORED = "年度", "月度", "恢复"
BELOW_STANDARD, STOPPED, CANCELLED, MOVED, MERGED = "低于规模标准", "停产", "注销破产", "迁出", "合并"


@dataclass(frozen=True)
class Spell:
    """One stay in the library; months are yyyymm, ``left`` is the first month out (0: still in)."""

    firm: int
    entered: int
    left: int
    route: str
    reason: str = ""
    is_first: bool = True


@dataclass
class Population:
    """Firms as parallel arrays; a firm's index is its identity throughout the package."""

    seed: int
    replica: int
    industry: np.ndarray
    unit: np.ndarray
    opened: np.ndarray
    """Year and month of opening, yyyymm."""
    ever_in_library: int
    """Firms 0 … ever_in_library − 1 are in the library at some time."""
    spells: list[Spell] = field(default_factory=list)
    renamed: dict[int, int] = field(default_factory=dict)
    """Firm → month from which it bears its present name."""
    moved_into_zone: dict[int, int] = field(default_factory=dict)
    """Firm → month from which its zone reports it; before, 谯城区 did."""
    halts: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    """Firm → (from, to, 停产 | 半停产)."""

    @property
    def size(self) -> int:
        return len(self.industry)

    @cached_property
    def codes(self) -> list[str]:
        offset = self.replica * 100_000
        return [credit_code(UNITS[u].registrar, offset + i) for i, u in enumerate(self.unit.tolist())]

    @cached_property
    def names(self) -> list[str]:
        offset = self.replica * 100_000
        places = ["亳州市" if "-" in u.code else u.name for u in UNITS]
        return [
            firm_name(places[u], INDUSTRIES[k].trade, offset + i)
            for i, (u, k) in enumerate(zip(self.unit.tolist(), self.industry.tolist(), strict=True))
        ]

    def former_name(self, firm: int) -> str:
        return self.names[firm].replace("示例", "示例老")

    def name_at(self, firm: int, month: int) -> str:
        return self.former_name(firm) if month < self.renamed.get(firm, 0) else self.names[firm]

    def unit_at(self, firm: int, month: int) -> int:
        """Index into ``UNITS``; a firm that moved into a zone was reported by 谯城区 before."""
        return 0 if month < self.moved_into_zone.get(firm, 0) else int(self.unit[firm])

    def status_at(self, firm: int, month: int) -> str:
        start, end, status = self.halts.get(firm, (0, 0, ""))
        return status if start <= month < end else "正常"

    def activity(self, firm: int, year: int) -> list[float]:
        """Twelve factors: 1 in normal months, 0.4 in half-stopped, 0 in stopped ones."""
        factors = {"正常": 1.0, "半停产": 0.4, "停产": 0.0}
        return [factors[self.status_at(firm, year * 100 + m)] for m in range(1, 13)]

    @cached_property
    def _spells_of(self) -> dict[int, list[Spell]]:
        found: dict[int, list[Spell]] = {}
        for spell in self.spells:
            found.setdefault(spell.firm, []).append(spell)
        return found

    def spell_at(self, firm: int, month: int) -> Spell | None:
        """The latest stay that began by ``month``, whether or not it has ended; None: never in so far."""
        started = [s for s in self._spells_of.get(firm, []) if s.entered <= month]
        return started[-1] if started else None

    def in_library(self, month: int) -> list[int]:
        """Firms in the library in ``month``, in order of index."""
        return sorted(s.firm for s in self.spells if s.entered <= month and (not s.left or s.left > month))

    def outside(self, month: int) -> list[int]:
        """Firms that are open and not in the library in ``month``."""
        inside = set(self.in_library(month))
        return [i for i, opened in enumerate(self.opened.tolist()) if opened <= month and i not in inside]

    def first_entry_month(self, firm: int) -> int:
        """Month of the first stay; 0 for a firm that never enters."""
        spells = self._spells_of.get(firm)
        return spells[0].entered if spells else 0


def make_population(seed: int, size: float = 1.0, below: int | None = None, replica: int = 0) -> Population:
    """Firms of one city.

    Args:
        seed: same seed, same firms.
        size: 1 is 亳州 (665 规上 firms at 2021-11); the movements of the library scale with it.
        below: firms that never enter the library; default ``BELOW_SCALE_FIRMS`` × size.
        replica: number of the city when several are made; their codes do not overlap.
    """
    import numpy as np

    rng = stream(seed, "population", replica)
    spells = _library_spells(stream(seed, "library", replica), size)
    ever = 1 + max((s.firm for s in spells), default=-1)
    total = ever + (round(BELOW_SCALE_FIRMS * size) if below is None else below)
    shares = np.array([k.share for k in INDUSTRIES])
    # mines and utilities are few and never small
    shares_below = np.array([0.0 if k.code[:2] in ("06", "44", "45") else k.share for k in INDUSTRIES])
    industry = np.concatenate(
        [
            rng.choice(len(INDUSTRIES), ever, p=shares / shares.sum()),
            rng.choice(len(INDUSTRIES), total - ever, p=shares_below / shares_below.sum()),
        ]
    )
    unit_shares = np.array([u.share for u in UNITS])
    unit = rng.choice(len(UNITS), total, p=unit_shares / unit_shares.sum())
    population = Population(seed, replica, industry, unit, _openings(rng, spells, ever, total), ever, spells)
    _changes(population, stream(seed, "changes", replica))
    return population


def _library_spells(rng: np.random.Generator, size: float) -> list[Spell]:
    stock = max(1, round(INITIAL_STOCK * size))
    spells = [
        Spell(i, y * 100 + 1, 0, ANNUAL) for i, y in enumerate(rng.integers(2011, 2018, stock).tolist())
    ]
    next_firm = len(spells)
    for year, plan in LIBRARY_YEARS.items():
        spells = _leave(rng, spells, year, plan, size)
        spells += _restored(rng, spells, year, round(plan.restored * size))
        months = [1] * round(plan.annual * size)
        months += sorted(rng.choice(range(3, 12), round(plan.monthly * size)).tolist())
        months += [12] * round(plan.monthly_december * size)
        for month in months:
            spells.append(Spell(next_firm, year * 100 + month, 0, ANNUAL if month == 1 else MONTHLY))
            next_firm += 1
    return spells


def _leave(
    rng: np.random.Generator, spells: list[Spell], year: int, plan: LibraryYear, size: float
) -> list[Spell]:
    """End the stays that end in ``year``; firms that entered the year before are spared but for two."""
    staying = [i for i, s in enumerate(spells) if not s.left and s.entered < (year - 1) * 100 + 1]
    count_january = min(round(plan.left_january * size), max(0, len(staying) - 2))
    count_later = min(round(plan.left_later * size), max(0, len(staying) - count_january - 2))
    chosen = rng.choice(staying, count_january + count_later, replace=False).tolist()
    if year == 2023 and count_january >= 2:
        # the two cases of the reward clause: in 2022-03 and out 2023-01; in 2022-01 and out 2023-01
        early = next((i for i, s in enumerate(spells) if s.entered == 202203 and s.is_first), None)
        full = next((i for i, s in enumerate(spells) if s.entered == 202201 and s.is_first), None)
        planted = [i for i in (early, full) if i is not None]
        chosen[: len(planted)] = planted
    ended = list(spells)
    for order, i in enumerate(chosen):
        january = order < count_january
        month = 1 if january else int(rng.integers(3, 11))
        odds = (0.86, 0.04, 0.04, 0.03, 0.03) if january else (0.0, 0.35, 0.25, 0.2, 0.2)
        reason = (BELOW_STANDARD, STOPPED, CANCELLED, MOVED, MERGED)[int(rng.choice(5, p=odds))]
        s = spells[i]
        ended[i] = Spell(s.firm, s.entered, year * 100 + month, s.route, reason, s.is_first)
    return ended


def _restored(rng: np.random.Generator, spells: list[Spell], year: int, count: int) -> list[Spell]:
    returned = {s.firm for s in spells if s.route == RESTORED}
    candidates = [
        s.firm
        for s in spells
        if s.left and s.left // 100 < year and s.reason == BELOW_STANDARD and s.firm not in returned
    ]
    chosen = rng.choice(candidates, min(count, len(candidates)), replace=False).tolist() if candidates else []
    return [Spell(int(f), year * 100 + 1, 0, RESTORED, "", False) for f in sorted(chosen)]


def _openings(rng: np.random.Generator, spells: list[Spell], ever: int, total: int) -> np.ndarray:
    import numpy as np

    years = rng.integers(1998, 2018, total)
    years[ever:] = rng.integers(2004, 2024, total - ever)
    months = rng.integers(1, 13, total)
    for s in spells:
        if s.route == MONTHLY:
            # monthly entry is for newly built firms: opened within two years of it
            years[s.firm] = s.entered // 100 - 1 - int(rng.integers(0, 2))
        elif s.entered // 100 > 2018 and s.is_first:
            years[s.firm] = min(int(years[s.firm]), s.entered // 100 - 3)
    return np.asarray(years * 100 + months)


def _changes(population: Population, rng: np.random.Generator) -> None:
    """Names, zones and halts that change on the way."""
    ever = population.ever_in_library
    for firm in sorted(rng.choice(ever, max(2, ever // 60), replace=False).tolist()):
        population.renamed[firm] = int(rng.choice([202005, 202103, 202209, 202306]))
    zone_firms = [i for i in range(ever) if "-" in UNITS[int(population.unit[i])].code]
    moving = rng.permutation(zone_firms)[: max(1, len(zone_firms) // 40)].tolist()
    for firm in sorted(int(f) for f in moving):
        population.moved_into_zone[firm] = 202101
    for s in population.spells:
        if s.left and s.reason in (STOPPED, CANCELLED):
            population.halts[s.firm] = (_months_before(s.left, 6), 999912, "停产")
    staying = [s.firm for s in population.spells if not s.left]
    for firm in sorted(rng.choice(staying, max(2, len(staying) // 45), replace=False).tolist()):
        start = int(rng.integers(2019, 2025)) * 100 + int(rng.integers(2, 10))
        status = "半停产" if rng.random() < 0.6 else "停产"
        population.halts.setdefault(firm, (start, start + 100, status))


def _months_before(month: int, count: int) -> int:
    index = month // 100 * 12 + month % 100 - 1 - count
    return index // 12 * 100 + index % 12 + 1
