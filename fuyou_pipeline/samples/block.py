"""Several simulated cities side by side as arrays, for sizes that are too large to go through workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from fuyou_pipeline.samples.city import City, make_city
from fuyou_pipeline.samples.finance import Finance, year_index
from fuyou_pipeline.samples.population import Spell
from fuyou_pipeline.samples.structure import INDUSTRIES, UNITS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass
class Block:
    """Firms of some cities, concatenated; a firm's index runs through the block."""

    ids: pa.Array
    names: pa.Array
    """Present names, then the former names of the renamed."""
    former_position: np.ndarray
    """Firm → position of its former name in ``names``, or its own index."""
    renamed: np.ndarray
    moved: np.ndarray
    unit: np.ndarray
    industry: np.ndarray
    opened: np.ndarray
    in_library_ever: np.ndarray
    money: dict[str, np.ndarray]
    use: dict[str, np.ndarray]
    spells: dict[str, np.ndarray]
    halts: dict[str, np.ndarray]
    parcels: dict[str, np.ndarray]

    @property
    def size(self) -> int:
        return len(self.industry)

    def in_library(self, month: int) -> np.ndarray:
        """Indexes of the firms in the library in ``month``."""
        import numpy as np

        s = self.spells
        inside = np.zeros(self.size, dtype=bool)
        inside[s["firm"][(s["entered"] <= month) & ((s["left"] == 0) | (s["left"] > month))]] = True
        return np.flatnonzero(inside)

    def trading(self, month: int) -> np.ndarray:
        """Indexes of all firms that are open by ``month`` and have revenue in its year."""
        import numpy as np

        return np.flatnonzero(
            (self.money["revenue"][:, year_index(month // 100)] > 0) & (self.opened <= month)
        )

    def latest_spell(self, month: int) -> np.ndarray:
        """Firm → index of its latest stay that began by ``month``, −1: none."""
        import numpy as np

        latest = np.full(self.size, -1)
        begun = np.flatnonzero(self.spells["entered"] <= month)
        latest[self.spells["firm"][begun]] = begun  # stays are in order of entry: the last one wins
        return latest

    def name_positions(self, members: np.ndarray, month: int) -> np.ndarray:
        import numpy as np

        return np.where(self.renamed[members] > month, self.former_position[members], members)

    def units_at(self, members: np.ndarray, month: int) -> np.ndarray:
        import numpy as np

        return np.where(self.moved[members] > month, 0, self.unit[members])

    def statuses(self, month: int) -> np.ndarray:
        """Firm → 0 正常, 1 半停产, 2 停产."""
        import numpy as np

        h = self.halts
        status = np.zeros(self.size, dtype=int)
        now = (h["start"] <= month) & (month < h["end"])
        status[h["firm"][now]] = h["kind"][now]
        return status

    def cumulative(self, matrix: np.ndarray, members: np.ndarray, year: int, month: int) -> np.ndarray:
        """January to ``month`` of yearly whole numbers; halted firms keep their season here."""
        import numpy as np

        whole = matrix[members, year_index(year)]
        if month == 12:
            return whole.astype(np.int64)
        shares = self.money["month_shares"][members, :month].sum(axis=1)
        return np.rint(whole * shares).astype(np.int64)


def make_block(seed: int, replicas: Sequence[int], below: int | None = None) -> Block:
    """Cities number ``replicas``, each of size 1 and with ``below`` firms outside the library."""
    import numpy as np
    import pyarrow as pa

    cities = [make_city(seed, 1.0, below, replica) for replica in replicas]
    starts = np.cumsum([0, *(c.firms.size for c in cities)])
    total = int(starts[-1])
    present = [name for c in cities for name in c.firms.names]
    former: list[str] = []
    former_position = np.arange(total)
    renamed, moved = np.zeros(total, dtype=int), np.zeros(total, dtype=int)
    ever = np.zeros(total, dtype=bool)
    for start, c in zip(starts.tolist(), cities, strict=False):
        ever[start : start + c.firms.ever_in_library] = True
        for firm, month in c.firms.renamed.items():
            former_position[start + firm] = total + len(former)
            renamed[start + firm] = month
            former.append(c.firms.former_name(firm))
        for firm, month in c.firms.moved_into_zone.items():
            moved[start + firm] = month
    return Block(
        ids=pa.array([code for c in cities for code in c.codes]),
        names=pa.array(present + former),
        former_position=former_position,
        renamed=renamed,
        moved=moved,
        unit=np.concatenate([c.firms.unit for c in cities]),
        industry=np.concatenate([c.firms.industry for c in cities]),
        opened=np.concatenate([c.firms.opened for c in cities]),
        in_library_ever=ever,
        money=_joined(cities),
        use=_used(cities),
        spells=_spell_arrays(cities, starts),
        halts=_halt_arrays(cities, starts),
        parcels=_parcel_arrays(cities, starts),
    )


def _joined(cities: Sequence[City]) -> dict[str, np.ndarray]:
    import numpy as np

    found = {f.name: np.concatenate([getattr(c.money, f.name) for c in cities]) for f in fields(Finance)}
    return found | {"value_added": np.concatenate([c.money.value_added for c in cities])}


def _used(cities: Sequence[City]) -> dict[str, np.ndarray]:
    import numpy as np

    names = [f.name for f in fields(cities[0].resources) if f.name != "parcels"]
    found = {name: np.concatenate([getattr(c.resources, name) for c in cities]) for name in names}
    found["emission_equivalent_kg"] = np.concatenate([c.resources.emission_equivalent_kg for c in cities])
    return found


def _spell_arrays(cities: Sequence[City], starts: np.ndarray) -> dict[str, np.ndarray]:
    import numpy as np

    rows: list[tuple[int, Spell]] = [
        (start + s.firm, s) for start, c in zip(starts.tolist(), cities, strict=False) for s in c.firms.spells
    ]
    return {
        "firm": np.array([firm for firm, _ in rows]),
        "entered": np.array([s.entered for _, s in rows]),
        "left": np.array([s.left for _, s in rows]),
        "route": np.array([s.route for _, s in rows]),
        "reason": np.array([s.reason for _, s in rows]),
        "is_first": np.array([s.is_first for _, s in rows]),
    }


def _halt_arrays(cities: Sequence[City], starts: np.ndarray) -> dict[str, np.ndarray]:
    import numpy as np

    rows = [
        (start + firm, begin, end, 1 if status == "半停产" else 2)
        for start, c in zip(starts.tolist(), cities, strict=False)
        for firm, (begin, end, status) in sorted(c.firms.halts.items())
    ]
    table = np.array(rows, dtype=int).reshape(-1, 4)
    return dict(zip(("firm", "start", "end", "kind"), table.T, strict=True))


def _parcel_arrays(cities: Sequence[City], starts: np.ndarray) -> dict[str, np.ndarray]:
    import numpy as np

    rows = [
        (start, p) for start, c in zip(starts.tolist(), cities, strict=False) for p in c.resources.parcels
    ]
    return {
        "number": np.array([p.number for _, p in rows]),
        "firm": np.array([start + p.firm for start, p in rows]),
        "holder": np.array([start + p.holder for start, p in rows]),
        "user": np.array([start + p.user for start, p in rows]),
        "square_metres": np.array([p.square_metres for _, p in rows]),
        "tenure": np.array([p.tenure for _, p in rows]),
        "plot_ratio": np.array([p.plot_ratio for _, p in rows]),
        "supplied": np.array([p.supplied for _, p in rows]),
    }


INDUSTRY_CODES = [k.code for k in INDUSTRIES]
UTILITY = [k.is_public_utility for k in INDUSTRIES]
AREA_CODES = [u.area_code for u in UNITS]
UNIT_CODES = [u.code for u in UNITS]
