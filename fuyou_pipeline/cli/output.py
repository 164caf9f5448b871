"""Where text goes: results to stdout, the rest to stderr; with ``--json`` one document alone on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fuyou_pipeline.errors import FuyouError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

GOOD, FAILED, INCOMPLETE = 0, 1, 2

JsonOption = Annotated[
    bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档，其余内容走标准错误。")
]


class Output:
    """One command's output. ``document`` is what ``--json`` prints."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the options of an earlier command of this process."""
        self.is_json = False
        self.debug = False

    def print(self, text: str = "") -> None:
        """A result for people: stdout, or stderr when stdout belongs to the JSON document."""
        print(text, file=sys.stderr if self.is_json else sys.stdout, flush=True)

    def note(self, text: str) -> None:
        """Something beside the result."""
        print(text, file=sys.stderr, flush=True)

    def document(self, content: Any) -> None:
        """The JSON document; printed only with ``--json``."""
        if self.is_json:
            print(json.dumps(content, ensure_ascii=False, indent=2, default=str), file=sys.stdout, flush=True)

    def error(self, error: FuyouError) -> None:
        """An error in words, and as the document that ``--json`` promises."""
        self.note(f"失败：{error}")
        self.document({"error": error.to_dict()})

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Rows under headers, as wide as the terminal."""
        from rich.box import SIMPLE
        from rich.console import Console
        from rich.table import Table

        table = Table(*headers, box=SIMPLE, pad_edge=False)
        for row in rows:
            table.add_row(*("" if cell is None else str(cell) for cell in row))
        stream = sys.stderr if self.is_json else sys.stdout
        width = None if stream.isatty() else 160
        Console(file=stream, width=width, highlight=False, markup=False).print(table)


out = Output()


class TerminalReporter:
    """Shows a run's progress on stderr: a bar on a terminal, plain sentences elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def say(self, message: str) -> None:
        if self._bar is not None:
            self._bar.console.print(message, highlight=False, markup=False)
        else:
            out.note(message)

    def step(self, label: str, done: int, total: int) -> None:
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task(self._title, total=total)
        self._bar.update(self._task, completed=done, total=total, description=f"{self._title} {label}")

    @contextmanager
    def shown(self) -> Iterator[TerminalReporter]:
        """Show the bar for the time of the block; what libraries print goes to stderr meanwhile."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with redirect_stdout(sys.stderr):
            if not console.is_terminal:
                yield self
                return
            with Progress(*columns, console=console, transient=True) as self._bar:
                yield self
            self._bar = None
