"""Names of evaluation schemes and their groups, for titles; an unknown one keeps its id."""

from __future__ import annotations

from dataclasses import dataclass, field

from fuyou_pipeline.settings import Settings


@dataclass(frozen=True)
class SchemeNames:
    titles: dict[str, str] = field(default_factory=dict)
    groups: dict[tuple[str, str], str] = field(default_factory=dict)

    def title(self, scheme: str) -> str:
        return self.titles.get(scheme, scheme)

    def group(self, scheme: str, group: str) -> str:
        return self.groups.get((scheme, group), group)


def scheme_names(settings: Settings) -> SchemeNames:
    """Titles in the scheme files in force (a release's marts hold ids only)."""
    from fuyou_pipeline.evaluation.catalogue import load_schemes

    valid = load_schemes(settings).valid.values()
    return SchemeNames(
        {scheme.scheme: scheme.title for scheme in valid},
        {
            (scheme.scheme, group.group): group.title or group.group
            for scheme in valid
            for group in scheme.groups
        },
    )
