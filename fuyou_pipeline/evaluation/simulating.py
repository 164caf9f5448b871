"""Another scheme beside the current one, scored by the same models in a scratch folder, never published."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.evaluation.calendar import load_calendar
from fuyou_pipeline.evaluation.catalogue import Catalogue, load_catalogue, load_scheme, load_schemes
from fuyou_pipeline.evaluation.scheme import Group, Scheme
from fuyou_pipeline.evaluation.tables import tables_of
from fuyou_pipeline.settings import Settings

Row = dict[str, Any]
DIRECTIONS = ("up", "down", "same", "new", "left", "other")
POINT = Decimal(1)


def simulate(
    settings: Settings, path: Path, *, against: str | None = None, moves_weights: bool = True
) -> Row:
    """Score the firms by the scheme in ``path`` and by the current one, from the same lake.

    Args:
        path: a scheme file; it need not lie among the reference files.
        against: id of the scheme in force to compare with; else the one of the same id, or the only one (a
            binding one first) of the same area, data year and kind of entity.
        moves_weights: also move one point of weight from each indicator to each other, group by group.

    Returns:
        scheme and against (id, title, data year, status); summary, matrix, by_area and
        by_industry (firms by direction of change); changes (firms whose final class differs); near_boundary
        (units within one point of the next class, points positive if they lack them); weights (per move, how
        many units change class against the new scheme), None if not asked for.

    Raises:
        SchemeError: the file is wrong. FuyouError: ``scheme-unknown``, ``scheme-ambiguous``.
    """
    catalogue = load_catalogue(settings)
    new = load_scheme(path, catalogue)
    now = _compared(settings, new, against)
    trial = f"{now.scheme}--trial"
    moves = weight_moves(new) if moves_weights else []
    moved = [_moved(new, number) for number in range(max(map(len, moves), default=0))]
    schemes = [now, _named(new, trial), *(_named(s, f"{trial}-{n}") for n, s in enumerate(moved))]
    with tempfile.TemporaryDirectory(prefix="fuyou-simulate-") as scratch:
        trial_settings = _scratch(settings, Path(scratch))
        _write_parameters(trial_settings, schemes, catalogue, decisions_of=now.scheme)
        _score(settings, trial_settings)
        results = _Results(trial_settings)
        found = _compare(results, now.scheme, trial)
        weights = _weights(results, trial, new, moves, catalogue) if moves_weights else None
    return {
        "scheme": _about(new, found),
        "against": _about(now, found),
        **found,
        "weights": weights,
    }


def weight_moves(scheme: Scheme) -> list[list[tuple[int, int]]]:
    """Per group the pairs (raised, lowered) of indicator positions; a weight below one point gives none."""
    return [
        [
            (up, down)
            for up, down in permutations(range(len(group.indicators)), 2)
            if group.indicators[down].weight >= POINT
        ]
        for group in scheme.groups
    ]


def _moved(scheme: Scheme, number: int) -> Scheme:
    """The scheme with each group's ``number``-th move made; a group with fewer moves stays as it is."""
    groups = []
    for group, pairs in zip(scheme.groups, weight_moves(scheme), strict=True):
        groups.append(_with_move(group, *pairs[number]) if number < len(pairs) else group)
    return scheme.model_copy(update={"groups": groups})


def _with_move(group: Group, up: int, down: int) -> Group:
    change = {up: POINT, down: -POINT}
    uses = [
        use.model_copy(update={"weight": use.weight + change.get(position, 0)})
        for position, use in enumerate(group.indicators)
    ]
    return group.model_copy(update={"indicators": uses})


def _named(scheme: Scheme, name: str) -> Scheme:
    return scheme.model_copy(update={"scheme": name})


def _compared(settings: Settings, new: Scheme, against: str | None) -> Scheme:
    known = load_schemes(settings).valid
    if against is not None:
        if against not in known:
            raise FuyouError(
                "scheme-unknown",
                f"没有现行方案 {against}。",
                hint=f"现行方案：{'、'.join(known) or '无'}。",
                value=against,
            )
        return known[against]
    if new.scheme in known:
        return known[new.scheme]
    alike = [
        s
        for s in known.values()
        if (s.area_code, s.data_year, s.entity) == (new.area_code, new.data_year, new.entity)
    ]
    alike = [s for s in alike if s.binding] or alike
    if len(alike) != 1:
        raise FuyouError(
            "scheme-ambiguous",
            f"与方案 {new.scheme} 同地区、同年度的现行方案有 {len(alike)} 个，不知道和哪一个比较。",
            hint=f"请用 --against 指定，可选：{'、'.join(s.scheme for s in alike) or '、'.join(known)}。",
        )
    return alike[0]


def _scratch(settings: Settings, folder: Path) -> Settings:
    """A data root of its own that reads the office's lake, reference files and parsed models."""
    from fuyou_pipeline.warehouse import dbt

    trial = settings.model_copy(update={"data_dir": folder})
    trial.lake.symlink_to(settings.lake, target_is_directory=True)
    if settings.office_reference.is_dir():
        trial.office_reference.symlink_to(settings.office_reference, target_is_directory=True)
    parsed = dbt.manifest_path(settings).parent
    trial.dbt_target.mkdir(parents=True)
    (trial.dbt_target / parsed.parent.name).symlink_to(parsed.parent, target_is_directory=True)
    return trial


def _write_parameters(
    settings: Settings, schemes: Sequence[Scheme], catalogue: Catalogue, *, decisions_of: str
) -> None:
    """All parameter tables, with these schemes alone; adjustments and objections are ``decisions_of``'s."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from fuyou_pipeline.dictionary import load_dictionary
    from fuyou_pipeline.parameters import arrow_type, write_parameters

    write_parameters(settings)
    tables = tables_of(schemes, catalogue, load_calendar(settings))
    tables["scheme"] = [{**row, "decision_scheme": decisions_of} for row in tables["scheme"]]
    for name, rows in tables.items():
        columns = load_dictionary().columns_of(name)
        schema = pa.schema([(column.name, arrow_type(column.type)) for column in columns])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), settings.parameters / f"{name}.parquet")


def _score(settings: Settings, trial: Settings) -> None:
    from fuyou_pipeline.warehouse import dbt
    from fuyou_pipeline.warehouse.lock import held

    try:
        with held(settings.lake_lock_file, "方案试算"):
            dbt.run(trial, ["run", "--select", "+mart_mu_score"])
    except dbt.DbtFailure as failure:
        raise FuyouError(
            "simulation-failed",
            f"试算没有完成：{failure}",
            hint="数据仓库和发布版没有改动；请先确认 fuyou build 能正常完成。",
        ) from failure


class _Results:
    """Scores in the scratch warehouse, with each class's place among its scheme's tiers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tiers = str(settings.parameters / "scheme_tier.parquet")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        import duckdb

        with duckdb.connect(str(self._settings.warehouse_file), read_only=True) as con:
            cursor = con.execute(query, list(values))
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def parameter(self, table: str) -> list[Row]:
        path = str(self._settings.parameters / f"{table}.parquet")
        return self.rows("select * from read_parquet(?)", [path])

    def scores(self, scheme: str) -> dict[str, Row]:
        found = self.rows(
            "select s.*, final.tier_no as final_tier, ranked.tier_no as ranked_tier"
            " from marts.mart_mu_score s"
            + "".join(
                f" left join read_parquet(?) {kind} on s.scheme = {kind}.scheme"
                f" and s.scheme_group = {kind}.scheme_group and s.{kind}_class = {kind}.tier_class"
                for kind in ("final", "ranked")
            )
            + " where s.scheme = ? order by s.enterprise_id",
            [self._tiers, self._tiers, scheme],
        )
        return {row["enterprise_id"]: row for row in found}

    def moves(self, trial: str) -> dict[tuple[str, str], Row]:
        """(scheme with a move made, group) → units that go up and down by it."""
        found = self.rows(
            "with tiers as (select * from read_parquet(?)),"
            " placed as (select s.*, t.tier_no from marts.mart_mu_score s left join tiers t"
            " on s.scheme = t.scheme and s.scheme_group = t.scheme_group and s.final_class = t.tier_class"
            " where s.enterprise_id = s.evaluated_as)"
            " select m.scheme, m.scheme_group,"
            " count(*) filter (where m.tier_no < b.tier_no) as up,"
            " count(*) filter (where m.tier_no > b.tier_no) as down"
            " from placed m join placed b on b.scheme = ? and m.enterprise_id = b.enterprise_id"
            " where starts_with(m.scheme, ?) group by m.scheme, m.scheme_group",
            [self._tiers, trial, f"{trial}-"],
        )
        return {(row["scheme"], row["scheme_group"]): row for row in found}


def _compare(results: _Results, now: str, trial: str) -> Row:
    before, after = results.scores(now), results.scores(trial)
    firms = [_change(before.get(firm), after.get(firm)) for firm in sorted(before.keys() | after.keys())]
    cells = Counter((row["class_now"], row["class_then"]) for row in firms)
    areas = {row["area_code"]: row["area_name"] for row in results.parameter("area")}
    industries = {row["industry_code"]: row["industry_name"] for row in results.parameter("industry")}
    return {
        "is_simulated": any(row["is_simulated"] for row in (*before.values(), *after.values())),
        "summary": _counted(firms),
        "matrix": [
            {"class_now": old, "class_then": new, "enterprises": count}
            for (old, new), count in sorted(cells.items(), key=lambda cell: [c or "" for c in cell[0]])
        ],
        "by_area": _by(firms, "area_code", "area_name", areas),
        "by_industry": _by(firms, "industry_code", "industry_name", industries),
        "changes": [row for row in firms if row["direction"] != "same"],
        "near_boundary": near_boundary(after.values()),
    }


def _change(old: Row | None, new: Row | None) -> Row:
    known = new or old or {}
    return {
        **{
            name: known[name]
            for name in (
                "enterprise_id",
                "enterprise_name",
                "area_code",
                "reporting_unit_code",
                "industry_code",
            )
        },
        "class_now": old and old["final_class"],
        "class_then": new and new["final_class"],
        "total_now": old and old["total_score"],
        "total_then": new and new["total_score"],
        "rank_now": old and old["rank"],
        "rank_then": new and new["rank"],
        "score_change": new["total_score"] - old["total_score"] if old and new else None,
        "direction": _direction(old, new),
    }


def _direction(old: Row | None, new: Row | None) -> str:
    if old is None or new is None:
        return "new" if old is None else "left"
    if old["final_class"] == new["final_class"]:
        return "same"
    if old["final_tier"] is None or new["final_tier"] is None or old["final_tier"] == new["final_tier"]:
        return "other"
    return "up" if new["final_tier"] < old["final_tier"] else "down"


def _counted(firms: Iterable[Row]) -> dict[str, int]:
    counts = Counter(row["direction"] for row in firms)
    return {direction: counts[direction] for direction in DIRECTIONS}


def _by(firms: Iterable[Row], key: str, label: str, names: dict[str, str]) -> list[Row]:
    parts: dict[str | None, list[Row]] = defaultdict(list)
    for row in firms:
        parts[row[key]].append(row)
    return [
        {key: code, label: names.get(code or "", code), **_counted(parts[code])}
        for code in sorted(parts, key=lambda code: code or "")
    ]


def near_boundary(scores: Iterable[Row]) -> list[Row]:
    """Graded units within one point of the nearest unit of the class above or below, by rank alone.

    ``points`` > 0: what the unit lacks to be level with the last of the class above; < 0: its lead over the
    first of the class below.
    """
    scopes: dict[tuple[str, str], dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in scores:
        if (
            row["rank"] is not None
            and row["ranked_tier"] is not None
            and (row["enterprise_id"] == row["evaluated_as"])
        ):
            scopes[row["scheme_group"], row["rank_scope"]][row["ranked_tier"]].append(row)
    found = []
    for (group, scope), tiers in sorted(scopes.items()):
        order = sorted(tiers)
        for better, worse in pairwise(order):
            low = min(tiers[better], key=lambda row: row["total_score"])
            high = max(tiers[worse], key=lambda row: row["total_score"])
            near = [(row, high["ranked_class"], high["total_score"]) for row in tiers[better]]
            near += [(row, low["ranked_class"], low["total_score"]) for row in tiers[worse]]
            found += [
                {
                    "scheme_group": group,
                    "rank_scope": scope,
                    **{
                        name: row[name]
                        for name in ("enterprise_id", "enterprise_name", "total_score", "rank")
                    },
                    "class": row["ranked_class"],
                    "next_class": other,
                    "points": total - row["total_score"],
                }
                for row, other, total in near
                if abs(total - row["total_score"]) <= POINT
            ]
    return sorted(
        found, key=lambda row: (row["scheme_group"], row["rank_scope"], row["rank"], row["enterprise_id"])
    )


def _weights(
    results: _Results, trial: str, scheme: Scheme, moves: list[list[tuple[int, int]]], catalogue: Catalogue
) -> list[Row]:
    """Per group and move, the units whose final class differs from the unmoved scheme's."""
    counted = results.moves(trial)
    found = []
    for group, pairs in zip(scheme.groups, moves, strict=True):
        for number, (up, down) in enumerate(pairs):
            raised, lowered = group.indicators[up].indicator, group.indicators[down].indicator
            row = counted.get((f"{trial}-{number}", group.group), {"up": 0, "down": 0})
            found.append(
                {
                    "scheme_group": group.group,
                    "raised": raised,
                    "raised_title": catalogue.indicators[raised].title,
                    "lowered": lowered,
                    "lowered_title": catalogue.indicators[lowered].title,
                    "up": row["up"],
                    "down": row["down"],
                }
            )
    return found


def _about(scheme: Scheme, found: Row) -> Row:
    return {
        "scheme": scheme.scheme,
        "scheme_title": scheme.title,
        "data_year": scheme.data_year,
        "scheme_status": scheme.status.text,
        "is_binding": scheme.binding,
        "is_simulated": found["is_simulated"],
    }
