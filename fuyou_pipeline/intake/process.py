"""One file from bytes to a receipt: parsed and landed, or refused with everything a clerk needs."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake import quarantine
from fuyou_pipeline.intake.ahead import Ahead
from fuyou_pipeline.intake.archive import Sighting
from fuyou_pipeline.intake.guards import Decisions, clock_behind, medians, supersede_suspect, unit_slip
from fuyou_pipeline.intake.identity import SENDERS, known_sender
from fuyou_pipeline.intake.land import Lake
from fuyou_pipeline.intake.parse import Parsed, parse, period_given
from fuyou_pipeline.intake.quarantine import Refusal
from fuyou_pipeline.intake.reading import read_sheets
from fuyou_pipeline.intake.receipts import Landing, Receipt, in_words
from fuyou_pipeline.intake.recognise import LabelIndex, Match, recognise
from fuyou_pipeline.intake.sheet import Sheet
from fuyou_pipeline.settings import Settings


class Processor:
    """Processes files one after the other against one state of contracts, decisions and lake."""

    def __init__(
        self,
        settings: Settings,
        contracts: Mapping[str, Contract],
        lake: Lake,
        ahead: Ahead | None = None,
    ) -> None:
        self.settings = settings
        self.contracts = contracts
        self.lake = lake
        self._ahead = ahead or Ahead()
        self.decisions = Decisions(settings)
        self._all = LabelIndex(contracts.values())
        self._open = {entry["file_id"]: entry for entry in quarantine.entries(settings)}
        own_senders = settings.reference("senders.yaml")
        self._senders = own_senders if own_senders.exists() else SENDERS

    def tried_with(self, sighting: Sighting) -> str:
        """Changes when a refused file could fare better: contracts, decisions or options changed."""
        state = [
            [contract.hash for contract in self.contracts.values()],
            self.decisions.digest,
            sighting.overrides,
        ]
        return hashlib.sha256(json.dumps(state, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    def is_worth_another_try(self, landing: Landing, sighting: Sighting) -> bool:
        """A partial file is, when what it was tried with changed; a wholly landed one never."""
        entry = self._open.get(landing.file_id)
        return landing.outcome == "partial" and (
            entry is None or bool(entry["tried_with"] != self.tried_with(sighting))
        )

    @property
    def open_entries(self) -> dict[str, dict[str, Any]]:
        """Quarantine entries by file id."""
        return dict(self._open)

    def process(
        self, content: bytes, sighting: Sighting, file_name: str, *, is_fresh: bool = False
    ) -> Receipt:
        """Land or refuse; never raises for what is in the file.

        Args:
            is_fresh: the file is new and its time of receipt is the clock's.
        """
        sheets: list[Sheet] = []
        parsed: Parsed | None = None
        details = ""
        try:
            opened = self._ahead.pop(sighting.file_id, sighting.file_name)
            sheets, matches = opened or (read_sheets(content, sighting.file_name), None)
            parsed = self._parse(sheets, matches, sighting)
            landing = self._landing(parsed, sighting)
            errors = self._objections(parsed, landing, is_fresh=is_fresh)
        except FuyouError as error:
            errors = [error]
        except (
            Exception
        ) as error:  # a file must never stop the others; what we did not foresee is kept for us
            details = traceback.format_exc()
            errors = [_internal(error, sighting)]
        if errors:
            return self._refuse(content, sighting, file_name, errors, sheets, parsed, details)
        assert parsed is not None  # no errors: it was parsed
        return self._land(content, sighting, file_name, parsed, landing, sheets)

    def _parse(self, sheets: list[Sheet], matches: list[Match] | None, sighting: Sighting) -> Parsed:
        wanted = sighting.dataset
        if wanted is not None and wanted not in self.contracts:
            raise FuyouError("contract-unknown", f"没有报表 {wanted}。", file=sighting.file_name)
        if wanted is not None:
            matches = recognise(
                sheets, LabelIndex([self.contracts[wanted]]), sighting.file_name, is_given=True
            )
        elif matches is None:
            matches = recognise(sheets, self._all, sighting.file_name, is_given=False)
        contract = matches[0].contract
        given = period_given(sighting.period, contract) if sighting.period else None
        try:
            return parse(sheets, matches, sighting.file_name, given, sighting.received_at.date())
        except FuyouError as error:
            error.where.setdefault("dataset", contract.dataset)
            raise

    def _landing(self, parsed: Parsed, sighting: Sighting) -> Landing:
        written = sighting.sender or sighting.folder_sender or parsed.sender
        periods = parsed.periods
        own = medians(parsed)
        units = {name: dict(told) for name, told in parsed.units.items()}
        for name, median in own.items():
            units.setdefault(name, {})["median"] = str(median)
        return Landing(
            file_id=sighting.file_id,
            file_name=sighting.file_name,
            dataset=parsed.contract.dataset,
            period=periods[0] if len(periods) == 1 else "mixed",
            sender=known_sender(written, self._senders) if written else parsed.contract.provider,
            received_at=sighting.received_at,
            outcome="partial" if parsed.rows_rejected else "landed",
            contract_hash=parsed.contract.hash,
            rows_total=parsed.rows_total,
            rows_landed=parsed.rows_landed,
            rows_rejected=parsed.rows_rejected,
            rows_skipped=parsed.rows_skipped,
            reasons=json.dumps(sorted({p.problem.code for p in parsed.problems})),
            units=units,
        )

    def _objections(self, parsed: Parsed, landing: Landing, *, is_fresh: bool) -> list[FuyouError]:
        """What speaks against landing the file as a whole, minus what the office has decided to accept."""
        errors = list(parsed.file_errors)
        data_rows = parsed.rows_landed + parsed.rows_rejected
        if parsed.rows_rejected > parsed.contract.reject_file_above * data_rows or not parsed.rows_landed:
            counts = Counter(p.problem.code for p in parsed.problems)
            common = "、".join(f"{in_words(code)} {count} 处" for code, count in counts.most_common(5))
            text = f"{data_rows} 行数据中有 {parsed.rows_rejected} 行有问题（{common}），整份退回。"
            errors.append(FuyouError("too-many-bad-rows", text, hint="请按批注改正后重新报送。"))
        own = {n: Decimal(told["median"]) for n, told in landing.units.items() if "median" in told}
        newer = self.lake.newer(landing, parsed.periods) if is_fresh else None
        if newer is not None:
            errors.append(clock_behind(landing, newer))
        slip = unit_slip(parsed, own, self.lake.previous(landing))
        if slip is not None:
            errors.append(slip)
        if parsed.contract.semantics == "snapshot":
            key = list(parsed.contract.key)
            for period in parsed.periods:
                earlier = self.lake.previous(landing, period)
                if earlier is None:
                    continue
                old = self.lake.keys(earlier, key, period)
                suspect = supersede_suspect(parsed, earlier, old, period) if old.column_names == key else None
                if suspect is not None:
                    errors.append(suspect)
                    break
        return [error for error in errors if not self.decisions.accept(landing.file_id, error.code)]

    def _land(
        self,
        content: bytes,
        sighting: Sighting,
        file_name: str,
        parsed: Parsed,
        landing: Landing,
        sheets: list[Sheet],
    ) -> Receipt:
        warnings = sorted({w.problem.code for w in parsed.warnings})
        self.lake.add(parsed.contract, parsed.table, landing, warnings, parsed.unknown_labels)
        receipt = Receipt(
            file=file_name,
            file_id=landing.file_id,
            outcome="partial" if parsed.rows_rejected else "landed",
            dataset=landing.dataset,
            period=landing.period,
            sender=landing.sender,
            rows_total=landing.rows_total,
            rows_landed=landing.rows_landed,
            rows_rejected=landing.rows_rejected,
            rows_skipped=landing.rows_skipped,
            reasons=json.loads(landing.reasons),
            warnings=warnings,
            unknown_labels=parsed.unknown_labels,
            periods=parsed.periods,
        )
        folder = None
        if receipt.outcome == "partial":
            folder = self._put(content, sighting, receipt, Refusal([], parsed.problems, sheets))
        else:
            self._close_entries(landing)
        receipt.message = _landed_message(receipt, parsed, folder)
        if parsed.contract.semantics == "snapshot":
            receipt.message += _tie_message(self.lake.tied(landing, parsed.periods))
        return receipt

    def _refuse(
        self,
        content: bytes,
        sighting: Sighting,
        file_name: str,
        errors: list[FuyouError],
        sheets: list[Sheet],
        parsed: Parsed | None,
        details: str,
    ) -> Receipt:
        refusal = Refusal(errors, parsed.problems if parsed else [], sheets)
        total = parsed.rows_total if parsed else sum(sheet.count_filled() for sheet in sheets)
        skipped = parsed.rows_skipped if parsed else 0
        written = sighting.sender or sighting.folder_sender or (parsed.sender if parsed else None)
        dataset = parsed.contract.dataset if parsed else sighting.dataset or errors[0].where.get("dataset")
        contract = self.contracts.get(dataset or "")
        provider = contract.provider if contract else None
        periods = parsed.periods if parsed else []
        receipt = Receipt(
            file=file_name,
            file_id=sighting.file_id,
            outcome="quarantined",
            dataset=dataset,
            period=sighting.period or (periods[0] if len(periods) == 1 else "mixed" if periods else None),
            sender=known_sender(written, self._senders) if written else provider,
            rows_total=total,
            rows_rejected=total - skipped,
            rows_skipped=skipped,
            reasons=refusal.codes,
        )
        folder = self._put(content, sighting, receipt, refusal, details)
        reason = "；".join(f"{error.message}{error.hint}" for error in errors)
        receipt.message = f"{file_name}：未入库。{reason}详见 {_shown(folder, self.settings)}。"
        return receipt

    def _put(
        self, content: bytes, sighting: Sighting, receipt: Receipt, refusal: Refusal, details: str = ""
    ) -> Path:
        record = {
            **receipt.to_dict(),
            "file_id": sighting.file_id,
            "file_name": sighting.file_name,
            "received_at": sighting.received_at.isoformat(),
            "overrides": sighting.overrides,
            "tried_with": self.tried_with(sighting),
        }
        folder = quarantine.put(self.settings, content, record, refusal, details)
        self._open[sighting.file_id] = record
        return folder

    def _close_entries(self, landing: Landing) -> None:
        """The file's own entry, and those of earlier files that this one corrects."""
        for file_id, entry in list(self._open.items()):
            same_table = (entry["dataset"], entry["period"]) == (landing.dataset, landing.period)
            unknown = entry["dataset"] is None or entry["period"] is None
            same_name = unknown and entry["file_name"] == landing.file_name
            corrects = entry["sender"] in (landing.sender, None) and (same_table or same_name)
            is_older = entry["received_at"] <= landing.received_at.isoformat()
            if file_id == landing.file_id or (corrects and is_older):
                quarantine.close(self.settings, entry, landing.file_id)
                del self._open[file_id]


def _internal(error: Exception, sighting: Sighting) -> FuyouError:
    return FuyouError(
        "internal-error",
        f"程序处理这个文件时出错（{type(error).__name__}），文件已保留。",
        hint="请把隔离文件夹中的 traceback.txt 交给维护人员。",
        file=sighting.file_name,
    )


def _landed_message(receipt: Receipt, parsed: Parsed, folder: Path | None) -> str:
    period = "多个时期" if receipt.period == "mixed" else receipt.period
    text = f"{receipt.file}：《{parsed.contract.title}》{period}（{receipt.sender}）"
    text += f"入库 {receipt.rows_landed} 行"
    if receipt.rows_rejected:
        text += f"，退回 {receipt.rows_rejected} 行（{'、'.join(map(in_words, receipt.reasons))}）"
    if receipt.rows_skipped:
        text += f"，跳过标题、合计、说明和空白 {receipt.rows_skipped} 行"
    if receipt.unknown_labels:
        text += f"；未识别的列：{'、'.join(receipt.unknown_labels[:8])}"
    if parsed.warnings:
        text += f"；提示 {len(parsed.warnings)} 处（{'、'.join(map(in_words, receipt.warnings))}）"
    return text + (f"；批注见 {folder.name[:12]}… 隔离文件夹。" if folder else "。")


def _tie_message(tied: list[Landing]) -> str:
    """Which of them counts is a rule, so that a person must be told."""
    if not tied:
        return ""
    names = "、".join(dict.fromkeys(other.file_name for other in tied))
    return f"注意：同一期、同一时间还收到 {names}，以发布日期较晚、再以文件号较大的一份为准，请核实。"


def _shown(folder: Path, settings: Settings) -> str:
    return str(folder.relative_to(settings.root))
