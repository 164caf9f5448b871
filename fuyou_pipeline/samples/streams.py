"""Random streams: one generator per subject, so that adding a subject never moves another's numbers."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def stream(seed: int, subject: str, replica: int = 0) -> np.random.Generator:
    """The generator of ``subject`` in city number ``replica``; same arguments, same numbers."""
    import numpy as np

    entropy = [seed, zlib.crc32(subject.encode()), replica]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
