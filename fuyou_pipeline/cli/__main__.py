"""``python -m fuyou_pipeline.cli``: the same as the console script ``fuyou``."""

from fuyou_pipeline.cli import main

main()
