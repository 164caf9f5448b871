"""The gate before a 调度 or 通报: extracts complete, checks passed, findings signed; then frozen."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuyou_pipeline.backup import require_whole
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.quality.acceptance import (
    KnownIssue,
    SignOff,
    load_known_issues,
    load_owners,
    load_sign_offs,
)
from fuyou_pipeline.quality.results import ERROR, FAILED, CheckResult, FailingRow, load_results, load_rows
from fuyou_pipeline.quality.suites import load_suites
from fuyou_pipeline.release.completeness import Expected, deliveries, periods_within
from fuyou_pipeline.release.folder import Release, current_release, sync, sync_tree
from fuyou_pipeline.release.manifest import rule_files, rules
from fuyou_pipeline.release.review_sources import with_names, with_sources
from fuyou_pipeline.release.review_workbook import ReviewLine, write_review_workbook
from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse.lock import held

if TYPE_CHECKING:
    from fuyou_pipeline.contracts import Contract

FROZEN = "frozen"
PACK = "pack"
_TODO = {"known_issue_expired": "请在 expectations/known_issues.yml 中删去该条，或写明理由后延期。"}
MISSING = "extract_missing"
"""What a known issue names as its check where a delivery will not come: nothing to report, or agreed."""


@dataclass(frozen=True)
class Gate:
    """What a gate found. ``lines`` are blocking or to be known, one per failing row or missing delivery."""

    period: str
    release_id: str
    passed: bool
    lines: tuple[ReviewLine, ...]
    path: Path
    """The frozen record if passed, else the review workbook."""

    @property
    def files(self) -> list[Path]:
        """The pack that was frozen, by name; empty if the gate stayed shut."""
        return sorted(path for path in (self.path / PACK).rglob("*") if path.is_file()) if self.passed else []

    def to_dict(self) -> dict[str, Any]:
        """``gate --json``."""
        return {
            "period": self.period,
            "release_id": self.release_id,
            "passed": self.passed,
            "path": str(self.path),
            "blocking": [asdict(line) for line in self.lines if line.is_blocking],
            "warnings": sum(not line.is_blocking for line in self.lines),
            "files": [str(path) for path in self.files],
        }


def open_gate(settings: Settings, period: str, contracts: Mapping[str, Contract]) -> Gate:
    """Judge the current release for ``period`` (``2022Q4`` or ``2022-11``).

    Passed: the release, its files, the rules in force, check results and sign-offs are frozen in
    ``gates/<period>/frozen`` (once; a later pass does not replace it). Not passed: the review workbook.

    Raises:
        FuyouError: ``gate-period``; ``release-missing``; ``sign-off-invalid``; ``restore-unfinished``.
    """
    periods_within(period)
    require_whole(settings)
    release = current_release(settings)
    if release is None:
        raise FuyouError("release-missing", "还没有发布版，不能过闸。", hint="请先运行 `fuyou build`。")
    manifest = release.manifest()
    sign_offs = load_sign_offs(settings, period)
    owners = load_owners(settings)
    on = date.fromisoformat(manifest["as_of"]) if manifest["as_of"] else date.min
    issues = [issue for issue in load_known_issues(settings) if not issue.is_expired(on)]
    refused = _refused(settings)
    lines = [
        _missing(entry, owners, issues, refused.get((entry.dataset, entry.period, entry.sender)))
        for entry in deliveries(period, contracts, manifest["files"])
        if entry.state(on) == "missing"
    ]
    lines += _findings(settings, release, period, sign_offs)
    lines.sort(key=lambda line: (not line.is_blocking, line.owner, line.check, line.period, line.place))
    folder = settings.gates / period
    folder.mkdir(parents=True, exist_ok=True)
    passed = not any(line.is_blocking for line in lines)
    titles = {name: contract.title for name, contract in contracts.items()}
    # The schedule and a person may judge the same period at the same time.
    with held(settings.gates / ".lock", "过闸"):
        for left in folder.glob(".*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        if passed:
            path = _freeze(settings, folder, period, release, sign_offs)
        else:
            path = folder / f"复核清单_{period}.xlsx"
            named, is_simulated = with_names(settings, release, lines)
            write_review_workbook(
                path,
                period,
                release.release_id,
                manifest["as_of"],
                named,
                titles,
                is_simulated=is_simulated,
            )
    return Gate(period, release.release_id, passed, tuple(lines), path)


def frozen_releases(settings: Settings) -> list[str]:
    """Ids of releases that a passed gate rests on; retention spares them."""
    records = sorted(settings.gates.glob(f"*/{FROZEN}/freeze.json"))
    return [json.loads(path.read_text(encoding="utf-8"))["release_id"] for path in records]


def _refused(settings: Settings) -> dict[tuple[str, str, str], dict[str, Any]]:
    """(Extract, period, sender) → the newest file of it that was sent back and not put right since."""
    from fuyou_pipeline.intake.quarantine import ENTRY

    paths = settings.quarantine.glob(f"*/{ENTRY}")
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(paths)]
    kept = [record for record in records if record.get("status") == "open"]
    kept.sort(key=lambda record: str(record.get("received_at")))
    return {(str(r.get("dataset")), str(r.get("period")), str(r.get("sender"))): r for r in kept}


def _missing(
    entry: Expected, owners: Mapping[str, str], issues: list[KnownIssue], refused: dict[str, Any] | None
) -> ReviewLine:
    facts = {"dataset": entry.dataset, "period": entry.period, "sender": entry.sender}
    accepted = next((issue for issue in issues if issue.covers(MISSING, facts)), None)
    told = (
        f"已知问题 {accepted.id}：{accepted.reason}（{accepted.accepted_by}，至 {accepted.until}）"
        if accepted
        else ""
    )
    if refused and not accepted:
        # Whoever sent it knows that it was sent.
        first = (refused.get("errors") or [{}])[0]
        where = first.get("where") or {}
        return ReviewLine(
            owner=owners.get(entry.sender, entry.sender),
            kind="退回",
            check=f"《{entry.title}》退回未改",
            dataset=entry.dataset,
            period=entry.period,
            finding=f"{str(refused['received_at'])[:10]} 收到，退回未入库：{first.get('message', '')}",
            todo=f"请照 quarantine/{refused['file_id'][:12]}… 中标注的工作簿改正后重新报送。",
            is_blocking=True,
            file_name=str(refused.get("file_name") or ""),
            sheet=str(where.get("sheet") or ""),
            row=where.get("row"),
        )
    return ReviewLine(
        owner=owners.get(entry.sender, entry.sender),
        kind="缺报",
        check=f"《{entry.title}》未报送",
        dataset=entry.dataset,
        period=entry.period,
        finding=told or f"应于 {entry.due} 前报送，至今没有收到。",
        todo="请报送该期报表；本期确实没有内容的，由经信局列为已知问题（extract_missing）并写明依据。",
        is_blocking=accepted is None,
    )


def _findings(
    settings: Settings, release: Release, period: str, sign_offs: list[SignOff]
) -> list[ReviewLine]:
    """A line per failing row of the gate's periods; a result without rows is one line."""
    suites = load_suites(settings)
    periods = periods_within(period)
    build_id = release.manifest()["build_id"]
    rows: dict[tuple[str, str | None], list[FailingRow]] = {}
    for failing in load_rows(settings, build_id):
        rows.setdefault((failing.check, failing.period), []).append(failing)
    lines = []
    for result in load_results(settings, build_id) or []:
        if result.outcome not in (FAILED, ERROR):
            continue
        if result.period is not None and result.period not in periods:
            continue
        known = suites.check(result.check)
        todo = known[1].todo if known else _TODO.get(result.check, result.message)
        found: list[FailingRow | None] = [*rows.get((result.check, result.period), [])]
        for row in found or [None]:
            if row is None or row.known_issue is None:
                sign = _how_to_sign(result, row, period) if result.class_ == "reviewer" and known else ""
                lines.append(_line(result, row, todo + sign, _signature(result, row, sign_offs)))
    return with_sources(settings, release, lines, suites)


def _how_to_sign(result: CheckResult, row: FailingRow | None, period: str) -> str:
    """The entry that signs this row, to be copied as it stands."""
    key = json.loads(row.key) if row else {}
    scope = {"period": result.period, **key}
    listed = json.dumps({k: str(v) for k, v in scope.items() if v is not None}, ensure_ascii=False)
    entry = f"- {{check: {result.check}, scope: {listed}, signed_by: 姓名, on: 年-月-日, note: 理由}}"
    return f"。签字写入 reference/expectations/signoffs/{period}.yml，加一行：{entry}"


def _signature(result: CheckResult, row: FailingRow | None, sign_offs: list[SignOff]) -> SignOff | None:
    if result.class_ != "reviewer" or result.outcome == ERROR:
        return None
    facts: dict[str, Any] = {"period": result.period}
    if row is not None:
        facts |= {**json.loads(row.key), "sender": row.sender, "file_id": row.file_id}
    return next((entry for entry in sign_offs if entry.covers(result.check, facts)), None)


def _line(result: CheckResult, row: FailingRow | None, todo: str, signed: SignOff | None) -> ReviewLine:
    state = f"已签字：{signed.signed_by} {signed.on} {signed.note}" if signed else ""
    return ReviewLine(
        owner=result.owner,
        kind={"source": "来源检查", "reviewer": "复核检查", "model": "模型检查"}[result.class_],
        check=result.title,
        dataset=result.dataset,
        period=result.period or "",
        finding=state or ("" if row else result.message),
        todo=todo,
        is_blocking=result.severity == "critical" and signed is None,
        key=row.key if row else "{}",
        value=row.value if row else "{}",
        file_name=(row.file_name if row else None) or "",
        sheet=(row.sheet if row else None) or "",
        row=row.row if row else None,
        check_id=result.check,
    )


def _freeze(
    settings: Settings, folder: Path, period: str, release: Release, sign_offs: list[SignOff]
) -> Path:
    """Copy what a replay needs; the frozen folder appears whole or not at all."""
    frozen = folder / FROZEN
    if frozen.exists():
        return frozen
    # Its chapters import this package, for periods.
    from fuyou_pipeline.briefing.pack import write_pack

    manifest = release.manifest()
    _require_unchanged(settings, manifest)
    aside = folder / f".{FROZEN}.{os.getpid()}"
    aside.mkdir()
    for name, (_, path) in rule_files(settings).items():
        target = aside / "rules" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    record = {
        "period": period,
        "release_id": release.release_id,
        "as_of": manifest["as_of"],
        "code_version": manifest["code_version"],
        "files": [{"dataset": f["dataset"], "sha256": f["sha256"]} for f in manifest["files"]],
        "sign_offs": [entry.model_dump(mode="json") for entry in sign_offs],
    }
    (aside / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    (aside / "freeze.json").write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")
    write_pack(settings, release, period, aside / PACK)
    sync_tree(aside)
    aside.rename(frozen)
    sync(folder)
    return frozen


def _require_unchanged(settings: Settings, manifest: dict[str, Any]) -> None:
    """Rules that changed since the release are not those that its figures rest on.

    Sign-offs are no such rule: they answer what the release was found to contain.
    """
    then = {rule["path"]: rule["sha256"] for rule in manifest["rules"]}
    now = {rule["path"]: rule["sha256"] for rule in rules(settings)}
    changed = sorted(
        path
        for path in then.keys() | now.keys()
        if then.get(path) != now.get(path) and not path.startswith("expectations/signoffs/")
    )
    if changed:
        raise FuyouError(
            "rules-changed",
            f"发布版 {manifest['release_id']} 之后规则有改动：{'、'.join(changed)}。",
            hint="请先运行 `fuyou build`，再次过闸。",
        )
