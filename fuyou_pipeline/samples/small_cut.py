"""The small cut committed under ``data/samples``: some sixty firms, three years, the core extracts."""

from __future__ import annotations

from pathlib import Path

from fuyou_pipeline.samples.city import City, make_city
from fuyou_pipeline.samples.generate import CORE_DATASETS, generate
from fuyou_pipeline.settings import PROJECT_ROOT

SMALL_CUT = PROJECT_ROOT / "data" / "samples"
_SEED, _SIZE, _BELOW = 2022, 0.045, 12


def write_small_cut(out: Path) -> list[Path]:
    """Write the cut: size 0.045, 2021–2023, four months a year, and the broken files."""
    return generate(
        out,
        size=_SIZE,
        seed=_SEED,
        years=(2021, 2023),
        datasets=CORE_DATASETS,
        below=_BELOW,
        every_month=False,
        broken=True,
    )


def small_city() -> City:
    """The city behind the cut."""
    return make_city(_SEED, _SIZE, _BELOW)
