"""The large extracts as columns in canonical units, straight from a block of cities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.samples.block import AREA_CODES, INDUSTRY_CODES, UNIT_CODES, UTILITY, Block
from fuyou_pipeline.samples.city import month_text, months_between
from fuyou_pipeline.samples.finance import year_index
from fuyou_pipeline.samples.population import ANNUAL, MONTHLY, RESTORED

if TYPE_CHECKING:
    import numpy as np

_ROUTES = {ANNUAL: "annual", MONTHLY: "monthly", RESTORED: "restored", "": None}


@dataclass(frozen=True)
class Slice:
    """A sender's extract of one period, for one lake file; columns are arrays of equal length."""

    dataset: str
    period: str
    kind: str
    sender: str
    columns: dict[str, Any]
    """Arrow arrays and numpy arrays; a :class:`Scaled` is a decimal."""


@dataclass(frozen=True)
class Scaled:
    """A decimal column: whole numbers, ``per_unit`` of them to the canonical unit; ``missing`` is a mask."""

    whole: np.ndarray
    per_unit: int
    missing: np.ndarray | None = None


Maker = Callable[[Block, int], Iterator[Slice]]


def _identity(block: Block, members: np.ndarray, month: int) -> dict[str, Any]:
    return {
        "enterprise_id": block.ids.take(_positions(members)),
        "enterprise_name": block.names.take(_positions(block.name_positions(members, month))),
    }


def _positions(values: np.ndarray) -> Any:
    import pyarrow as pa

    return pa.array(values)


def _texts(choices: list[str | None], index: np.ndarray) -> Any:
    import pyarrow as pa

    return pa.array(choices, pa.string()).take(pa.array(index))


def registry(block: Block, year: int) -> Iterator[Slice]:
    """Twelve directories of the library and four lists of the other firms."""
    import numpy as np

    for month in months_between(year * 100 + 1, year * 100 + 12):
        latest = block.latest_spell(month)
        listed = np.flatnonzero(latest >= 0)
        yield Slice(
            "enterprise_registry",
            month_text(month),
            "month",
            "statistics",
            _firms(block, listed, month, latest),
        )
        if month % 100 % 3 == 0:
            outside = np.flatnonzero((latest < 0) & (block.opened <= month))
            yield Slice(
                "enterprise_registry",
                month_text(month),
                "month",
                "bureau",
                _firms(block, outside, month, latest),
            )


def _firms(block: Block, members: np.ndarray, month: int, latest: np.ndarray) -> dict[str, Any]:
    import numpy as np
    import pyarrow as pa

    stay = latest[members]
    known = stay >= 0
    s = block.spells
    entered = np.where(known, s["entered"][stay], 0)
    left = np.where(known, s["left"][stay], 0)
    gone = (left > 0) & (left <= month)
    units = block.units_at(members, month)
    opened = block.opened[members]
    days = (
        (opened // 100 - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (opened % 100 - 1)
    ).astype("datetime64[D]")
    return {
        **_identity(block, members, month),
        "area_code": _texts(list(AREA_CODES), units),
        "reporting_unit_code": _texts(list(UNIT_CODES), units),
        "industry_code": _texts(list(INDUSTRY_CODES), block.industry[members]),
        "opened_on": pa.array(days),
        "library_entry_month": _months(entered),
        "library_entry_route": pa.array(
            [_ROUTES[r] for r in np.where(known, s["route"][stay], "").tolist()], pa.string()
        ),
        "first_report_month": _months(np.where(entered % 100 == 1, entered + 1, entered)),
        "is_first_entry": pa.array(s["is_first"][stay], mask=~known),
        "library_exit_month": _months(np.where(gone, left, 0)),
        "library_exit_reason": pa.array(s["reason"][stay], mask=~gone, type=pa.string()),
        "operating_status": _texts(["正常", "半停产", "停产"], block.statuses(month)[members]),
        "is_public_utility": pa.array(np.array(UTILITY)[block.industry[members]]),
        "is_sample_point": pa.array(~known & (members % 33 == 5)),
    }


def _months(values: np.ndarray) -> Any:
    """yyyymm → ``yyyy-mm``, 0 → null."""
    import numpy as np

    distinct, index = np.unique(values, return_inverse=True)
    return _texts([month_text(v) if v else None for v in distinct.tolist()], index)


def annual_financials(block: Block, year: int) -> Iterator[Slice]:
    members = block.in_library(year * 100 + 12)
    money = {
        "revenue_wan": "revenue",
        "cost_wan": "cost",
        "tax_surcharge_wan": "taxes_and_charges",
        "profit_wan": "profit",
        "vat_wan": "vat",
        "wages_wan": "wages",
        "depreciation_wan": "depreciation",
        "net_production_tax_wan": "net_production_tax",
        "operating_surplus_wan": "operating_surplus",
        "assets_wan": "assets",
        "liabilities_wan": "liabilities",
    }
    columns = _identity(block, members, year * 100 + 12)
    columns |= {name: _of(block.money[matrix], members, year, 10) for name, matrix in money.items()}
    columns["value_added_wan"] = Scaled(
        block.money["value_added"][members, year_index(year)], 10, missing=members % 5 == 0
    )
    columns["equity_wan"] = _of(block.money["assets"] - block.money["liabilities"], members, year, 10)
    columns["employees_average"] = _of(block.money["employees"], members, year, 1)
    yield Slice("annual_financials", str(year), "year", "statistics", columns)


def tax_paid(block: Block, year: int) -> Iterator[Slice]:
    members = block.trading(year * 100 + 12)
    paid = block.money["tax_paid_yuan"][members, year_index(year)]
    land_use = paid // 12
    columns = _identity(block, members, year * 100 + 12)
    columns |= {
        "tax_paid_wan": Scaled(paid, 10_000),
        "paid_vat_wan": Scaled(paid * 46 // 100, 10_000),
        "land_use_tax_wan": Scaled(land_use, 10_000),
        "exempt_offset_wan": Scaled(paid // 11 * (members % 29 == 3), 10_000),
        "export_refund_wan": Scaled(paid // 7 * (members % 29 == 3), 10_000),
        "credit_refund_wan": Scaled(paid // 4 * (members % 17 == 4) * (year == 2022), 10_000),
        "deferred_wan": Scaled(paid // 10 * (members % 13 == 1), 10_000),
        "arrears_wan": Scaled(paid // 20 * (members % 41 == 7), 10_000),
        "withheld_iit_wan": Scaled(paid // 40, 10_000),
    }
    yield Slice("tax_paid", str(year), "year", "tax", columns)


def land_parcels(block: Block, year: int) -> Iterator[Slice]:
    import numpy as np
    import pyarrow as pa

    p = block.parcels
    trading = block.money["revenue"][:, year_index(year)] > 0
    ended = (p["tenure"] == "protected") & (year >= p["supplied"] // 100 + 3)
    rows = np.flatnonzero(
        (p["supplied"] // 100 <= year)
        & trading[p["user"]]
        & trading[p["firm"]]
        & trading[p["holder"]]
        & ~ended
    )
    firms, holders, month = p["firm"][rows], p["holder"][rows], year * 100 + 12
    nameless = firms % 19 == 6
    columns: dict[str, Any] = {
        "parcel_no": pa.array(p["number"][rows]),
        "enterprise_id": block.ids.take(pa.array(np.where(nameless, 0, firms), mask=nameless)),
        "enterprise_name": block.names.take(pa.array(block.name_positions(firms, month))),
        "holder_id": block.ids.take(pa.array(holders)),
        "holder_name": block.names.take(pa.array(block.name_positions(holders, month))),
        # 亩 to two digits, as the land office rounds
        "area_mu": Scaled(np.rint(p["square_metres"][rows] * 0.15).astype(np.int64), 100),
        "tenure": pa.array(p["tenure"][rows]),
        "plot_ratio": Scaled(np.rint(p["plot_ratio"][rows] * 100).astype(np.int64), 100),
    }
    yield Slice("land_parcels", str(year), "year", "land", columns)


def energy_consumption(block: Block, year: int) -> Iterator[Slice]:
    members = block.in_library(year * 100 + 12)
    columns = _identity(block, members, year * 100 + 12)
    columns |= {
        "energy_tce_equivalent": _of(block.use["equivalent_tce"] * 100, members, year, 100),
        "energy_tce_calorific": _of(block.use["calorific_tce"] * 100, members, year, 100),
        "coal_t": _of(block.use["coal_t"], members, year, 1),
        "natural_gas_used_m3": _of(block.use["gas_m3"], members, year, 1),
        "electricity_used_kwh": _of(block.use["electricity_kwh"], members, year, 1),
    }
    yield Slice("energy_consumption", str(year), "year", "statistics", columns)


def emissions(block: Block, year: int) -> Iterator[Slice]:
    import pyarrow as pa

    members = block.in_library(year * 100 + 12)
    covered = block.use["in_environment_statistics"][members]
    members, covered = members[covered | (members % 9 == 2)], covered[covered | (members % 9 == 2)]
    columns = _identity(block, members, year * 100 + 12)
    for name in ("cod_kg", "ammonia_kg", "so2_kg", "nox_kg"):
        columns[name] = Scaled(block.use[name][members, year_index(year)].astype("int64"), 1, ~covered)
    grams = (block.use["emission_equivalent_kg"][members, year_index(year)] * 10).round().astype("int64")
    columns["emission_equivalent_t"] = Scaled(grams, 10_000, ~covered)
    columns["is_in_environment_statistics"] = pa.array(covered)
    yield Slice("emissions", str(year), "year", "environment", columns)


def employment(block: Block, year: int) -> Iterator[Slice]:
    import numpy as np

    inside = block.in_library(year * 100 + 12)
    every = block.trading(year * 100 + 12)
    insured = every[block.in_library_ever[every] | (every % 3 > 0)]
    statistics = _identity(block, inside, year * 100 + 12)
    statistics["employees_average"] = _of(block.money["employees"], inside, year, 1)
    statistics["employment_source"] = _texts(["statistics"], np.zeros(len(inside), dtype=int))
    security = _identity(block, insured, year * 100 + 12)
    security["employees_insured"] = _of(block.use["insured"], insured, year, 1)
    security["employment_source"] = _texts(["social_security"], np.zeros(len(insured), dtype=int))
    yield Slice("employment", str(year), "year", "statistics", statistics)
    yield Slice("employment", str(year), "year", "social_security", security)


def research_development(block: Block, year: int) -> Iterator[Slice]:
    members = block.in_library(year * 100 + 12)
    columns = _identity(block, members, year * 100 + 12)
    columns["rd_wan"] = _of(block.money["rd"], members, year, 10)
    yield Slice("research_development", str(year), "year", "statistics", columns)


def industrial_output(block: Block, year: int) -> Iterator[Slice]:
    import numpy as np

    output, sold = block.money["output"], block.money["output"] * 97 // 100
    for month in months_between(year * 100 + 2, year * 100 + 12):
        members, m = block.in_library(month), month % 100
        columns = _identity(block, members, month)
        for name, matrix in (("output", output), ("sales_output", sold)):
            until = block.cumulative(matrix, members, year, m)
            before = block.cumulative(matrix, members, year, m - 1)
            first = np.full(len(members), m == 2)
            columns[f"{name}_month_wan"] = Scaled(until - before, 10, first)
            columns[f"{name}_ytd_wan"] = Scaled(until, 10)
            columns[f"{name}_ytd_last_year_wan"] = Scaled(block.cumulative(matrix, members, year - 1, m), 10)
        yield Slice("industrial_output", month_text(month), "cumulative", "statistics", columns)


def financials(block: Block, year: int) -> Iterator[Slice]:
    money = block.money
    for month in months_between(year * 100 + 2, year * 100 + 12):
        members, m = block.in_library(month), month % 100
        columns = _identity(block, members, month)
        for name, matrix, when in (
            ("revenue_ytd_wan", "revenue", year),
            ("revenue_ytd_last_year_wan", "revenue", year - 1),
            ("cost_ytd_wan", "cost", year),
            ("tax_surcharge_ytd_wan", "taxes_and_charges", year),
            ("profit_ytd_wan", "profit", year),
            ("profit_ytd_last_year_wan", "profit", year - 1),
            ("vat_ytd_wan", "vat", year),
            ("wages_ytd_wan", "wages", year),
        ):
            columns[name] = Scaled(block.cumulative(money[matrix], members, when, m), 10)
        columns["employees_average"] = _of(money["employees"], members, year, 1)
        columns["assets_wan"] = _of(money["assets"], members, year, 10)
        columns["liabilities_wan"] = _of(money["liabilities"], members, year, 10)
        yield Slice("financials", month_text(month), "cumulative", "statistics", columns)


def tax_sales(block: Block, year: int) -> Iterator[Slice]:
    for month in months_between(year * 100 + 1, year * 100 + 12):
        members, m = block.trading(month), month % 100
        until = block.cumulative(block.money["revenue"], members, year, m)
        before = block.cumulative(block.money["revenue"], members, year, m - 1) if m > 1 else until * 0
        columns = _identity(block, members, month)
        columns |= {
            "industry_code": _texts(list(INDUSTRY_CODES), block.industry[members]),
            "sales_month_wan": Scaled(until - before, 10),
            "sales_ytd_wan": Scaled(until, 10),
            "sales_basis": _texts(["invoiced", "declared"], (members % 3 > 0).astype(int)),
        }
        yield Slice("tax_sales", month_text(month), "month", "tax", columns)


def electricity(block: Block, year: int) -> Iterator[Slice]:
    import pyarrow as pa

    for month in months_between(year * 100 + 1, year * 100 + 12):
        members, m = block.trading(month), month % 100
        use, own = block.use["electricity_kwh"], block.use["own_generation_kwh"]
        kwh = block.cumulative(use, members, year, m) - _before(block, use, members, year, m)
        made = block.cumulative(own, members, year, m) - _before(block, own, members, year, m)
        columns = _identity(block, members, month)
        # the number of the firm within its city block is unique per credit code, which is the key beside it
        columns["meter_no"] = pa.array([f"0558{i:09d}" for i in members.tolist()])
        columns["grid_kwh"] = Scaled(kwh - made, 1)
        columns["own_generation_kwh"] = Scaled(made, 1, made == 0)
        yield Slice("electricity", month_text(month), "month", "power", columns)


def _before(block: Block, matrix: np.ndarray, members: np.ndarray, year: int, month: int) -> np.ndarray:
    import numpy as np

    none = np.zeros(len(members), dtype=np.int64)
    return none if month == 1 else block.cumulative(matrix, members, year, month - 1)


def _of(matrix: np.ndarray, members: np.ndarray, year: int, per_unit: int) -> Scaled:
    import numpy as np

    return Scaled(np.rint(matrix[members, year_index(year)]).astype(np.int64), per_unit)


MAKERS: dict[str, Maker] = {
    "enterprise_registry": registry,
    "annual_financials": annual_financials,
    "tax_paid": tax_paid,
    "land_parcels": land_parcels,
    "energy_consumption": energy_consumption,
    "emissions": emissions,
    "employment": employment,
    "research_development": research_development,
    "industrial_output": industrial_output,
    "financials": financials,
    "tax_sales": tax_sales,
    "electricity": electricity,
}
"""The extracts whose volume grows with size; the rest is small at any size and goes through files."""
