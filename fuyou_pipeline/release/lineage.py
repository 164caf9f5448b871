"""Which extracts and parameter tables a mart is made from, read from dbt's manifest."""

from __future__ import annotations

import json
from typing import Any

from fuyou_pipeline.settings import Settings
from fuyou_pipeline.warehouse import dbt


def sources_of(settings: Settings) -> dict[str, list[str]]:
    """Model name → Chinese names of the extracts and parameter tables it rests on, directly or not."""
    manifest = json.loads(dbt.manifest_path(settings).read_text(encoding="utf-8"))
    nodes: dict[str, Any] = manifest["nodes"]
    sources: dict[str, Any] = manifest.get("sources", {})

    def below(node: str, seen: set[str]) -> set[str]:
        if node in sources:
            return {node}
        found: set[str] = set()
        for upstream in nodes.get(node, {}).get("depends_on", {}).get("nodes", []):
            if upstream not in seen:
                seen.add(upstream)
                found |= below(upstream, seen)
        return found

    return {
        node["name"]: sorted(_title(sources[source]) for source in below(name, set()))
        for name, node in nodes.items()
        if node["resource_type"] == "model"
    }


def _title(source: dict[str, Any]) -> str:
    return str(source.get("description") or source["name"]).split("。")[0]
