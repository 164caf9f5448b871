"""The planted mess: what real senders get wrong, each kind once and by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from fuyou_pipeline.samples.city import City, Delivery
from fuyou_pipeline.samples.codes import spoil_check_digit
from fuyou_pipeline.samples.forms import Col, Form, Value


def with_wrong_check_digit(codes: Sequence[str], position: int) -> list[str]:
    """The codes, one of them with a check character that does not fit."""
    spoiled = list(codes)
    if spoiled:
        spoiled[position] = spoil_check_digit(spoiled[position])
    return spoiled


def untidy_codes(codes: Sequence[str]) -> list[str]:
    """The same codes as a clerk types them: lower case, trailing spaces, full-width digits."""
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    tidied = list(codes)
    for i in range(0, len(tidied), 7):
        text = tidied[i]
        tidied[i] = (text.lower(), f"{text} ", text.translate(full_width))[i // 7 % 3]
    return tidied


def restated(
    city: City, dataset: str, period: str, form: Form, received: date, members: Sequence[int]
) -> Delivery:
    """A later file of the period: two firms have vanished, every twentieth figure is revised by 3 %."""
    sender = {"tax_paid": "tax"}.get(dataset, "statistics")
    gone = {len(members) // 2, len(members) // 4} if len(members) > 8 else set()

    def revise(col: Col) -> Col:
        values: list[Value] = [
            round(v * 1.03) if col.unit and isinstance(v, int) and i % 20 == 3 else v
            for i, v in enumerate(col.values)
            if i not in gone
        ]
        return replace(col, values=values)

    title = form.title.replace("（模拟数据）", "（修订）（模拟数据）")
    later = replace(form, title=title, columns=[revise(c) for c in form.columns])
    name = (
        f"{period}年工业企业入库税收（修订）.csv"
        if sender == "tax"
        else f"{period}年财务状况年报（修订）.xlsx"
    )
    return Delivery(dataset, period, sender, received, name, later, "gb18030")


def unit_slip(right: Delivery, names: Sequence[str], factor: int, days_earlier: int) -> Delivery:
    """The file as it came first: these columns in a unit ``factor`` times smaller than their header says."""

    def slip(col: Col) -> Col:
        if col.name not in names:
            return col
        return replace(
            col, values=[round(v * factor) if isinstance(v, int | float) else v for v in col.values]
        )

    form = replace(right.form, columns=[slip(c) for c in right.form.columns])
    earlier = right.received - timedelta(days=days_earlier)
    return replace(right, form=form, received=earlier, name=right.name.replace(".xlsx", "（初稿）.xlsx"))
