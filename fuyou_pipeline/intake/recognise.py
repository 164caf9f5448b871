"""Which contract a sheet fulfils and which column is which, by its headers; ties and gaps are errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.contracts.model import Column, Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.layout import Block, Header, blocks
from fuyou_pipeline.intake.period import fit, mentions
from fuyou_pipeline.intake.sheet import Sheet

NEAR_MISS_LEAD = 3
"""A contract that lacks a required column is what was meant, once it explains this many labels more."""
_IDENTITY = {"enterprise_id", "enterprise_name", "area_code", "area_name"}


@dataclass(frozen=True)
class Placed:
    """A contract's column found in the sheet, and the unit that its header names."""

    column: Column
    header: Header
    unit: str | None


@dataclass(frozen=True)
class Match:
    """How a contract reads one block of one sheet."""

    contract: Contract
    sheet: Sheet
    block: Block
    placed: tuple[Placed, ...]
    ambiguous: tuple[tuple[Column, tuple[str, ...]], ...]
    unknown: tuple[Header, ...]

    @cached_property
    def explained(self) -> int:
        return len(self.placed) + sum(len(texts) for _, texts in self.ambiguous)

    @cached_property
    def missing(self) -> tuple[Column, ...]:
        """Required and key columns that no header names; an ambiguous one was found, only too often."""
        there = {p.column.name for p in self.placed} | {column.name for column, _ in self.ambiguous}
        needed = [c for c in self.contract.columns if c.required or c.name in self.contract.key]
        return tuple(c for c in needed if c.name not in there and c.default is None)

    @cached_property
    def has_content(self) -> bool:
        """Whether anything but identity was found: a code and a name alone could be any list."""
        telling = [c for c in self.contract.columns if c.required and c.name not in _IDENTITY]
        found = [p.column for p in self.placed] + [column for column, _ in self.ambiguous]
        return bool(telling) or any(column.type in ("decimal", "integer") for column in found)

    @property
    def fits(self) -> bool:
        return not self.missing and self.has_content


class LabelIndex:
    """Label key → columns of all contracts in question."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.contracts = {contract.dataset: contract for contract in contracts}
        self.by_dataset: dict[str, dict[str, Column]] = {}
        self.datasets: dict[str, list[str]] = defaultdict(list)
        self.beginnings: set[str] = set()
        for contract in self.contracts.values():
            own = {label_key(label): column for column in contract.columns for label in column.labels}
            self.by_dataset[contract.dataset] = own
            for key in own:
                self.datasets[key].append(contract.dataset)
                self.beginnings.update(key[:length] for length in range(1, len(key) + 1))

    def candidates(self, block: Block) -> list[str]:
        """Datasets of which at least two headers are known, or the only one there is."""
        counts: dict[str, int] = defaultdict(int)
        for header in block.headers:
            for dataset in {d for key, _ in header.forms for d in self.datasets.get(key, ())}:
                counts[dataset] += 1
        return [dataset for dataset, count in counts.items() if count >= 2]

    def match(self, sheet: Sheet, block: Block, dataset: str) -> Match:
        labels = self.by_dataset[dataset]
        claims: dict[str, list[tuple[int, Header, str | None]]] = defaultdict(list)
        columns: dict[str, Column] = {}
        for header in block.headers:
            for quality, (key, unit) in enumerate(header.forms):
                column = labels.get(key)
                if column is not None:
                    columns[column.name] = column
                    claims[column.name].append((quality, header, unit))
                    break
        placed: list[Placed] = []
        ambiguous: list[tuple[Column, tuple[str, ...]]] = []
        used: set[int] = set()
        for name, found in claims.items():
            best = min(quality for quality, _, _ in found)
            winners = [(header, unit) for quality, header, unit in found if quality == best]
            used.update(header.column for header, _ in winners)
            if len(winners) == 1 or not columns[name].is_landed:
                placed.append(Placed(columns[name], *winners[0]))
            else:
                ambiguous.append((columns[name], tuple(header.text for header, _ in winners)))
        unknown = tuple(h for h in block.headers if h.column not in used and not h.is_serial)
        return Match(self.contracts[dataset], sheet, block, tuple(placed), tuple(ambiguous), unknown)


def recognise(sheets: list[Sheet], index: LabelIndex, file_name: str, *, is_given: bool) -> list[Match]:
    """The sheets that hold the table, all read by one contract.

    Args:
        is_given: the index holds only the contract that was asked for, which rules out others.

    Raises:
        FuyouError: ``contract-unknown``, ``contract-ambiguous``, ``column-missing`` or ``column-ambiguous``.
    """
    best: dict[str, dict[int, Match]] = defaultdict(dict)
    for number, sheet in enumerate(sheets):
        for match in _matches(sheet, index):
            held = best[match.contract.dataset].get(number)
            if held is None or _merit(match) > _merit(held):
                best[match.contract.dataset][number] = match
    fits = {
        dataset: [match for _, match in sorted(found.items()) if match.fits]
        for dataset, found in best.items()
        if any(match.fits for match in found.values())
    }
    others = [m for dataset, found in best.items() if dataset not in fits for m in found.values()]
    ranked = sorted(others, key=lambda m: (-m.explained, len(m.missing), m.contract.dataset))
    near = next((m for m in ranked if m.missing and (is_given or _is_probably(m, file_name))), None)
    if not fits:
        if near is not None:
            raise _column_missing(near, file_name)
        raise _unknown(ranked, file_name)
    chosen = fits[_choose(fits, file_name)]
    lead = max(match.explained for match in chosen) + NEAR_MISS_LEAD
    if near is not None and near.explained >= lead:
        raise _column_missing(near, file_name)
    for match in chosen:
        if match.ambiguous:
            raise _column_ambiguous(match, file_name)
    return chosen


def _matches(sheet: Sheet, index: LabelIndex) -> Iterable[Match]:
    for block in blocks(sheet, index.beginnings):
        for dataset in index.candidates(block):
            yield index.match(sheet, block, dataset)


def _merit(match: Match) -> tuple[bool, int, int, int, int]:
    """Of two readings of a sheet: the one that fits, explains more labels and units, is shorter, higher."""
    block = match.block
    units = sum(p.unit is not None and p.column.unit is not None for p in match.placed)
    return (match.fits, match.explained - len(match.ambiguous), units, block.top - block.bottom, -block.top)


def _choose(fits: dict[str, list[Match]], file_name: str) -> str:
    """Period grain first, then labels explained, then the title or form number, then the office's own."""

    def merit(dataset: str) -> tuple[bool, int, bool, bool]:
        contract = fits[dataset][0].contract
        texts = [file_name, *(text for match in fits[dataset] for text in title_texts(match))]
        periods = [period for text in texts for period in mentions(text)]
        suits = not periods or any(fit(period, contract) for period in periods)
        is_named = any(_is_named(match, file_name) for match in fits[dataset])
        explained = max(match.explained for match in fits[dataset])
        return suits, explained, is_named, not contract.is_shipped

    best = max(map(merit, fits))
    winners = sorted(dataset for dataset in fits if merit(dataset) == best)
    if len(winners) > 1:
        names = "、".join(f"《{fits[d][0].contract.title}》({d})" for d in winners)
        raise FuyouError(
            "contract-ambiguous",
            f"按表头看，它同样像是 {names}，无法确定是哪一种报表。",
            hint="请用 --dataset 指明报表，或补上报表标题、表号。",
            file=file_name,
        )
    return winners[0]


def title_texts(match: Match) -> list[str]:
    """The texts above the header, and the sheet's name."""
    above = match.sheet.rows[: match.block.top]
    return [
        match.sheet.name,
        *(cell for row in above for cell in row if isinstance(cell, str) and cell.strip()),
    ]


def _is_named(match: Match, file_name: str) -> bool:
    """Whether a title, the sheet or the file bears the contract's title or form number."""
    names = [label_key(name) for name in (match.contract.title, match.contract.form) if name]
    return any(name in label_key(text) for text in (file_name, *title_texts(match)) for name in names)


def _is_probably(match: Match, file_name: str) -> bool:
    """Half of what the contract needs is there, and something that tells it from any other list of firms."""
    needed = [c for c in match.contract.columns if c.required or c.name in match.contract.key]
    common = _IDENTITY | {"note", "township", "reporting_unit_code", "reporting_unit_name", "industry_code"}
    telling = [p for p in match.placed if p.column.is_landed and p.column.name not in common]
    enough = (len(needed) - len(match.missing)) * 2 >= len(needed) and match.explained >= 2
    return enough and (bool(telling) or _is_named(match, file_name))


def _unknown(ranked: list[Match], file_name: str) -> FuyouError:
    hint = (
        "请核对表头是否与空表一致（`fuyou template 报表 --out 文件` 可生成空表），或用 --dataset 指明报表。"
    )
    nearest = f"最接近的是《{ranked[0].contract.title}》，但对不上" if ranked else "没有找到认识的表头"
    return FuyouError("contract-unknown", f"无法识别这是哪一种报表：{nearest}。", hint=hint, file=file_name)


def _column_missing(match: Match, file_name: str) -> FuyouError:
    names = "、".join(f"“{column.labels[0]}”" for column in match.missing)
    unknown = "、".join(f"“{header.text}”" for header in match.unknown[:10])
    hint = "请补上这些列后重新报送。"
    if unknown:
        hint += f"未能识别的表头有：{unknown}；若只是叫法不同，可在报表契约中加上这个叫法。"
    return FuyouError(
        "column-missing",
        f"看起来是《{match.contract.title}》，但缺少必需的列 {names}。",
        hint=hint,
        file=file_name,
        sheet=match.sheet.name,
        row=match.block.bottom + 1,
        dataset=match.contract.dataset,
    )


def _column_ambiguous(match: Match, file_name: str) -> FuyouError:
    column, texts = match.ambiguous[0]
    names = "、".join(f"“{text}”" for text in texts)
    return FuyouError(
        "column-ambiguous",
        f"有 {len(texts)} 列都是“{column.label}”：{names}，无法确定用哪一列。",
        hint="请删去多余的列，或把表头写清楚。",
        file=file_name,
        sheet=match.sheet.name,
        row=match.block.bottom + 1,
        dataset=match.contract.dataset,
    )
