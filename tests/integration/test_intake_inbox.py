"""A whole inbox in one run: every file and every row accounted for, at a cost per file that does not grow."""

from __future__ import annotations

import os
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from fuyou_pipeline.contracts import load_contracts
from fuyou_pipeline.intake import scan_inbox, take
from fuyou_pipeline.settings import Settings
from tests.intake_forms import landed, uscc

# A city's year has about a thousand files: FUYOU_TEST_FILES=1000.
FILES = int(os.environ.get("FUYOU_TEST_FILES", "168"))
KINDS = ("good", "good", "good", "no unit", "one bad row", "twin", "noise")


def form(sender: int, month: int, kind: str) -> str:
    unit = "" if kind == "no unit" else "（千瓦时）"
    lines = [f"企业用电量（2022年{month}月）", f"统一社会信用代码,企业名称,户号,网供用电量{unit}"]
    for firm in range(40):
        number = sender * 100 + firm
        figure = "一百" if kind == "one bad row" and firm == 7 else f"{number + month}.25"
        lines.append(f"{uscc(number)},企业{number},{number:013d},{figure}")
    return "\n".join([*lines, "", "注：模拟数据。"])


def fill(inbox: Path) -> Counter[str]:
    """So many files of senders × months, of which some are refused, partial, doubled or no table at all."""
    kinds: Counter[str] = Counter()
    for number in range(FILES):
        kind = KINDS[number % len(KINDS)]
        kinds[kind] += 1
        # A twin is the file before it, once more under another name.
        sender, month = divmod(number - (kind == "twin"), 12)
        month += 1
        content = form(sender, month, "one bad row" if kind == "twin" else kind)
        if kind == "noise":
            content = f"会议通知 {number}\n请各单位参加"
        name = "又一份.csv" if kind == "twin" else f"用电{month}月.csv"
        path = inbox / f"单位{sender:03d}" / f"2022-{month:02d}-20" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="gb18030")
    return kinds


@pytest.mark.thorough
def test_an_inbox_of_a_year_in_one_run(settings: Settings) -> None:
    kinds = fill(settings.inbox)
    clock: list[float] = [time.process_time()]
    told: list[tuple[int, int]] = []

    def progress(name: str, done: int, of: int) -> None:
        clock.append(time.process_time())
        told.append((done, of))

    receipts = take(scan_inbox(settings), settings, load_contracts(settings), move=True, progress=progress)
    assert told == [(i, FILES) for i in range(1, FILES + 1)]
    assert scan_inbox(settings) == []
    outcomes = Counter(receipt.outcome for receipt in receipts)
    assert outcomes == {
        "landed": kinds["good"],
        "partial": kinds["one bad row"],
        "duplicate": kinds["twin"],
        "quarantined": kinds["no unit"] + kinds["noise"],
    }
    for receipt in receipts:
        assert receipt.rows_landed + receipt.rows_rejected + receipt.rows_skipped == receipt.rows_total
    kept = [r for r in receipts if r.outcome in ("landed", "partial")]
    assert landed(settings, "electricity", "count(*)", "1") == [(sum(r.rows_landed for r in kept),)]
    assert landed(settings, "intake_file", "count(*), sum(rows_landed)", "1") == [
        (len(kept), sum(r.rows_landed for r in kept))
    ]
    distinct = {receipt.file_id for receipt in receipts}
    assert len(list(settings.archive.glob("*/*/sighting.json"))) == len(distinct) == FILES - kinds["twin"]
    costs = [after - before for before, after in pairwise(clock)]
    early, late = costs[FILES // 4 : FILES // 2], costs[-FILES // 4 :]
    assert median(late) < 2 * median(early)
