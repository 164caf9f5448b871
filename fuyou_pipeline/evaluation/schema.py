"""``python -m fuyou_pipeline.evaluation.schema [--check]``: the JSON Schema of scheme files, for editors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from fuyou_pipeline.evaluation.scheme import Scheme
from fuyou_pipeline.settings import PROJECT_ROOT

SCHEMA_FILE = PROJECT_ROOT / "docs" / "schema" / "scheme.schema.json"


def schema_text() -> str:
    """The schema as it is committed."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "亩均效益评价方案",
        **Scheme.model_json_schema(by_alias=True),
    }
    schema["title"] = "亩均效益评价方案"
    # A status may also be one word for all of its parts.
    schema["properties"]["status"] = {
        "anyOf": [{"$ref": "#/$defs/Status"}, schema["$defs"]["Status"]["properties"]["weights"]],
        "description": schema["properties"]["status"].get("description", ""),
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file is stale")
    text, path = schema_text(), Path(SCHEMA_FILE)
    if parser.parse_args().check:
        return int(not path.exists() or path.read_text(encoding="utf-8") != text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
