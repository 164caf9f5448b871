"""``python -m fuyou_pipeline.dictionary [--check]``: write the generated dbt files, or name stale ones."""

from __future__ import annotations

import argparse
import sys

from fuyou_pipeline.dictionary.dbt import HEADER, generated_files
from fuyou_pipeline.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    check = parser.parse_args().check
    # Only what is committed may shape committed files, so an office's overlay is left out.
    settings = Settings(data_dir=Settings.model_fields["data_dir"].default)
    root = settings.dbt_project_dir
    wanted = {root / path: text for path, text in generated_files(settings).items()}
    existing = {
        path for path in root.glob("models/**/*.yml") if path.read_text(encoding="utf-8").startswith(HEADER)
    }
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    orphans = sorted(existing - wanted.keys())
    for path in [*stale, *orphans]:
        print(
            ("stale: " if check else "written: " if path in wanted else "removed: ")
            + str(path.relative_to(root))
        )
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        for path in orphans:
            path.unlink()
    return 1 if check and (stale or orphans) else 0


if __name__ == "__main__":
    sys.exit(main())
