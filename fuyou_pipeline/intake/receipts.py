"""What became of each file: the receipt that people see, and the receipts of all landed files in the lake."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fuyou_pipeline.intake.lake import RECEIPTS, receipt_schema, write_parquet
from fuyou_pipeline.settings import Settings

Outcome = Literal["landed", "partial", "duplicate", "quarantined"]
JSON_FIELDS = (
    "file",
    "dataset",
    "period",
    "sender",
    "outcome",
    "rows_total",
    "rows_landed",
    "rows_rejected",
    "rows_skipped",
    "reasons",
)


_WORDS = {
    "value-unparsable": "内容认不出来",
    "value-missing": "必填项未填",
    "value-out-of-range": "数值超出范围",
    "uscc-malformed": "信用代码不合格",
    "uscc-check-digit": "信用代码校验位不符",
    "key-duplicate": "重复行",
    "unit-missing": "缺单位",
    "period-missing": "缺时期",
    "january-figure": "1 月数",
}


def in_words(code: str) -> str:
    """What a reason for a bad row is called among people; a code without a word stays."""
    return _WORDS.get(code, code)


@dataclass
class Receipt:
    """One file's fate. Rows are non-empty sheet rows: landed + rejected + skipped = total."""

    file: str
    file_id: str
    outcome: Outcome
    dataset: str | None = None
    period: str | None = None
    """The file's period, or ``mixed``."""
    sender: str | None = None
    rows_total: int = 0
    rows_landed: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown_labels: list[str] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)
    """The periods of the rows that landed."""
    message: str = ""
    """One Chinese sentence for the summary."""

    def to_dict(self) -> dict[str, Any]:
        """The row of ``ingest --json``."""
        return {name: getattr(self, name) for name in JSON_FIELDS}


@dataclass(frozen=True)
class Landing:
    """A file in the lake, as its receipt there tells."""

    file_id: str
    file_name: str
    dataset: str
    period: str
    sender: str
    received_at: datetime
    outcome: str
    contract_hash: str
    rows_total: int
    rows_landed: int
    rows_rejected: int
    rows_skipped: int
    reasons: str
    units: dict[str, dict[str, str]]

    @property
    def order(self) -> tuple[datetime, str]:
        """Later landings win; equal times go by file id, so that the order of intake never matters."""
        return self.received_at, self.file_id

    def lake_file(self, settings: Settings, dataset: str | None = None) -> Path:
        """Where its rows are; with ``dataset=RECEIPTS`` where its receipt is."""
        stamp = f"{self.received_at:%Y%m%dT%H%M%S}"
        name = f"{stamp}_{self.file_id}_{self.contract_hash}.parquet"
        return settings.lake / (dataset or self.dataset) / f"period={self.period}" / name


def write_receipt(settings: Settings, landing: Landing, warnings: list[str], unknown: list[str]) -> None:
    """One row in dataset ``intake_file``, under the same naming rules as the rows it tells of."""
    import pyarrow as pa

    row: dict[str, Any] = {**asdict(landing), "units": _json(landing.units)}
    row |= {"warnings": _json(warnings), "unknown_labels": _json(unknown)}
    row |= {
        "_period": landing.period,
        "_received_at": landing.received_at,
        "_sender": landing.sender,
        "_file_id": landing.file_id,
        "_file_name": landing.file_name,
    }
    schema = receipt_schema()
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names}], schema=schema)
    write_parquet(table, landing.lake_file(settings, RECEIPTS))


def read_landings(settings: Settings) -> list[Landing]:
    """All landed files, oldest first; receipts that this process has read before are not opened again."""
    import pyarrow.dataset as ds

    stamps = {str(path): _stamp(path) for path in (settings.lake / RECEIPTS).glob("period=*/*.parquet")}
    known = {path: told for path, told in dict(_known).items() if stamps.get(path) == told[0]}
    if unknown := sorted(stamps.keys() - known.keys()):
        names = [*Landing.__dataclass_fields__, "__filename"]
        table = ds.dataset(unknown, schema=receipt_schema(), format="parquet").to_table(columns=names)
        for row in table.to_pylist():
            path = row.pop("__filename")
            known[path] = stamps[path], Landing(**{**row, "units": json.loads(row["units"] or "{}")})
    _known.clear()
    _known.update(known)
    found = [(landing.order, path, landing) for path, (_, landing) in known.items()]
    return [landing for _, _, landing in sorted(found, key=lambda item: item[:2])]


_known: dict[str, tuple[tuple[int, int, int], Landing]] = {}
"""By receipt: what it told, and what of its file would differ had it been written anew."""


def _stamp(path: Path) -> tuple[int, int, int]:
    state = path.stat()
    return state.st_ino, state.st_mtime_ns, state.st_size


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
