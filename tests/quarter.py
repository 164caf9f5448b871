"""A quarter of simulated extracts as an office receives them, and the faults that keep its gate shut."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from fuyou_pipeline.samples.city import City, make_city
from fuyou_pipeline.samples.forms import Col
from fuyou_pipeline.samples.generate import generate
from fuyou_pipeline.samples.monthly import financials, industrial_output
from fuyou_pipeline.samples.within_year import energy_consumption, tax_paid
from fuyou_pipeline.settings import Settings

QUARTER = "2022Q3"
LATE = "2022年9月产值.xlsx"
FALLING = "2022年9月财务状况.xlsx"
PUBLISHED = "2022年9月公布数.csv"
_SEED, _SIZE, _BELOW = 2022, 0.045, 12
_FIRST_DAY, _LAST_DAY = "2022-01-01", "2022-10-31"
_HEADER = ("area_code", "area_name", "period", "period_kind", "indicator", "value", "unit", "kind", "vintage")
_HEADER_END = ("source", "note")
SHARES = {"202109": 23.9, "202209": 28.1}
"""Published, from one source: a rise by more than three points, which somebody has to answer for."""


def city() -> City:
    return make_city(_SEED, _SIZE, _BELOW)


def extracts(folder: Path) -> Path:
    """Everything received from January to October 2022: the year before whole, 2022 to September."""
    everything = folder / "everything"
    generate(everything, size=_SIZE, seed=_SEED, years=(2021, 2022), below=_BELOW)
    for path in sorted(p for p in everything.rglob("*") if p.is_file()):
        if not _FIRST_DAY <= path.parent.name <= _LAST_DAY:
            path.unlink()
    return everything


def deliver(source: Path, settings: Settings, *, but: tuple[str, ...] = ()) -> None:
    """Lay ``source`` into the inbox, except the files named ``but``."""
    shutil.copytree(source, settings.inbox, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*but))


def send_late(source: Path, settings: Settings, received: str, *names: str) -> None:
    """Files of the statistics bureau that come on another day."""
    folder = settings.inbox / "statistics" / received
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(next(source.rglob(name)), folder / name)


def falling_accounts(settings: Settings, received: str) -> str:
    """September's accounts in which the first firm's cumulative revenue is half; returns its code."""
    delivery = next(iter(financials(city(), 202209)))
    columns = list(delivery.form.columns)
    place = next(i for i, column in enumerate(columns) if column.name == "revenue_ytd_wan")
    values = list(columns[place].values)
    values[0] = int(values[0]) // 2  # type: ignore[arg-type]
    columns[place] = replace(columns[place], values=values)
    form = replace(delivery.form, columns=columns)
    replace(delivery, received=date.fromisoformat(received), form=form).write(settings.inbox)
    return str(columns[0].values[0])


def published(settings: Settings, received: str, *, factor: float) -> None:
    """Published figures: 规上 revenue to September at ``factor`` × the firms' own sum, and both shares."""
    delivery = next(iter(financials(city(), 202209)))
    revenue = next(column for column in delivery.form.columns if column.name == "revenue_ytd_wan")
    total_yi = round(sum(int(value) for value in revenue.values) / 100_000 * factor, 6)  # type: ignore[arg-type]
    source = "测试用公布数（模拟数据）"
    area = ("341600", "亳州市")
    rows = [
        (
            *area,
            "202209",
            "cumulative",
            "规模以上工业营业收入",
            total_yi,
            "亿元",
            "level",
            "初步核算",
            source,
            "",
        )
    ]
    rows += [
        (
            *area,
            period,
            "cumulative",
            "制造业增加值占GDP比重",
            share,
            "%",
            "share_pct",
            "初步核算",
            source,
            "",
        )
        for period, share in SHARES.items()
    ]
    path = settings.inbox / "public" / received / PUBLISHED
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow((*_HEADER, *_HEADER_END))
        writer.writerows(rows)


def office_file(settings: Settings, name: str, content: str) -> None:
    """A file of the office's own ``reference/expectations``."""
    path = settings.office_reference / "expectations" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def nothing_to_report(settings: Settings) -> str:
    """Known issues for the lists that a county with nothing to list does not send."""
    from fuyou_pipeline.contracts import load_contracts
    from fuyou_pipeline.release.completeness import deliveries
    from fuyou_pipeline.release.folder import current_release

    release = current_release(settings)
    assert release is not None
    entries = [
        entry
        for entry in deliveries(QUARTER, load_contracts(settings), release.manifest()["files"])
        if entry.received is None and entry.dataset in ("issue_ledger", "cultivation_list")
    ]
    return "".join(
        f"- {{id: NONE-{number}, check: extract_missing, scope: {{dataset: {entry.dataset},"
        f' period: "{entry.period}", sender: "{entry.sender}"}}, reason: 该县区本月没有内容可报,'
        " accepted_by: 市经信局运行科科长, until: 2022-12-31}\n"
        for number, entry in enumerate(entries)
    )


def restatements(settings: Settings, received: str) -> int:
    """Files of the past months again, every amount one per cent higher; how many."""
    town, sent = city(), 0
    for month in range(202202, 202210):
        for make in (financials, industrial_output, tax_paid, energy_consumption):
            for delivery in make(town, month):
                columns = [_higher(column) for column in delivery.form.columns]
                form = replace(delivery.form, columns=columns)
                replace(delivery, received=date.fromisoformat(received), form=form).write(settings.inbox)
                sent += 1
    return sent


def _higher(column: Col) -> Col:
    if not column.name.endswith(("_wan", "_tce_equivalent")):
        return column
    values = [v * 101 // 100 if isinstance(v, int) else v for v in column.values]
    return replace(column, values=values)
