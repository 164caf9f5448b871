"""Which cells of an area × industry table must not be shown, so that no firm's figure can be worked out."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

TOTAL = "全部"

Cell = tuple[str, str]
"""(area, industry or class); either may be :data:`TOTAL`."""
_MARGIN_COST, _GRAND_TOTAL_COST = 1e12, 1e15
_RAISED_COST = 1e-6
"""Of a hidden cell that must become more uncertain: a way round that needs no such cell goes first."""


@dataclass(frozen=True)
class Rule:
    """When a cell tells on a firm: by how few firms, and by one firm's share of it."""

    min_firms: int
    max_share: float
    protection: float
    """By what part of itself a sensitive figure stays uncertain to those who see the rest."""


@dataclass(frozen=True)
class CellFacts:
    """One measure in one cell: firms that report it, the sum of it, the largest single firm's part."""

    firms: int
    total: float
    largest: float


def is_sensitive(facts: CellFacts, rule: Rule) -> bool:
    """Too few firms, or one of them is nearly all of it; a cell without firms tells nothing."""
    return 0 < facts.firms < rule.min_firms or facts.largest > rule.max_share * facts.total > 0


def suppressed_cells(
    cells: Mapping[Cell, CellFacts], rule: Rule, before: Mapping[Cell, float] | None = None
) -> dict[Cell, float]:
    """Sensitive cells, those suppressed in an earlier release, and others that would give them back.

    A table with its margins is a graph: areas and industries (and both totals) are nodes, cells are edges. A
    hidden figure stays hidden if its edge lies on a cycle of hidden edges that can all give way by enough; so
    for each hidden cell the cheapest such cycle is hidden too.

    Args:
        cells: every cell with firms, margins and grand total included.
        before: what an earlier call has returned; cells once suppressed stay so, or the difference between
            two releases would tell. The same cells again hide nothing further.

    Returns:
        Hidden cell → by how much its figure must stay uncertain, in the unit of the measure.
    """
    hidden = {cell: level for cell, level in (before or {}).items() if cell in cells}
    for cell, facts in cells.items():
        if is_sensitive(facts, rule):
            hidden[cell] = max(hidden.get(cell, 0.0), rule.protection * facts.total)
    for cell, level in sorted(hidden.items(), key=lambda item: (-item[1], item[0])):
        cycle = _cycle(cells, hidden, cell, level)
        for other in cells if cycle is None else cycle:
            hidden[other] = max(hidden.get(other, 0.0), level)
    return hidden


def _cycle(
    cells: Mapping[Cell, CellFacts], hidden: Mapping[Cell, float], cell: Cell, level: float
) -> tuple[Cell, ...] | None:
    """The cheapest way round from the cell's area to its kind by other cells, each of ``level`` or more."""
    edges: dict[tuple[str, str], list[tuple[tuple[str, str], Cell]]] = defaultdict(list)
    for other, facts in sorted(cells.items()):
        if other != cell and facts.firms and facts.total >= level:
            area, kind = ("area", other[0]), ("kind", other[1])
            edges[area].append((kind, other))
            edges[kind].append((area, other))
    start, goal = ("area", cell[0]), ("kind", cell[1])
    queue: list[tuple[float, tuple[str, str], tuple[Cell, ...]]] = [(0.0, start, ())]
    done: set[tuple[str, str]] = set()
    while queue:
        cost, node, path = heapq.heappop(queue)
        if node == goal:
            return path
        if node in done:
            continue
        done.add(node)
        for neighbour, other in edges[node]:
            if neighbour not in done:
                step = _RAISED_COST if other in hidden else _cost(cells, other)
                step = 0.0 if hidden.get(other, -1.0) >= level else step
                heapq.heappush(queue, (cost + step, neighbour, (*path, other)))
    return None


def _cost(cells: Mapping[Cell, CellFacts], cell: Cell) -> float:
    """What hiding a cell loses: its size; a margin only if no inner cell will do, the grand total last."""
    extra = {0: 0.0, 1: _MARGIN_COST, 2: _GRAND_TOTAL_COST}[cell.count(TOTAL)]
    return cells[cell].total + 1 + extra
