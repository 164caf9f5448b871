"""``python -m bench [--size N] [family …]``: each family in a folder of its own, a table at the end."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.harness import Row, shown

FAMILIES = ("backfill", "build", "definitions", "evaluation", "intake", "serving")
RESULT = Path(__file__).resolve().parent.parent / "build" / "bench.json"


def main() -> int:
    """Run the families asked for; 1 if a row misses its aim."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", type=int, default=16, help="1 a city, 16 a province, 400 the nation")
    parser.add_argument("families", nargs="*", choices=[[], *FAMILIES], help="all unless given")
    options = parser.parse_args()
    rows: list[Row] = []
    for family in options.families or FAMILIES:
        with tempfile.TemporaryDirectory(prefix=f"fuyou-bench-{family}-") as folder:
            found = importlib.import_module(f"bench.{family}").rows(options.size, Path(folder))
        # Sizes beyond a province take hours: what is known so far is shown, and stays if the rest fails.
        print(shown(found), file=sys.stderr, flush=True)
        rows += found
    load = os.getloadavg()[0]
    print(shown(rows))
    print(f"size {options.size}, {os.cpu_count()} cores, load {load:.1f}")
    RESULT.parent.mkdir(exist_ok=True)
    content = {
        "size": options.size,
        "cores": os.cpu_count(),
        "load": load,
        "rows": [asdict(row) | {"ratio": row.ratio, "is_met": row.is_met} for row in rows],
    }
    RESULT.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
