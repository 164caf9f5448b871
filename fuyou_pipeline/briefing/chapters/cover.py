"""封面与口径: what the pack is, of what day, what its figures mean, and what is on which sheet."""

from __future__ import annotations

from collections.abc import Sequence

from fuyou_pipeline.briefing.facts import ZONES_NOTE, Facts
from fuyou_pipeline.briefing.tables import Sheet

_BASIS = (
    (
        "工业运行",
        "产值、营业收入、利润来自企业月报汇总，为本部门监测数；增加值和投资增速只用统计部门公布数，不推算。",
    ),
    ("占比与倍增", "制造业占比用现价，不以工业代替制造业；倍增的基期与到期年份见该表注。"),
    ("亩均评价", "按方案评价；方案凡标为占位、示例的，不是文件规定，结果只供演示和试算。"),
    ("开发区", f"{ZONES_NOTE}占比与亩均评价为属地口径，开发区计入所在县区。"),
    ("书写", "增速保留一位小数，两个增速或占比之差写百分点；— 为缺数，不是零；红字为负数；▲▼为位次进退。"),
    ("红绿灯", "× 红为滞后，！黄为口径待明确或周期未满，√ 绿为完成或序时，○ 灰为没有数据。"),
    ("保密", "内部资料，含企业单户数据，不得对外提供；公开数据见发布版中的公开库。"),
)


def sheet(facts: Facts, sheets: Sequence[Sheet], *, as_of: str, release_id: str, is_simulated: bool) -> Sheet:
    """The first sheet, which lists the others."""
    title = facts.period.title
    if facts.unit is not None:
        title = f"{facts.label(facts.unit)}{facts.period.name}扶优育规企业清单"
    about = [
        ("期别", f"{facts.period.name}（累计数为{facts.period.cumulative}）"),
        ("数据截至", f"{as_of}（最近收到的报送文件）"),
        ("发布版", release_id),
        ("编制", f"{facts.home.name}经济和信息化局"),
    ]
    if is_simulated:
        about.insert(
            0, ("模拟数据", "本材料依据的数据中有模拟数据，企业均为虚构，只供演示，不得用于决策和兑现政策。")
        )
    if facts.unit is not None:
        about.append(("范围", f"只含{facts.label(facts.unit)}属管的企业。"))
    # A unit's workbook has lists of firms alone.
    basis = [row for row in _BASIS if facts.unit is None or row[0] not in ("工业运行", "占比与倍增")]
    listed = [(f"{number}. {one.name}", one.title) for number, one in enumerate(sheets, start=1)]
    return Sheet("封面与口径", title, contents=(*about, *basis, *listed))
