"""How two headers are compared: what is left of a label once spelling differences are gone."""

from __future__ import annotations

import re
import unicodedata

_NOT_A_LETTER = re.compile(r"[\W_]+")


def label_key(text: str) -> str:
    """The label without white space, brackets, punctuation and case: ``Ａ 级\\n（ＫＷＨ）`` → ``a级kwh``.

    Units are taken out before, where they can be told from the label (``intake.units.split_unit``).
    """
    return _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", text)).lower()
