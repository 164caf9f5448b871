"""Unified social credit codes (GB 32100-2015) and plainly fictitious firm names."""

from __future__ import annotations

from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CODE_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_SYLLABLES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def check_character(first_17: str) -> str:
    """The 18th character of a credit code: (31 − Σ aᵢ·3^(i−1) mod 31) mod 31 (GB 32100-2015, 5.3)."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(first_17, _CODE_WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def credit_code(registrar: str, number: int) -> str:
    """A valid code of a fictitious firm: 91, the registrar's area, an organisation code ``MN……`` (模拟).

    Args:
        registrar: six digits, the area of the registrar (not the firm's place).
        number: 0 … 31⁶ − 1, unique per firm.
    """
    body = "MN" + _base31(number)
    total = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    rest = (11 - total % 11) % 11
    first_17 = f"91{registrar}{body}{'X' if rest == 10 else rest}"
    return first_17 + check_character(first_17)


def spoil_check_digit(code: str) -> str:
    """The same code with a check character that is wrong."""
    return code[:17] + ALPHABET[(ALPHABET.index(code[17]) + 1) % 31]


def firm_name(place: str, trade: str, number: int) -> str:
    """A name that no real firm bears, e.g. ``亳州市示例甲乙食品有限公司模拟00001``."""
    first, second = divmod(number * 37 % (len(_SYLLABLES) ** 2), len(_SYLLABLES))
    return f"{place}示例{_SYLLABLES[first]}{_SYLLABLES[second]}{trade}有限公司模拟{number + 1:05d}"


@lru_cache(maxsize=4096)
def _base31_high(number: int) -> str:
    text = ""
    for _ in range(3):
        number, rest = divmod(number, 31)
        text = ALPHABET[rest] + text
    return text


def _base31(number: int) -> str:
    high, low = divmod(number, 31**3)
    return _base31_high(high) + _base31_high(low)
