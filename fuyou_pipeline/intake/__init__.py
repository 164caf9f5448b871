"""From a received file to immutable Parquet: recognise, read, normalise, land; or refuse with a reason.

The functions are loaded when first asked for: the contracts need the units from here and nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fuyou_pipeline.intake.again import reland
    from fuyou_pipeline.intake.lake import ensure_lake
    from fuyou_pipeline.intake.receipts import Receipt
    from fuyou_pipeline.intake.receive import scan_inbox, take
    from fuyou_pipeline.intake.template import write_template

__all__ = ["Receipt", "ensure_lake", "reland", "scan_inbox", "take", "write_template"]

_HOMES = {
    "ensure_lake": "lake",
    "Receipt": "receipts",
    "take": "receive",
    "scan_inbox": "receive",
    "reland": "again",
    "write_template": "template",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
