"""What 亳州's simulated industry looks like: reporting units, industries, the library's stock by year."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_YEAR, LAST_YEAR = 2018, 2024
MODEL_YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
"""The model always spans these years, so that asking for fewer never changes a figure."""


@dataclass(frozen=True)
class Unit:
    """A reporting unit (属管): disjoint, they sum to the city."""

    code: str
    name: str
    area_code: str
    registrar: str
    share: float
    townships: tuple[str, ...]


UNITS = (
    Unit("341602", "谯城区", "341602", "341602", 0.20, ("示例一镇", "示例二镇", "示例三街道")),
    Unit("341621", "涡阳县", "341621", "341621", 0.19, ("示例四镇", "示例五镇", "示例经开区")),
    Unit("341622", "蒙城县", "341622", "341622", 0.18, ("示例六镇", "示例七镇", "示例经开区")),
    Unit("341623", "利辛县", "341623", "341623", 0.15, ("示例八镇", "示例九镇", "示例经开区")),
    Unit("341600-GXQ", "亳州高新技术产业开发区", "341602", "341600", 0.16, ("示例园一区", "示例园二区")),
    Unit("341600-BWMI", "亳芜现代产业园区", "341602", "341600", 0.12, ("示例园三区",)),
)
CITY = ("341600", "亳州市")
COUNTIES = (("341602", "谯城区"), ("341621", "涡阳县"), ("341622", "蒙城县"), ("341623", "利辛县"))


@dataclass(frozen=True)
class Industry:
    """One industry class (GB/T 4754-2017, four digits) with ratios typical of it (本项目默认值).

    Shares are of revenue; ``per_head_wan`` and ``per_mu_wan`` are revenue in 万元; ``tce`` is tonnes of
    standard coal (calorific) per 万元; ``cod`` … are kg per 万元 of firms that discharge.
    """

    code: str
    trade: str
    share: float
    median_wan: float
    value_added: float
    tax: float
    margin: float
    per_head_wan: float
    per_mu_wan: float
    tce: float
    cod: float
    gas: float
    season: str = "even"
    is_public_utility: bool = False


INDUSTRIES = (
    Industry("1310", "面业", 0.070, 7200, 0.17, 0.012, 0.035, 190, 330, 0.035, 0.040, 0.010, "food"),
    Industry("1371", "果蔬加工", 0.075, 5200, 0.22, 0.014, 0.045, 130, 240, 0.045, 0.080, 0.015, "food"),
    Industry("1432", "食品", 0.040, 5600, 0.25, 0.025, 0.055, 110, 250, 0.060, 0.090, 0.020, "food"),
    Industry("1512", "酒业", 0.075, 8200, 0.48, 0.165, 0.130, 120, 260, 0.070, 0.160, 0.030, "liquor"),
    Industry("1521", "饮料", 0.012, 6000, 0.30, 0.045, 0.060, 120, 280, 0.050, 0.070, 0.015, "food"),
    Industry("1711", "纺织", 0.045, 5800, 0.22, 0.018, 0.035, 75, 210, 0.110, 0.060, 0.020),
    Industry("1811", "服饰", 0.060, 4300, 0.28, 0.022, 0.040, 42, 190, 0.030, 0.010, 0.005),
    Industry("1953", "鞋业", 0.020, 4600, 0.27, 0.020, 0.040, 45, 200, 0.030, 0.010, 0.004),
    Industry("2021", "板材", 0.062, 4400, 0.22, 0.020, 0.040, 70, 150, 0.060, 0.010, 0.040),
    Industry("2110", "家具", 0.018, 4200, 0.25, 0.024, 0.045, 55, 160, 0.030, 0.005, 0.004),
    Industry("2231", "纸品", 0.014, 6200, 0.20, 0.026, 0.035, 100, 220, 0.140, 0.090, 0.060),
    Industry("2319", "印务", 0.012, 4300, 0.26, 0.026, 0.050, 75, 230, 0.030, 0.004, 0.004),
    Industry("2434", "工艺", 0.020, 3900, 0.28, 0.020, 0.045, 48, 180, 0.020, 0.003, 0.003),
    Industry("2614", "化工", 0.025, 9800, 0.22, 0.036, 0.055, 170, 260, 0.310, 0.080, 0.150),
    Industry("2730", "中药饮片", 0.150, 8800, 0.28, 0.032, 0.065, 120, 300, 0.030, 0.050, 0.012, "herbs"),
    Industry("2740", "药业", 0.025, 13500, 0.38, 0.062, 0.110, 95, 330, 0.050, 0.090, 0.015, "herbs"),
    Industry("2926", "塑料", 0.038, 5400, 0.22, 0.024, 0.045, 95, 230, 0.090, 0.010, 0.006),
    Industry("3021", "水泥制品", 0.060, 6200, 0.24, 0.034, 0.060, 110, 140, 0.120, 0.004, 0.080, "building"),
    Industry("3031", "新型建材", 0.040, 4100, 0.26, 0.036, 0.055, 70, 110, 0.380, 0.003, 0.300, "building"),
    Industry("3311", "钢构", 0.045, 9600, 0.19, 0.028, 0.045, 120, 220, 0.060, 0.003, 0.020, "building"),
    Industry("3484", "机械", 0.022, 5600, 0.26, 0.030, 0.055, 80, 240, 0.030, 0.003, 0.004),
    Industry("3572", "农机装备", 0.022, 5900, 0.25, 0.028, 0.050, 85, 220, 0.030, 0.003, 0.004),
    Industry("3670", "汽车零部件", 0.040, 11000, 0.22, 0.030, 0.045, 110, 320, 0.040, 0.004, 0.006),
    Industry("3831", "电缆", 0.022, 8800, 0.19, 0.028, 0.045, 160, 330, 0.025, 0.002, 0.003),
    Industry("3982", "电子", 0.014, 7600, 0.23, 0.022, 0.050, 90, 360, 0.040, 0.004, 0.002),
    Industry("4220", "再生资源", 0.012, 8200, 0.15, 0.060, 0.030, 180, 240, 0.050, 0.006, 0.008),
    Industry("0610", "煤业", 0.006, 260000, 0.58, 0.110, 0.120, 75, 900, 0.160, 0.020, 0.020),
    Industry("4412", "热电", 0.014, 32000, 0.30, 0.040, 0.030, 320, 380, 1.450, 0.010, 0.700, "even", True),
    Industry(
        "4511", "燃气", 0.006, 21000, 0.18, 0.030, 0.060, 300, 700, 0.020, 0.001, 0.001, "heating", True
    ),
    Industry("4610", "供水", 0.006, 5200, 0.42, 0.050, 0.080, 60, 90, 0.120, 0.001, 0.001, "even", True),
)

SEASONS = {
    "even": (68, 62, 85, 84, 85, 90, 84, 84, 88, 87, 89, 94),
    "food": (92, 70, 78, 78, 80, 82, 80, 84, 92, 88, 86, 90),
    "liquor": (150, 86, 74, 60, 62, 70, 66, 76, 112, 78, 74, 92),
    "herbs": (78, 66, 86, 84, 82, 88, 80, 82, 90, 88, 88, 88),
    "building": (52, 42, 78, 92, 96, 94, 88, 90, 96, 98, 96, 78),
    "heating": (150, 128, 92, 66, 56, 52, 54, 54, 58, 70, 96, 124),
}
"""Relative weight of each month, January first (本项目默认值)."""


@dataclass(frozen=True)
class LibraryYear:
    """Movements of the library in one year at size 1; ``restored`` come on top of the entries."""

    annual: int
    monthly: int
    monthly_december: int
    restored: int
    left_january: int
    left_later: int


INITIAL_STOCK = 560
LIBRARY_YEARS = {
    2019: LibraryYear(40, 30, 2, 0, 38, 6),
    2020: LibraryYear(42, 28, 2, 2, 42, 5),
    2021: LibraryYear(58, 33, 3, 0, 36, 5),
    2022: LibraryYear(50, 31, 3, 3, 30, 4),
    2023: LibraryYear(72, 38, 4, 3, 28, 5),
    2024: LibraryYear(85, 43, 4, 3, 32, 5),
}
"""Balanced: 91 firms enter in 2021 January–November, 665 are in at 2021-11 (中国工业报 2022-02-23)."""

BELOW_SCALE_FIRMS = 6000
"""Firms outside the library at size 1."""
