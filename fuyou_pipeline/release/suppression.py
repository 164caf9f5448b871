"""Which cells of an area × industry table must not be shown, so that no firm's figure can be worked out."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MIN_FIRMS = 3
MAX_SHARE = 0.8
"""A cell in which one firm has more than this share of any measure tells that firm's figure."""
PROTECTION = 0.1
"""By what part of itself a suppressed figure stays uncertain to those who see the rest (本项目默认值)."""
TOTAL = "全部"

Cell = tuple[str, str]
"""(area, industry); either may be :data:`TOTAL`."""
_MARGIN_COST, _GRAND_TOTAL_COST = 1e12, 1e15


@dataclass(frozen=True)
class CellFacts:
    """``firms`` counted in the cell, and per measure the sum and the largest single firm's part of it."""

    firms: int
    sums: Sequence[float]
    largest: Sequence[float]

    @property
    def is_sensitive(self) -> bool:
        dominated = any(
            total > 0 and most > MAX_SHARE * total
            for total, most in zip(self.sums, self.largest, strict=True)
        )
        return 0 < self.firms < MIN_FIRMS or dominated


def suppressed_cells(cells: Mapping[Cell, CellFacts], before: Iterable[Cell] = ()) -> set[Cell]:
    """Sensitive cells, those suppressed in an earlier release, and others that would give them back.

    A table with its margins is a graph: areas and industries (and both totals) are nodes, cells are edges. A
    hidden figure stays hidden if its edge lies on a cycle of hidden edges that can all give way by enough; so
    for each sensitive cell the cheapest such cycle is hidden too.

    Args:
        cells: every cell with firms, margins and grand total included.
        before: cells once suppressed stay so, or the difference between two releases would tell.
    """
    hidden = {cell for cell, facts in cells.items() if facts.is_sensitive}
    hidden |= {cell for cell in before if cell in cells}
    for cell in sorted(hidden, key=lambda c: (-cells[c].sums[0], c)):
        cycle = _cycle(cells, hidden, cell)
        hidden |= set(cells) if cycle is None else cycle
    return hidden


def _cycle(cells: Mapping[Cell, CellFacts], hidden: set[Cell], cell: Cell) -> set[Cell] | None:
    """The cheapest way round from the cell's area to its industry by other cells, each large enough."""
    wanted = [PROTECTION * abs(total) for total in cells[cell].sums]
    edges: dict[tuple[str, str], list[tuple[tuple[str, str], Cell]]] = defaultdict(list)
    for other, facts in sorted(cells.items()):
        is_large = all(abs(total) >= least for total, least in zip(facts.sums, wanted, strict=True))
        if other != cell and is_large:
            area, industry = ("area", other[0]), ("industry", other[1])
            edges[area].append((industry, other))
            edges[industry].append((area, other))
    start, goal = ("area", cell[0]), ("industry", cell[1])
    queue: list[tuple[float, tuple[str, str], tuple[Cell, ...]]] = [(0.0, start, ())]
    done: set[tuple[str, str]] = set()
    while queue:
        cost, node, path = heapq.heappop(queue)
        if node == goal:
            return set(path)
        if node in done:
            continue
        done.add(node)
        for neighbour, other in edges[node]:
            if neighbour not in done:
                step = 0.0 if other in hidden else _cost(cells, other)
                heapq.heappush(queue, (cost + step, neighbour, (*path, other)))
    return None


def _cost(cells: Mapping[Cell, CellFacts], cell: Cell) -> float:
    """What hiding a cell loses: its size; a margin only if no inner cell will do, the grand total last."""
    margins = cell.count(TOTAL)
    extra = {0: 0.0, 1: _MARGIN_COST, 2: _GRAND_TOTAL_COST}[margins]
    return abs(cells[cell].sums[0]) + 1 + extra
