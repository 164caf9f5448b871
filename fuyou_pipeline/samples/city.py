"""One simulated city: its firms with their money and resources, and a file on its way to the inbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.finance import Finance, make_finance, year_index
from fuyou_pipeline.samples.forms import Form, write_csv, write_xlsx
from fuyou_pipeline.samples.population import Population, make_population
from fuyou_pipeline.samples.resources import Resources, make_resources
from fuyou_pipeline.samples.structure import UNITS

if TYPE_CHECKING:
    import numpy as np


@dataclass
class City:
    """What all extracts are derived from."""

    firms: Population
    money: Finance
    resources: Resources
    size: float

    def above_scale(self, year: int) -> list[int]:
        """Firms in the library in December."""
        return self.firms.in_library(year * 100 + 12)

    def all_industrial(self, year: int) -> list[int]:
        """All firms with revenue in the year, in the library or not."""
        return [int(i) for i in self.money.revenue[:, year_index(year)].nonzero()[0]]

    def month_shares(self, members: Sequence[int], year: int) -> np.ndarray:
        """Firms × 12, rows sum to 1: each firm's season, without the months in which it stood still."""
        import numpy as np

        shares = self.money.month_shares[list(members)].copy()
        for row, firm in enumerate(members):
            if firm in self.firms.halts:
                active = shares[row] * np.array(self.firms.activity(firm, year))
                if active.sum() > 0:
                    shares[row] = active / active.sum()
        return shares

    def by_unit(self, members: Sequence[int], month: int) -> dict[str, list[int]]:
        """Reporting unit code → its firms, every unit present."""
        found: dict[str, list[int]] = {unit.code: [] for unit in UNITS}
        for i in members:
            found[UNITS[self.firms.unit_at(i, month)].code].append(i)
        return found

    @cached_property
    def codes(self) -> list[str]:
        return self.firms.codes

    def ids(self, members: Sequence[int]) -> list[str]:
        return [self.codes[i] for i in members]

    def names(self, members: Sequence[int], month: int) -> list[str]:
        return [self.firms.name_at(i, month) for i in members]


def make_city(seed: int, size: float = 1.0, below: int | None = None, replica: int = 0) -> City:
    """A city from a seed; see :func:`fuyou_pipeline.samples.population.make_population`."""
    firms = make_population(seed, size, below, replica)
    money = make_finance(firms, size)
    return City(firms, money, make_resources(firms, money), size)


def pick(
    matrix: np.ndarray, members: Sequence[int], year: int, factor: float = 1, digits: int = 0
) -> list[int | float]:
    """A year's values of some firms × factor, whole numbers unless ``digits``."""
    values = matrix[list(members), year_index(year)] * factor
    if digits:
        return [round(float(v), digits) for v in values]
    return [int(v) for v in values.round()]


@dataclass(frozen=True)
class Delivery:
    """A file on its way: who sends what, and the day it is received."""

    dataset: str
    period: str
    sender: str
    received: date
    name: str
    """File name with its suffix; .xlsx, .csv or .tsv."""
    form: Form
    encoding: str = "gbk"
    """Of text files."""

    def write(self, out: Path) -> Path:
        path = out / self.sender / self.received.isoformat() / self.name
        if path.suffix == ".xlsx":
            return write_xlsx(path, self.form)
        return write_csv(path, self.form, self.encoding, "\t" if path.suffix == ".tsv" else ",")


def month_text(month: int) -> str:
    """202203 → ``2022-03``."""
    return f"{month // 100}-{month % 100:02d}"


def months_between(first: int, last: int) -> Iterable[int]:
    """Months from yyyymm to yyyymm, both included."""
    month = first
    while month <= last:
        yield month
        month = month + 1 if month % 100 < 12 else month + 89
