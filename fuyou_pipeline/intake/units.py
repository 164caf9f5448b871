"""What a unit is called, how it converts, and how it is told apart from the label it stands in."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pint import Unit, UnitRegistry

DEFINITIONS = Path(__file__).with_name("units.txt")
_BRACKETS = str.maketrans("【】〔〕[]{}「」", "()()()()()")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_UNIT_LINE = re.compile(r"(?:计量|金额|货币)?单位\s*[::]\s*(.+)")
_SEPARATORS = re.compile(r"[、,;，；/\s]+")
_LEAD = re.compile(r"^(?:计量|金额|货币)?单位\s*[::]?")
_MIDDLE_DOT = re.compile(r"[·•・⋅]")


@cache
def registry() -> UnitRegistry:
    """The units of ``units.txt``; factors are exact fractions."""
    from pint import UnitRegistry

    return UnitRegistry(str(DEFINITIONS), non_int_type=Fraction, cache_folder=None)


@cache
def _parsed(name: str) -> Unit | None:
    text = _MIDDLE_DOT.sub("", "".join(unicodedata.normalize("NFKC", name).split()))
    # Only names: pint would also take expressions such as "3" or "m*2", which no header means.
    if not text or not re.fullmatch(r"[^\W\d][\w]*|%|‰", text):
        return None
    units = registry()
    for spelling in (text, text.lower()):
        try:
            return units.parse_units(
                "percent" if spelling == "%" else "permille" if spelling == "‰" else spelling
            )
        except Exception:  # pint raises several kinds, also tokenizer errors; all mean: not a unit
            continue
    return None


def is_unit(name: str) -> bool:
    return _parsed(name) is not None


@cache
def factor(found: str, canonical: str) -> Fraction | None:
    """What to multiply a figure in ``found`` with to have it in ``canonical``; None: of another dimension."""
    source, target = _parsed(found), _parsed(canonical)
    if source is None or target is None or source.dimensionality != target.dimensionality:
        return None
    ratio = registry().Quantity(Fraction(1), source).to(target).magnitude
    return Fraction(ratio)


@cache
def is_count(unit: str) -> bool:
    """Persons, firms, times: what is counted in ones, so that an unstated unit is no guess."""
    return _dimension(unit) in ("[count]", "[points]")


@cache
def is_ratio(unit: str) -> bool:
    """Per cent and the like: such columns do not add up."""
    return _dimension(unit) == "[ratio]"


def _dimension(unit: str) -> str:
    """The base dimension of a unit that has just one, else ''."""
    parsed = _parsed(unit)
    dimensions = list(dict(parsed.dimensionality)) if parsed is not None else []
    return str(dimensions[0]) if len(dimensions) == 1 else ""


@cache
def split_unit(header: str) -> tuple[str, str | None]:
    """A header without its unit, and the unit: ``用气量\\n（立方米）`` → ``("用气量", "立方米")``."""
    text = unicodedata.normalize("NFKC", header).translate(_BRACKETS).strip()
    for match in reversed(list(_IN_BRACKETS.finditer(text))):
        inside = _LEAD.sub("", match.group(1).strip())
        if is_unit(inside):
            return (text[: match.start()] + text[match.end() :]).strip(), inside.strip()
        # （等价值，吨标准煤）: the last part is the unit, the rest belongs to the label
        head, _, tail = inside.replace("、", ",").rpartition(",")
        if head and is_unit(tail):
            return f"{text[: match.start()]}({head}){text[match.end() :]}".strip(), tail.strip()
    parts = re.split(r"[,:、，：]|\s{1,}", text)
    tail = _LEAD.sub("", parts[-1].strip())
    if len(parts) > 1 and tail and is_unit(tail):
        return text[: len(text) - len(parts[-1])].rstrip(" ,:、，：\n\t"), tail
    if text.endswith(("%", "‰")):
        return text[:-1].strip(), text[-1]
    return text, None


def units_in_line(text: str) -> tuple[str, ...]:
    """The units that a line such as ``单位：千元、人`` names; empty if it is no such line."""
    match = _UNIT_LINE.search(
        unicodedata.normalize("NFKC", text).translate(_BRACKETS).replace("(", " ").replace(")", " ")
    )
    if match is None:
        return ()
    names = [part for part in _SEPARATORS.split(match.group(1).strip()) if part]
    found = []
    for name in names:
        if not is_unit(name):
            break
        found.append(name)
    return tuple(found)
