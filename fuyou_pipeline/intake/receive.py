"""Takes files in: archive first, then parse, then land or refuse; one receipt per file, whatever happens."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.ahead import Ahead
from fuyou_pipeline.intake.archive import Sighting, file_id_of, keep
from fuyou_pipeline.intake.lake import ensure_lake
from fuyou_pipeline.intake.land import Lake
from fuyou_pipeline.intake.process import Processor
from fuyou_pipeline.intake.reading import MAX_FILE_BYTES
from fuyou_pipeline.intake.receipts import Landing, Receipt
from fuyou_pipeline.settings import Settings

SHANGHAI = timezone(timedelta(hours=8))
Progress = Callable[[str, int, int], None]
"""Told of each file: its name, how many are done, how many there are."""
SUPERSEDED = "superseded"
"""Reason of a duplicate that a later file of the same sender and period has replaced."""
_DATE_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_YET = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp")


def scan_inbox(settings: Settings) -> list[Path]:
    """The inbox's files in order, without what programs leave there while a file is open or half copied."""
    return _files_below(settings.inbox) if settings.inbox.is_dir() else []


def _files_below(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not _is_scratch(p, folder))


def _is_scratch(path: Path, base: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(base).parts)
    return hidden or path.suffix.lower() in _NOT_YET or path.name in ("Thumbs.db", "desktop.ini")


def take(
    paths: Iterable[Path],
    settings: Settings,
    contracts: Mapping[str, Contract],
    *,
    dataset: str | None = None,
    period: str | None = None,
    sender: str | None = None,
    received: date | str | None = None,
    move: bool = False,
    only: Collection[Path] | None = None,
    ahead: Ahead | None = None,
    progress: Progress | None = None,
) -> list[Receipt]:
    """Take the files (folders: all files in them) in, oldest received first; the order given does not matter.

    The folders between the inbox (or a folder given) and a file may say who sent it and on which day:
    ``<sender>/<YYYY-MM-DD>/<file>``.

    Args:
        dataset, period, sender, received: overrule what the file, its name and its folder say; kept with
            the archived file and counted again whenever it is parsed again.
        move: remove each file once it is archived.
        only: of the files in ``paths``, these alone.
        ahead: some of them that have been opened already, by the same contracts.

    Returns:
        One receipt per file, in the order of intake.

    Raises:
        FuyouError: ``file-missing``, ``contract-unknown`` or ``received-unreadable`` for a wrong argument;
            what is wrong with a file's content is told by its receipt.
    """
    if dataset is not None and dataset not in contracts:
        known = "、".join(contracts)
        raise FuyouError("contract-unknown", f"没有报表 {dataset}。", hint=f"现有报表：{known}。")
    import pyarrow as pa

    # Gives back what a large file took before the next one; Arrow's own allocator keeps it.
    pa.set_memory_pool(pa.system_memory_pool())
    arrived = _received_option(received)
    ensure_lake(settings, contracts)
    # What lay in the inbox a moment ago may have been taken by another process.
    queue = queued([p for p in paths if not move or Path(p).exists()], settings, arrived)
    queue = [item for item in queue if only is None or item[0] in only]
    processor = Processor(settings, contracts, Lake(settings), ahead)
    receipts = []
    for number, (path, when, folder) in enumerate(queue, start=1):
        content = _content(path)
        name = _readable_name(path)
        if isinstance(content, FuyouError):
            receipts.append(_left(name, content))
        elif content is not None:
            found = Sighting(file_id_of(content), name, when, folder, dataset, period, sender)
            sighting = keep(settings, content, found)
            # A time given by hand or by a folder may well lie in the past; the clock's may not.
            is_fresh = arrived is None and when.time() != time.min and sighting.received_at == when
            receipts.append(_receipt(processor, content, sighting, name, is_fresh=is_fresh))
            if move:
                _remove(path, receipts[-1])
        if progress is not None:
            progress(name, number, len(queue))
    return receipts


def _content(path: Path) -> bytes | FuyouError | None:
    """The bytes; why they are not to be had; None if someone else took the file meanwhile."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            hint = "请只保留有数据的区域，另存后再报送。"
            return FuyouError("file-too-large", f"文件有 {size // 2**20} MB，超出可处理的范围。", hint=hint)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        hint = "请检查文件权限或磁盘后重新接收。"
        return FuyouError("file-unreadable", f"无法读取文件（{error.strerror}）。", hint=hint)


def _left(name: str, error: FuyouError) -> Receipt:
    """A file of which nothing was read: it is not archived, and stays where it is."""
    return Receipt(
        file=name,
        file_id="",
        outcome="quarantined",
        reasons=[error.code],
        message=f"{name}：未入库，文件留在原处。{error.message}{error.hint}",
    )


def _remove(path: Path, receipt: Receipt) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        receipt.message += f"（已归档，但无法从收件箱移走：{error.strerror}。）"


def _readable_name(path: Path) -> str:
    """The name as text: archives made on Chinese Windows leave names in GBK."""
    raw = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="backslashreplace")


def _receipt(
    processor: Processor, content: bytes, sighting: Sighting, file_name: str, *, is_fresh: bool
) -> Receipt:
    landed = processor.lake.landings_of(sighting.file_id)
    if landed and not processor.is_worth_another_try(landed[-1], sighting):
        contract = processor.contracts.get(landed[-1].dataset)
        is_whole = contract is None or contract.semantics == "snapshot"
        return _duplicate(landed[-1], file_name, processor.lake.superseding(landed[-1]), is_whole=is_whole)
    return processor.process(content, sighting, file_name, is_fresh=is_fresh)


def _duplicate(landing: Landing, file_name: str, superseding: Landing | None, *, is_whole: bool) -> Receipt:
    """Bytes seen before change nothing, so that a folder taken in twice gives the same lake.

    Who sends an earlier version again after a wrong restatement must be told that the restatement stays.
    """
    receipt = Receipt(
        file=file_name,
        file_id=landing.file_id,
        outcome="duplicate",
        dataset=landing.dataset,
        period=landing.period,
        sender=landing.sender,
        rows_total=landing.rows_total,
        rows_landed=landing.rows_landed,
        rows_rejected=landing.rows_rejected,
        rows_skipped=landing.rows_skipped,
        message=f"{file_name}：内容与 {landing.received_at:%Y-%m-%d} 收到的"
        f" {landing.file_name} 相同，不重复入库。",
    )
    if superseding is not None:
        receipt.reasons = [SUPERSEDED]
        what = "" if is_whole else "相同的记录"
        receipt.message += (
            f"注意：{what}现在以 {superseding.received_at:%Y-%m-%d} 收到的 {superseding.file_name} 为准，"
            "这一份不因再次报送而重新生效。若确要改回这一份的数据，请在表后加一行说明"
            "（如“说明：恢复原报数据”）另存后再报送，即按新的一份接收。"
        )
    return receipt


def queued(
    paths: Iterable[Path], settings: Settings, arrived: datetime | None = None
) -> list[tuple[Path, datetime, str | None]]:
    """Each file once, with when it came and from whom as far as its folders say so; oldest first.

    Raises:
        FuyouError: ``file-missing``.
    """
    now = datetime.now(SHANGHAI).replace(tzinfo=None, microsecond=0)
    folders: dict[Path, Sequence[str]] = {}
    # Files of one folder share what it says: a folder's real place is looked up once, not for each of them.
    between = cache(_between)
    inbox = settings.inbox.resolve()
    for given in paths:
        path = Path(given)
        if path.is_dir():
            base = path.resolve()
            for file in _files_below(path):
                folders[file] = between(file.parent, inbox, base)
        elif path.is_file():
            folders[path] = between(path.parent, inbox)
        else:
            raise FuyouError("file-missing", "没有这个文件。", hint="请检查路径。", file=str(path))
    found = [(file, arrived or _date_of(parts) or now, _sender_of(parts)) for file, parts in folders.items()]
    return sorted(found, key=lambda item: (item[1], str(item[0])))


def _between(folder: Path, *bases: Path) -> Sequence[str]:
    """The folders from below the first of ``bases`` (their real places) that holds ``folder`` down to it."""
    resolved = folder.resolve()
    for base in bases:
        if resolved.is_relative_to(base):
            return resolved.relative_to(base).parts
    return ()


def _sender_of(folders: Sequence[str]) -> str | None:
    """The first folder that is no date."""
    return next((part for part in folders if not _DATE_FOLDER.fullmatch(part)), None)


def _date_of(folders: Sequence[str]) -> datetime | None:
    for part in folders:
        if _DATE_FOLDER.fullmatch(part):
            try:
                return datetime.fromisoformat(part)
            except ValueError:
                continue
    return None


def _received_option(received: date | str | None) -> datetime | None:
    if received is None:
        return None
    try:
        value = datetime.fromisoformat(received) if isinstance(received, str) else received
    except ValueError as error:
        hint = "应如 2022-03-31。"
        raise FuyouError("received-unreadable", f"--received {received} 不是日期。", hint=hint) from error
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, datetime.min.time())
