"""Every received file by the hash of its bytes, kept before anything is parsed, with how it came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from fuyou_pipeline.intake.lake import remove_scratch, write_bytes
from fuyou_pipeline.settings import Settings

_KNOWN_SUFFIXES = {".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt", ".et", ".zip", ".pdf"}


@dataclass(frozen=True)
class Sighting:
    """How a file came: its name, when, from whom (folder), and what was asked for by option."""

    file_id: str
    file_name: str
    received_at: datetime
    folder_sender: str | None = None
    dataset: str | None = None
    period: str | None = None
    sender: str | None = None

    @property
    def overrides(self) -> dict[str, str]:
        """The options given with it, which count again when it is parsed again."""
        given = {"dataset": self.dataset, "period": self.period, "sender": self.sender}
        return {name: value for name, value in given.items() if value}


def file_id_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep(settings: Settings, content: bytes, sighting: Sighting) -> Sighting:
    """Archive the bytes and how they came; of bytes seen before, the first name and time count.

    Returns the sighting in force: the first one, with the options of this one if it has any.
    """
    folder = _folder(settings, sighting.file_id)
    original = folder / ("original" + _suffix(sighting.file_name))
    remove_scratch(folder)
    earlier = read_sighting(settings, sighting.file_id)
    if earlier is None or not any(folder.glob("original*")):
        write_bytes(content, original)
    if earlier is not None:
        options = sighting.overrides or earlier.overrides
        sighting = Sighting(
            earlier.file_id, earlier.file_name, earlier.received_at, earlier.folder_sender, **options
        )
    if sighting != earlier:
        record = {**asdict(sighting), "received_at": sighting.received_at.isoformat()}
        write_bytes(json.dumps(record, ensure_ascii=False, indent=1).encode(), folder / "sighting.json")
    return sighting


def read_sighting(settings: Settings, file_id: str) -> Sighting | None:
    path = _folder(settings, file_id) / "sighting.json"
    if not path.exists():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return Sighting(**{**record, "received_at": datetime.fromisoformat(record["received_at"])})


def read_original(settings: Settings, file_id: str) -> bytes:
    """The archived bytes; FileNotFoundError if the archive lacks them."""
    for path in sorted(_folder(settings, file_id).glob("original*")):
        return path.read_bytes()
    raise FileNotFoundError(_folder(settings, file_id))


def archived_ids(settings: Settings) -> Iterator[str]:
    """All file ids in the archive, in order."""
    for path in sorted(settings.archive.glob("*/*/sighting.json")):
        yield path.parent.name


def _folder(settings: Settings, file_id: str) -> Path:
    return settings.archive / file_id[:2] / file_id


def _suffix(file_name: str) -> str:
    """Only suffixes we know: a received name never becomes part of a path."""
    suffix = Path(file_name).suffix.lower()
    return suffix if suffix in _KNOWN_SUFFIXES else ".bin"
