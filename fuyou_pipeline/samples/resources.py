"""What the firms use: land by parcel, energy by carrier, emissions, insured staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.finance import Finance, year_index
from fuyou_pipeline.samples.population import Population
from fuyou_pipeline.samples.streams import stream
from fuyou_pipeline.samples.structure import INDUSTRIES, MODEL_YEARS, UNITS

if TYPE_CHECKING:
    import numpy as np

SQUARE_METRES_PER_MU = 2000 / 3
_LAND_PER_REVENUE = 1.15
"""Lifts land so that 规上 revenue per 亩 comes out somewhat under the province's 355.1 万元 (2022)."""


@dataclass(frozen=True)
class Parcel:
    """One line of the land file: a firm's use of a parcel, in ㎡."""

    number: str
    firm: int
    holder: int
    square_metres: int
    tenure: str
    """own | leased_in | leased_out | protected"""
    plot_ratio: float
    supplied: int
    """Year and month, yyyymm."""
    user: int
    """Who uses the ground: the tenant of a ``leased_out`` line, else the firm itself."""


@dataclass
class Resources:
    """Firm × year matrices: energy in whole tce, electricity in kWh, emissions in kg; parcels as a list."""

    parcels: list[Parcel]
    calorific_tce: np.ndarray
    equivalent_tce: np.ndarray
    coal_t: np.ndarray
    gas_m3: np.ndarray
    electricity_kwh: np.ndarray
    own_generation_kwh: np.ndarray
    water_t: np.ndarray
    cod_kg: np.ndarray
    ammonia_kg: np.ndarray
    so2_kg: np.ndarray
    nox_kg: np.ndarray
    in_environment_statistics: np.ndarray
    insured: np.ndarray

    @property
    def emission_equivalent_kg(self) -> np.ndarray:
        """Pollution equivalents: COD 1, 氨氮 0.8, SO₂ and NOₓ 0.95 kg each (环境保护税法附表二)."""
        return self.cod_kg / 1.0 + self.ammonia_kg / 0.8 + self.so2_kg / 0.95 + self.nox_kg / 0.95


def make_resources(firms: Population, money: Finance) -> Resources:
    """Land, energy, emissions and insured staff that go with the firms' revenue and staff."""
    import numpy as np

    rng = stream(firms.seed, "resources", firms.replica)
    shape = money.revenue.shape
    wan = money.revenue / 10

    def ratio(name: str) -> np.ndarray:
        return np.array([float(getattr(k, name)) for k in INDUSTRIES])[firms.industry][:, None]

    def own(spread: float) -> np.ndarray:
        return np.exp(rng.normal(0, spread, (firms.size, 1))) * np.exp(rng.normal(0, 0.05, shape))

    saving = 0.975 ** (np.array(MODEL_YEARS) - 2021)
    calorific = wan * ratio("tce") * own(0.35) * saving
    # most firms run on electricity; the few that burn coal do so for nearly all their heat
    electric_share = np.clip(np.where(ratio("tce") > 0.25, 0.12, 0.72) * own(0.1), 0.03, 0.97)
    kwh = np.rint(calorific * electric_share / 0.1229 * 1000)
    fuel = calorific * (1 - electric_share)
    burns_coal = ratio("tce") > 0.25
    solar = np.where(rng.random((firms.size, 1)) < 0.08, rng.uniform(0.05, 0.2, (firms.size, 1)), 0.0)
    dirty = rng.random((firms.size, 1)) < np.clip(ratio("cod") * 6 + ratio("gas") * 3, 0.04, 0.85)
    load = np.where(dirty, wan, 0.0)
    return Resources(
        parcels=_parcels(firms, money, stream(firms.seed, "land", firms.replica)),
        calorific_tce=np.rint(calorific * 100) / 100,
        equivalent_tce=np.rint((calorific + kwh * (0.3025 - 0.1229) / 1000) * 100) / 100,
        coal_t=np.rint(np.where(burns_coal, fuel / 0.7143, 0.0)),
        gas_m3=np.rint(np.where(burns_coal, 0.0, fuel / 1.33 * 1000)),
        electricity_kwh=kwh,
        own_generation_kwh=np.rint(kwh * solar),
        water_t=np.rint(wan * (0.3 + ratio("cod") * 25) * own(0.3)),
        cod_kg=np.rint(load * ratio("cod") * own(0.4)),
        ammonia_kg=np.rint(load * ratio("cod") * 0.06 * own(0.4)),
        so2_kg=np.rint(load * ratio("gas") * own(0.4)),
        nox_kg=np.rint(load * ratio("gas") * 1.6 * own(0.4)),
        in_environment_statistics=dirty[:, 0],
        insured=np.rint(money.employees * np.clip(rng.normal(0.82, 0.12, shape), 0.2, 1.1)),
    )


def _parcels(firms: Population, money: Finance, rng: np.random.Generator) -> list[Parcel]:
    """Own parcels of library firms and a quarter of the others; some let part of theirs, some share one."""
    import numpy as np

    level = money.revenue[:, year_index(2021)] / 10
    level = np.where(level > 0, level, money.revenue.max(axis=1) / 10 * 0.8)
    per_mu = np.array([k.per_mu_wan for k in INDUSTRIES])[firms.industry]
    metres = (
        level / per_mu * np.exp(rng.normal(0, 0.4, firms.size)) * SQUARE_METRES_PER_MU * _LAND_PER_REVENUE
    )
    area = np.maximum(np.rint(metres), 800).astype(int).tolist()
    ever = firms.ever_in_library
    draw, second, ratio = rng.random(firms.size), rng.random(firms.size), rng.uniform(0.6, 1.9, firms.size)
    supplied = rng.integers(2004, 2018, firms.size) * 100 + rng.integers(1, 13, firms.size)
    parcels: list[Parcel] = []
    owners: list[Parcel] = []
    tenants: dict[int, int] = {}
    for firm in range(firms.size):
        inside = firm < ever
        if (inside and draw[firm] < 0.08 and owners) or (not inside and draw[firm] < 0.06 and owners):
            owner = int(second[firm] * len(owners))
            tenants[owner] = tenants.get(owner, 0) + 1
            parcels += _tenancy(firm, owners[owner], tenants[owner], area[firm], draw[firm] < 0.02)
            continue
        if (inside and draw[firm] < 0.09) or (not inside and draw[firm] > 0.31):
            continue  # no record at the land office: missing, not zero
        own = _own_parcels(firms, firm, area[firm], float(second[firm]), round(float(ratio[firm]), 2))
        parcels += own
        if inside:
            owners.append(own[0])
        if inside and draw[firm] > 0.97:
            parcels += _protected(firms, firm, int(area[firm] * 0.4), int(supplied[firm]) % 100)
    return parcels


def _own_parcels(firms: Population, firm: int, metres: int, draw: float, ratio: float) -> list[Parcel]:
    place = UNITS[int(firms.unit[firm])].area_code
    since = max(int(firms.opened[firm]), 200401)
    serial = firms.replica * 100_000 + firm
    number = f"{place}100201GB{serial:07d}"
    if draw > 0.2:
        return [Parcel(f"{number}A", firm, firm, metres, "own", ratio, since, firm)]
    first = metres * 2 // 3
    return [
        Parcel(f"{number}A", firm, firm, first, "own", ratio, since, firm),
        Parcel(f"{number}B", firm, firm, metres - first, "own", ratio, since, firm),
    ]


def _tenancy(tenant: int, parcel: Parcel, order: int, wanted: int, shared: bool) -> list[Parcel]:
    """A tenant on somebody's parcel: a part let out under a number of its own, or both on one parcel."""
    part = max(200, min(wanted, parcel.square_metres // (3 + order)))
    owner, ratio, since = parcel.holder, parcel.plot_ratio, parcel.supplied
    if shared:
        return [Parcel(parcel.number, tenant, owner, part, "own", ratio, since, tenant)]
    number = f"{parcel.number}{order}"
    return [
        Parcel(number, tenant, owner, part, "leased_in", ratio, since, tenant),
        Parcel(number, owner, owner, part, "leased_out", ratio, since, tenant),
    ]


def _protected(firms: Population, firm: int, metres: int, month: int) -> list[Parcel]:
    """New ground under protection: part of the firm's own land, and marked so that it can be left out."""
    place = UNITS[int(firms.unit[firm])].area_code
    number = f"{place}100201GB{firms.replica * 100_000 + firm:07d}P"
    since = 202200 + max(month, 1)
    return [Parcel(number, firm, firm, metres, kind, 1.0, since, firm) for kind in ("own", "protected")]
