"""Suppression audited by linear programming: what is shown must not give back what is hidden."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest
from scipy.optimize import linprog

from fuyou_pipeline.release.suppression import (
    TOTAL,
    Cell,
    CellFacts,
    Rule,
    is_sensitive,
    suppressed_cells,
)

RULE = Rule(min_firms=3, max_share=0.8, protection=0.1)


def make_table(seed: int, areas: int, industries: int, *, is_count: bool = False) -> dict[Cell, CellFacts]:
    """Firms of skewed size, scattered over areas and industries; margins included."""
    chance = random.Random(seed)
    firms: dict[Cell, list[float]] = {}
    for area in range(areas):
        for industry in range(industries):
            for _ in range(chance.choice([0, 0, 1, 2, 3, 5, 9])):
                size = 1.0 if is_count else round(chance.lognormvariate(8, 2), 2)
                cell = (f"a{area}", f"i{industry}")
                for place in (cell, (cell[0], TOTAL), (TOTAL, cell[1]), (TOTAL, TOTAL)):
                    firms.setdefault(place, []).append(size)
    return {cell: CellFacts(len(sizes), sum(sizes), max(sizes)) for cell, sizes in firms.items()}


def feasible_range(cells: dict[Cell, CellFacts], hidden: Collection[Cell], cell: Cell) -> tuple[float, float]:
    """The least and the greatest value of a hidden cell that agree with everything shown."""
    unknown = sorted(hidden)
    scale = cells[TOTAL, TOTAL].total
    rows, shown = [], []
    for axis in (0, 1):
        for name in sorted({c[axis] for c in cells}):
            members = [c for c in cells if c[axis] == name]
            sign = {c: -1.0 if c[1 - axis] == TOTAL else 1.0 for c in members}
            rows.append([sign.get(c, 0.0) for c in unknown])
            shown.append(-sum(sign[c] * cells[c].total / scale for c in members if c not in hidden))
    bounds = []
    for direction in (1, -1):
        aim = [direction * float(c == cell) for c in unknown]
        found = linprog(aim, A_eq=rows, b_eq=shown, bounds=[(0, 10)] * len(unknown), method="highs")
        assert found.success, found.message
        bounds.append(direction * found.fun * scale)
    return bounds[0], bounds[1]


def too_narrow(
    cells: dict[Cell, CellFacts], hidden: Collection[Cell], levels: dict[Cell, float]
) -> list[Cell]:
    """Cells of ``levels`` that can be bounded more closely than their level."""
    narrow = []
    for cell, level in sorted(levels.items()):
        low, high = feasible_range(cells, hidden, cell)
        if high - low < level * (1 - 1e-6):
            narrow.append(cell)
    return narrow


@pytest.mark.parametrize("is_count", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_no_sensitive_figure_can_be_worked_out(seed: int, is_count: bool) -> None:
    chance = random.Random(1000 + seed)
    cells = make_table(seed, chance.randint(1, 5), chance.randint(1, 7), is_count=is_count)
    hidden = suppressed_cells(cells, RULE)

    sensitive = {cell: 0.1 * facts.total for cell, facts in cells.items() if is_sensitive(facts, RULE)}
    assert sensitive.keys() <= hidden.keys()
    assert all(hidden[cell] >= level for cell, level in sensitive.items())
    assert too_narrow(cells, hidden, hidden) == []


def test_without_the_further_cells_the_audit_would_fail() -> None:
    cells = make_table(3, 4, 6)
    sensitive = {cell: 0.1 * facts.total for cell, facts in cells.items() if is_sensitive(facts, RULE)}
    assert too_narrow(cells, sensitive, sensitive)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_figures_again_hide_nothing_further(seed: int) -> None:
    cells = make_table(seed, 4, 8)
    once = suppressed_cells(cells, RULE)
    assert suppressed_cells(cells, RULE, once) == once


@pytest.mark.parametrize("seed", range(6))
def test_later_figures_do_not_give_back_what_was_hidden(seed: int) -> None:
    """Firms come and go; what was hidden, also as a second cell, stays uncertain in the new table."""
    cells = make_table(seed, 4, 6)
    before = suppressed_cells(cells, RULE)
    chance = random.Random(seed)
    later = {}
    for area in [f"a{n}" for n in range(4)]:
        for kind in [f"i{n}" for n in range(6)]:
            if facts := cells.get((area, kind)):
                extra = chance.choice([0.0, 0.0, facts.largest])
                grown = CellFacts(facts.firms + 3 * bool(extra), facts.total + 3 * extra, facts.largest)
                for place in ((area, kind), (area, TOTAL), (TOTAL, kind), (TOTAL, TOTAL)):
                    old = later.get(place, CellFacts(0, 0.0, 0.0))
                    later[place] = CellFacts(
                        old.firms + grown.firms, old.total + grown.total, max(old.largest, grown.largest)
                    )
    hidden = suppressed_cells(later, RULE, before)
    assert before.keys() <= hidden.keys()
    assert too_narrow(later, hidden, hidden) == []


def test_a_cell_once_suppressed_stays_so() -> None:
    cells = {(a, i): CellFacts(5, 100.0, 20.0) for a in ("a", "b", TOTAL) for i in ("x", "y", TOTAL)}
    assert suppressed_cells(cells, RULE) == {}
    assert ("a", "x") in suppressed_cells(cells, RULE, before={("a", "x"): 10.0, ("gone", "x"): 1.0})


def test_large_tables_keep_most_of_what_they_show() -> None:
    cells = {
        (a, i): CellFacts(5, 100.0, 20.0) for a in ("a", "b", "c", TOTAL) for i in ("x", "y", "z", TOTAL)
    }
    cells["a", "x"] = CellFacts(2, 100.0, 60.0)
    hidden = suppressed_cells(cells, RULE)

    assert len(hidden) == 4 and not any(TOTAL in cell for cell in hidden)
