"""What files that have not been taken in hold, told without taking them in: which dataset, which periods."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fuyou_pipeline.contracts.model import Contract
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.intake.ahead import Ahead
from fuyou_pipeline.intake.archive import file_id_of
from fuyou_pipeline.intake.parse import periods_told
from fuyou_pipeline.intake.reading import MAX_FILE_BYTES, read_sheets
from fuyou_pipeline.intake.receipts import read_landings
from fuyou_pipeline.intake.receive import queued
from fuyou_pipeline.intake.recognise import LabelIndex, recognise
from fuyou_pipeline.settings import Settings


@dataclass(frozen=True)
class Told:
    """What one file says of itself; ``problem`` says why it cannot be told."""

    file_id: str
    dataset: str | None = None
    periods: frozenset[str] = frozenset()
    has_landed: bool = False
    """The same bytes lie in the lake already."""
    problem: str = ""


class Waiting:
    """The files of the inbox, or given ones, each read once for as long as it does not change."""

    def __init__(self, settings: Settings, contracts: Mapping[str, Contract], ahead: Ahead) -> None:
        self._settings = settings
        self._ahead = ahead
        self._index = LabelIndex(contracts.values())
        self._known: dict[Path, tuple[tuple[int, int, date], Told]] = {}

    def told(self, paths: Iterable[Path] | None = None) -> dict[Path, Told]:
        """Each file with what it holds, in the order of intake.

        Args:
            paths: files and folders; default: the inbox.

        Raises:
            FuyouError: ``file-missing``.
        """
        if paths is None:
            paths = [self._settings.inbox] if self._settings.inbox.is_dir() else []
        found: dict[Path, Told] = {}
        landed: dict[str, Told] | None = None
        for path, arrived, _ in queued(paths, self._settings):
            state = path.stat()
            now = (state.st_size, state.st_mtime_ns, arrived.date())
            if path not in self._known or self._known[path][0] != now:
                landed = self._landed() if landed is None else landed
                self._known[path] = now, self._read(path, arrived.date(), landed)
            found[path] = self._known[path][1]
        return found

    def files(
        self,
        dataset: str,
        periods: Collection[str] | None = None,
        paths: Iterable[Path] | None = None,
    ) -> dict[Path, Told]:
        """Those of :meth:`told` that are of ``dataset`` and hold one of ``periods`` (None: any)."""
        return {
            path: told
            for path, told in self.told(paths).items()
            if told.dataset == dataset and (periods is None or not told.periods.isdisjoint(periods))
        }

    def _landed(self) -> dict[str, Told]:
        """What has landed already, by file id; ``mixed`` stands for periods that only the file names."""
        return {
            landing.file_id: Told(landing.file_id, landing.dataset, frozenset([landing.period]), True)
            for landing in read_landings(self._settings)
        }

    def _read(self, path: Path, arrived: date, landed: Mapping[str, Told]) -> Told:
        file_id = ""
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                return Told(file_id, problem="文件过大。")
            content = path.read_bytes()
            file_id = file_id_of(content)
            if file_id in landed and "mixed" not in landed[file_id].periods:
                return landed[file_id]
            sheets = read_sheets(content, path.name)
            matches = recognise(sheets, self._index, path.name, is_given=False)
            periods = periods_told(matches, path.name, arrived)
            self._ahead.keep(file_id, path.name, sheets, matches)
        except (FuyouError, OSError) as error:
            # Nobody's for now: taking the file in tells what is wrong with it.
            return Told(file_id, problem=str(error))
        except Exception as error:
            # As intake does: a file must never stop the others.
            return Told(file_id, problem=f"{type(error).__name__}: {error}")
        if not periods:
            return Told(file_id, problem="没有能认出期别的数据行。")
        return Told(file_id, matches[0].contract.dataset, frozenset(periods), file_id in landed)
