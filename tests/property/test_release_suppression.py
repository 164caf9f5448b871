"""Suppression audited by linear programming: what is shown must not give back what is hidden."""

from __future__ import annotations

import random

import pytest
from scipy.optimize import linprog

from fuyou_pipeline.release.suppression import (
    PROTECTION,
    TOTAL,
    Cell,
    CellFacts,
    suppressed_cells,
)


def make_table(seed: int, areas: int, industries: int) -> dict[Cell, CellFacts]:
    """Firms of skewed size, scattered over areas and industries; two measures, margins included."""
    chance = random.Random(seed)
    firms: dict[Cell, list[tuple[float, float]]] = {}
    for area in range(areas):
        for industry in range(industries):
            for _ in range(chance.choice([0, 0, 1, 2, 3, 5, 9])):
                revenue = round(chance.lognormvariate(8, 2), 2)
                staff = round(revenue * chance.uniform(0.001, 0.1), 2)
                cell = (f"a{area}", f"i{industry}")
                for place in (cell, (cell[0], TOTAL), (TOTAL, cell[1]), (TOTAL, TOTAL)):
                    firms.setdefault(place, []).append((revenue, staff))
    return {
        cell: CellFacts(
            len(members),
            [sum(m[k] for m in members) for k in (0, 1)],
            [max(m[k] for m in members) for k in (0, 1)],
        )
        for cell, members in firms.items()
    }


def feasible_range(
    cells: dict[Cell, CellFacts], hidden: set[Cell], cell: Cell, measure: int
) -> tuple[float, float]:
    """The least and the greatest value of a hidden cell that agree with everything shown."""
    unknown = sorted(hidden)
    scale = cells[TOTAL, TOTAL].sums[measure]
    rows, shown = [], []
    for axis in (0, 1):
        for name in sorted({c[axis] for c in cells}):
            members = [c for c in cells if c[axis] == name]
            sign = {c: -1.0 if c[1 - axis] == TOTAL else 1.0 for c in members}
            rows.append([sign.get(c, 0.0) for c in unknown])
            shown.append(-sum(sign[c] * cells[c].sums[measure] / scale for c in members if c not in hidden))
    bounds = []
    for direction in (1, -1):
        aim = [direction * float(c == cell) for c in unknown]
        found = linprog(aim, A_eq=rows, b_eq=shown, bounds=[(0, 10)] * len(unknown), method="highs")
        assert found.success, found.message
        bounds.append(direction * found.fun * scale)
    return bounds[0], bounds[1]


@pytest.mark.parametrize("seed", range(12))
def test_no_sensitive_figure_can_be_worked_out(seed: int) -> None:
    chance = random.Random(1000 + seed)
    cells = make_table(seed, chance.randint(1, 5), chance.randint(1, 7))
    hidden = suppressed_cells(cells)

    for cell, facts in cells.items():
        if not facts.is_sensitive:
            continue
        assert cell in hidden
        for measure in (0, 1):
            low, high = feasible_range(cells, hidden, cell, measure)
            assert high - low >= PROTECTION * facts.sums[measure] * (1 - 1e-6)


def test_without_the_further_cells_the_audit_would_fail() -> None:
    cells = make_table(3, 4, 6)
    sensitive = {cell for cell, facts in cells.items() if facts.is_sensitive}
    gaps = [
        high - low < PROTECTION * cells[cell].sums[0]
        for cell in sensitive
        for low, high in [feasible_range(cells, sensitive, cell, 0)]
    ]
    assert any(gaps)


def test_a_cell_once_suppressed_stays_so() -> None:
    cells = {
        (a, i): CellFacts(5, [100.0, 10.0], [20.0, 2.0]) for a in ("a", "b", TOTAL) for i in ("x", "y", TOTAL)
    }
    assert suppressed_cells(cells) == set()
    assert ("a", "x") in suppressed_cells(cells, before=[("a", "x"), ("gone", "x")])


def test_large_tables_keep_most_of_what_they_show() -> None:
    cells = {
        (a, i): CellFacts(5, [100.0, 10.0], [20.0, 2.0])
        for a in ("a", "b", "c", TOTAL)
        for i in ("x", "y", "z", TOTAL)
    }
    cells["a", "x"] = CellFacts(2, [100.0, 10.0], [60.0, 6.0])
    hidden = suppressed_cells(cells)

    assert len(hidden) == 4 and not any(TOTAL in cell for cell in hidden)
