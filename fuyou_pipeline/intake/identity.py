"""What a 统一社会信用代码 (GB 32100-2015) may look like, and how names of firms and senders are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import pyarrow as pa

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
SENDERS = Path(__file__).with_name("senders.yaml")


def check_character(first17: str) -> str:
    """The check character of a code's first 17 characters: (31 − Σ value × 3^(i−1) mod 31) mod 31."""
    total = sum(
        ALPHABET.index(character) * weight for character, weight in zip(first17, WEIGHTS, strict=True)
    )
    return ALPHABET[(31 - total % 31) % 31]


def check_digit_ok(codes: pa.Array) -> pa.Array:
    """Whether each well-formed code has the right check character; null counts as right."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(codes):
        return pa.array([], pa.bool_())
    filled = pc.fill_null(codes, "0" * 18)  # the weights of all zeros: its check character is 0
    letters = pc.cast(filled, pa.binary(18))
    raw = np.frombuffer(letters.buffers()[1], dtype=np.uint8, offset=18 * letters.offset)
    raw = raw[: 18 * len(letters)].reshape(-1, 18)
    value_of = np.zeros(128, dtype=np.int32)
    for value, character in enumerate(ALPHABET):
        value_of[ord(character)] = value
    total = np.zeros(len(raw), dtype=np.int32)
    for place, weight in enumerate(WEIGHTS):  # place by place: all at once would take ten times the memory
        total += value_of[raw[:, place]] * weight
    return pa.array(value_of[raw[:, 17]] == (31 - total % 31) % 31)


def why_malformed(written: str) -> str:
    """A clause that tells a clerk what is wrong with the code."""
    text = "".join(unicodedata.normalize("NFKC", written).upper().split())
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", text):
        return f"“{written}”已被 Excel 变成科学计数，后几位丢失，请将该列设为文本后重新填写"
    if re.fullmatch(r"\d{15}", text):
        return f"“{written}”是 15 位的旧注册号，请填 18 位统一社会信用代码"
    if re.fullmatch(r"[0-9A-Z]{8}-?[0-9A-Z]", text):
        return f"“{written}”是组织机构代码，请填 18 位统一社会信用代码"
    if len(text) != 18:
        return f"“{written}”有 {len(text)} 位，应为 18 位"
    strange = "".join(sorted(set(text) - set(ALPHABET)))
    return f"“{written}”含有代码中不会出现的字符“{strange}”"


@cache
def _sender_aliases(path: Path) -> tuple[tuple[str, str], ...]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    pairs = [(str(alias), str(sender)) for sender, aliases in content.items() for alias in (sender, *aliases)]
    # Areas (their codes begin with a digit) before departments, longer names before shorter.
    return tuple(sorted(pairs, key=lambda pair: (not pair[1][0].isdigit(), -len(pair[0]))))


def known_sender(written: str, aliases: Path = SENDERS) -> str:
    """One name per sender, however it is written: 亳州市税务局, 国家税务总局亳州市税务局 and tax are ``tax``.

    A county's office counts as the county. A name that nobody listed stays as it is.
    """
    text = "".join(unicodedata.normalize("NFKC", written).split())
    for alias, sender in _sender_aliases(aliases):
        if alias in text if not alias.isascii() else alias.lower() == text.lower():
            return sender
    return text
