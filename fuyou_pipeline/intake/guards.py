"""What a file is measured against before it lands: the sender's earlier files, the office's decisions."""

from __future__ import annotations

import csv
import hashlib
import math
from decimal import Decimal
from typing import TYPE_CHECKING

from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.parse import Parsed
from fuyou_pipeline.intake.receipts import Landing
from fuyou_pipeline.intake.units import is_ratio
from fuyou_pipeline.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

MIN_FIGURES = 5
"""Fewer non-zero figures than this have no median to speak of (our own default)."""
SLIP_LOW, SLIP_HIGH = 300.0, 30_000.0
"""Between these factors, either way, lie 666.67 (亩), 10³ and 10⁴; no median moves that far by itself."""
DECISIONS = "intake_decisions.csv"
"""``file_id, accept, decided_by, decided_on, note``: the office takes the file although a guard objects."""


class Decisions:
    """Guards overruled by the office, per file."""

    def __init__(self, settings: Settings) -> None:
        path = settings.reference(DECISIONS)
        self.text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        rows = list(csv.DictReader(self.text.splitlines()))
        self._accepted = {
            (row["file_id"].strip(), row["accept"].strip()) for row in rows if row.get("file_id")
        }

    def accept(self, file_id: str, code: str) -> bool:
        """A file id may be written as its first eight or more characters."""
        return any(c == code and len(f) >= 8 and file_id.startswith(f) for f, c in self._accepted)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def medians(parsed: Parsed) -> dict[str, Decimal]:
    """Median of the non-zero absolute figures of each column with a unit; too few figures: left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = {}
    for column in parsed.contract.landed_columns:
        if column.type != "decimal" or column.unit is None or is_ratio(column.unit):
            continue
        figures = pc.abs(pc.cast(parsed.table.column(column.name), pa.float64()))
        figures = pc.filter(figures, pc.greater(figures, 0))
        if len(figures) >= MIN_FIGURES:
            middle = pc.quantile(figures, q=0.5)[0].as_py()
            found[column.name] = Decimal(repr(middle)).quantize(Decimal("1e-8"))
    return found


def unit_slip(parsed: Parsed, own: dict[str, Decimal], earlier: Landing | None) -> FuyouError | None:
    """A median about 10³, 10⁴ or 666.67 times off the sender's previous file: a wrong unit, not a change."""
    if earlier is None:
        return None
    for name, median in own.items():
        before = Decimal(earlier.units.get(name, {}).get("median", "0"))
        if not before:
            continue
        ratio = float(median / before)
        if SLIP_LOW <= max(ratio, 1 / ratio) <= SLIP_HIGH:
            column = parsed.contract.column(name)
            times = f"{ratio:,.1f} 倍" if ratio > 1 else f"{1 / ratio:,.1f} 分之一"
            return FuyouError(
                "unit-slip",
                f"“{column.label}”的中位数是 {_plain(median)} {column.unit}，上次（{earlier.file_name}）是 "
                f"{_plain(before)} {column.unit}，约为 {times}，疑似单位写错。",
                hint="请核对表中的单位；若数字无误，由本单位在 intake_decisions.csv 中登记后重试。",
                column=column.labels[0],
                dataset=parsed.contract.dataset,
            )
    return None


def clock_behind(landing: Landing, newer: Landing) -> FuyouError:
    """What comes in now would count as older than what is there: the clock was, or is, wrong."""
    return FuyouError(
        "clock-behind",
        f"本机时间是 {landing.received_at:%Y-%m-%d %H:%M:%S}，早于已入库的同一报表（{newer.file_name}，"
        f"收到于 {newer.received_at:%Y-%m-%d %H:%M:%S}），入库也不会生效。",
        hint="请校正本机时钟后重新接收；时钟无误的，用 --received 指明收到日期。",
        dataset=landing.dataset,
    )


def supersede_suspect(parsed: Parsed, earlier: Landing, old_keys: pa.Table, period: str) -> FuyouError | None:
    """A newer snapshot that shares fewer than half of the keys it would replace is probably another's."""
    import pyarrow.compute as pc

    key = list(parsed.contract.key)
    mine = parsed.table.filter(pc.equal(parsed.table.column("_period"), period)).select(key)
    if not old_keys.num_rows or not mine.num_rows:
        return None
    shared = old_keys.join(mine.group_by(key).aggregate([]), keys=key, join_type="left semi").num_rows
    if shared * 2 >= old_keys.num_rows:
        return None
    return FuyouError(
        "supersede-suspect",
        f"它会替换 {earlier.sender} 已报的 {period} 数据（{earlier.file_name}，{old_keys.num_rows} 行），"
        f"但两者只有 {shared} 行相同，疑似不是同一单位的表。",
        hint="若来自另一单位，请用 --sender 指明；若确要替换，由本单位在 intake_decisions.csv 中登记后重试。",
        dataset=parsed.contract.dataset,
    )


def _plain(value: Decimal) -> str:
    digits = 6 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, max(0, min(8, digits))).normalize():,f}"
