"""``python -m fuyou_pipeline.warehouse.portable``: names what a model may not say.

That is what DuckDB and Spark take differently, and what would make a result depend on chance or the clock.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple


class Rule(NamedTuple):
    """A construct that may not stand in a model, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


def _rule(pattern: str, instead: str) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), instead)


RULES = (
    # Engines differ.
    _rule(r"//", "integer division: cast(floor(a / b) as int)"),
    _rule(r"\*\s*(exclude|except|replace|rename)\b", "name the columns"),
    _rule(r"\b(arg_max|arg_min|max_by_n)\s*\(", "max_by / min_by"),
    _rule(r'"', "no double-quoted identifiers: Spark reads them as text"),
    _rule(r"\b(strftime|strptime|date_format|to_char)\s*\(", "a macro with one version per engine"),
    _rule(r"\b(date_diff|datediff|date_part|epoch)\s*\(", "a macro with one version per engine"),
    _rule(r"\b(list|list_\w+|array_agg|struct_pack|unnest|explode|map)\s*\(", "one row per element"),
    _rule(r"\b(generate_series|range)\s*\(", "a join with the years that the data has"),
    _rule(r"\b(asof|positional)\s+join\b", "a join and row_number"),
    _rule(
        r"\b(regexp_matches|regexp_extract_all|quantile\w*|hash|printf|format)\s*\(",
        "a function that both engines have",
    ),
    _rule(r"\b(varchar|hugeint|ubigint|utinyint|real|float)\b", "string, bigint, double or decimal"),
    _rule(r"\bas\s+(minus|anti|semi)\b", "another name: Spark takes this one for an operator"),
    _rule(r"/\s*1000+\b(?!\s*\))", "* 0.001: decimal / integer is double on DuckDB and decimal on Spark"),
    _rule(r"\bconcat\s*\(", "|| or concat_ws('', …): concat of a null differs"),
    # Results would depend on chance, on order, or on the clock.
    _rule(
        r"\b(first|last|any_value|first_value|last_value)\s*\(",
        "max_by / min_by, or row_number over a total order",
    ),
    _rule(
        r"\brow_number\s*\(\s*\)\s*over\s*\((?![^()]*(\([^()]*\)[^()]*)*order by)",
        "row_number with an order by",
    ),
    _rule(r"\blimit\s+\d", "qualify row_number() over a total order"),
    _rule(
        r"\b(random|uuid|now|today|getdate)\s*\(|\b(current_timestamp|current_date|localtimestamp)\b",
        "the as-of date",
    ),
    _rule(r"\b(avg|mean)\s*\(", "sum over decimals divided by count through safe_divide: avg is double"),
    _rule(r"\bsum\s*\(\s*cast\([^()]*as double\)", "a sum over decimals: a double sum differs between runs"),
)


def findings(sql: str) -> list[tuple[int, str, str]]:
    """(line, what stands there, what to write instead) for every banned construct in a model's text."""
    text = _without_comments_and_literals(sql)
    found = []
    for rule in RULES:
        for match in rule.pattern.finditer(text):
            found.append((text.count("\n", 0, match.start()) + 1, match.group().strip(), rule.instead))
    return sorted(found)


def _without_comments_and_literals(sql: str) -> str:
    """The same text with comments, Jinja and string literals blanked, so that line numbers stay."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return re.sub(
        r"--[^\n]*|/\*.*?\*/|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|'(?:[^']|'')*'", blank, sql, flags=re.DOTALL
    )


def main(project: Path) -> int:
    count = 0
    for path in sorted(project.glob("models/**/*.sql")):
        for line, construct, instead in findings(path.read_text(encoding="utf-8")):
            count += 1
            print(f"{path.relative_to(project.parent)}:{line}: `{construct}` — {instead}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[2] / "dbt_project"))
