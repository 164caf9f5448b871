"""Writes the page of a release: reads its database, composes the sections, fills the template."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fuyou_pipeline.briefing.page.parts import Chart, Notice, Section
from fuyou_pipeline.briefing.page.schemes import SchemeNames, scheme_names
from fuyou_pipeline.briefing.page.sections import (
    doubling,
    mu,
    operation,
    overview,
    pools,
    public,
    quality,
    share,
    support,
    targets,
)
from fuyou_pipeline.briefing.page.source import NotThere, Source
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

PAGE = "index.html"
SITE, PUBLIC_SITE = "site", "site_public"
_ASSETS = Path(__file__).parent / "assets"
_TITLES = {
    "overview": "总体判断",
    "targets": "目标灯",
    "share": "制造业占比",
    "doubling": "五年倍增",
    "operation": "运行与赛马",
    "mu": "亩均效益评价",
    "pools": "入规、临退与退规",
    "support": "包保与问题销号",
    "industry": "规模以上工业",
    "quality": "数据新旧与质量",
}


def write_page(settings: Settings, release_folder: Path, *, public: bool = False) -> Path:
    """Write ``site/index.html`` (``site_public/index.html``) of a release; returns the file.

    One file that loads nothing. It holds what ``fuyou.duckdb`` and ``manifest.json`` of the folder say; the
    public one reads ``fuyou_public.duckdb`` only and has no firm in it. A mart that is not in the release is
    named in its section.

    Raises:
        FuyouError: ``release-incomplete`` if the folder has no database or manifest; ``page-asset-changed``
            if the inlined chart library is not the one whose checksum is recorded.
    """
    import duckdb

    database = release_folder / ("fuyou_public.duckdb" if public else "fuyou.duckdb")
    manifest_file = release_folder / "manifest.json"
    for path in (database, manifest_file):
        if not path.exists():
            raise FuyouError(
                "release-incomplete",
                "发布版中缺少文件，不能生成领导页。",
                hint="请重新运行 `fuyou build`。",
                file=str(path),
            )
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    with duckdb.connect(str(database), read_only=True, config={"autoload_known_extensions": False}) as con:
        source = Source(con)
        sections = list(
            _public(source, settings, manifest) if public else _internal(source, settings, manifest)
        )
        content = _filled(source, manifest, sections, is_public=public)
    site = release_folder / (PUBLIC_SITE if public else SITE)
    site.mkdir(exist_ok=True)
    page = site / PAGE
    page.write_text(content, encoding="utf-8")
    return page


def chart_library() -> str:
    """ECharts as inlined, after its checksum was compared with the recorded one.

    Raises:
        FuyouError: ``page-asset-changed``.
    """
    record = json.loads((_ASSETS / "echarts.json").read_text(encoding="utf-8"))
    content = (_ASSETS / "echarts.min.js").read_bytes()
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        raise FuyouError(
            "page-asset-changed",
            f"图表库 echarts {record['version']} 的校验值不符，文件可能损坏或被改动。",
            hint="请从安装包恢复这个文件。",
            file=str(_ASSETS / "echarts.min.js"),
        )
    return content.decode("utf-8")


def inlined(content: Any) -> str:
    """JSON that is safe inside ``<script>``: no character that HTML could take for the end of it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _internal(source: Source, settings: Settings, manifest: dict[str, Any]) -> Iterable[Section]:
    titles = _extract_titles(settings)
    names = _scheme_names(settings)
    yield _tried("overview", lambda: overview.section(source))
    yield _tried("targets", lambda: targets.section(source))
    yield _tried("share", lambda: share.section(source))
    yield _tried("doubling", lambda: doubling.section(source))
    yield _tried("operation", lambda: operation.section(source))
    yield _tried("mu", lambda: mu.section(source, names))
    yield _tried("pools", lambda: pools.section(source))
    yield _tried("support", lambda: support.section(source))
    yield _tried("quality", lambda: quality.section(source, manifest, titles, is_public=False))


def _public(source: Source, settings: Settings, manifest: dict[str, Any]) -> Iterable[Section]:
    names = _scheme_names(settings)
    yield _tried("targets", lambda: public.goals(source))
    yield _tried("share", lambda: share.section(source))
    yield _tried("doubling", lambda: doubling.section(source))
    yield _tried("pools", lambda: public.members(source))
    yield _tried("mu", lambda: public.classes(source, names))
    yield _tried("industry", lambda: public.industries(source))
    yield _tried("quality", lambda: quality.section(source, manifest, {}, is_public=True))


def _tried(section: str, make: Callable[[], Section]) -> Section:
    """The section, or one that says which mart is missing."""
    try:
        return make()
    except NotThere as error:
        return Section(section, _TITLES[section], [Notice(str(error))])


def _scheme_names(settings: Settings) -> SchemeNames:
    return scheme_names(settings)


def _extract_titles(settings: Settings) -> dict[str, str]:
    from fuyou_pipeline.contracts import load_contracts

    return {dataset: contract.title for dataset, contract in load_contracts(settings).items()}


def _filled(source: Source, manifest: dict[str, Any], sections: list[Section], *, is_public: bool) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["kind"] = lambda block, kind: type(block).__name__ == kind
    charts = {
        block.id: {**block.spec, "height": block.height}
        for section in sections
        for block in section.blocks
        if isinstance(block, Chart)
    }
    scripts = [chart_library(), (_ASSETS / "page.js").read_text(encoding="utf-8")] if charts else []
    return environment.get_template("page.html.j2").render(
        title=f"{_home(source)}工业“扶优育规”进展",
        sections=sections,
        manifest=manifest,
        quality=quality.light(manifest["quality"]),
        is_public=is_public,
        is_simulated=source.has_simulated,
        style=(_ASSETS / "page.css").read_text(encoding="utf-8"),
        charts=inlined(charts),
        scripts=scripts,
        script_hashes=[_hash(script) for script in scripts],
    )


def _home(source: Source) -> str:
    try:
        return source.areas.home.name
    except NotThere:
        return ""


def _hash(script: str) -> str:
    """For the Content-Security-Policy: this script and no other may run."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
