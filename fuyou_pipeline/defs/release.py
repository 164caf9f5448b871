"""The release: what leaders read, made of a whole and checked build."""

from datetime import date

import dagster as dg

from fuyou_pipeline.defs.quality import RESULTS
from fuyou_pipeline.defs.resources import WAREHOUSE, Office
from fuyou_pipeline.release import make_release
from fuyou_pipeline.warehouse.build import finished_build

RELEASE = dg.AssetKey(["release"])
_PAGES = {"领导页": "site/index.html", "质量页": "site/quality.html", "数据字典": "dictionary.html"}
"""Shown with each release; paths, as a browser does not open files from a page."""


@dg.asset(
    key=RELEASE,
    deps=[RESULTS],
    group_name="release",
    owners=["team:经信分析"],
    kinds={"duckdb", "parquet"},
    description="发布版：看板、BI 与工作簿读取的只读数据（releases/current），整体替换，不会读到半成品。",
    required_resource_keys=WAREHOUSE,
)
def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    office: Office = context.resources.office
    build = finished_build(office.settings)
    office.reporter.say("正在发布……")
    as_of = date.fromisoformat(build.as_of) if build.as_of and build.is_as_of_build else None
    made = make_release(office.settings.model_copy(update={"as_of": as_of}), build.build_id)
    context.log.info(f"发布版 {made.release_id}：{'质量通过' if made.quality == 'passed' else '质量未通过'}")
    return dg.MaterializeResult(
        metadata={
            "release_id": made.release_id,
            "path": dg.MetadataValue.path(str(made.path)),
            **{
                what: dg.MetadataValue.path(str(made.path / file))
                for what, file in _PAGES.items()
                if (made.path / file).exists()
            },
            "as_of": str(made.as_of) if made.as_of else "",
            "promoted": made.promoted,
            "quality": made.quality,
        }
    )
