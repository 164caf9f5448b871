"""Reads the contracts in force: those of the package, and the office's own from ``reference/contracts/``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from fuyou_pipeline.contracts.labels import label_key
from fuyou_pipeline.contracts.model import Column, Contract
from fuyou_pipeline.dictionary.model import LOADER, FieldEntry, load_dictionary
from fuyou_pipeline.errors import FuyouError
from fuyou_pipeline.settings import Settings

PACKAGE_FOLDER = Path(__file__).parent
CODE = "contract-invalid"
_FIELD_TYPES = {
    "text": "string",
    "uscc": "string",
    "code": "string",
    "enum": "string",
    "month": "string",
    "integer": "bigint",
    "decimal": "decimal(24,8)",
    "date": "date",
    "bool": "boolean",
}
_REASONS = {
    "missing": "缺少此项",
    "extra_forbidden": "没有这个选项，请检查拼写",
    "string_pattern_mismatch": "只能用小写字母、数字和下划线，且以字母开头",
    "literal_error": "不是允许的取值",
    "too_short": "不能为空",
}


class Contracts(Mapping[str, Contract]):
    """Dataset → contract, in order of the name; ``problems`` tells which files were refused and why."""

    def __init__(self, contracts: dict[str, Contract], problems: list[FuyouError]) -> None:
        self._contracts = dict(sorted(contracts.items()))
        self.problems = problems

    def __getitem__(self, dataset: str) -> Contract:
        return self._contracts[dataset]

    def __iter__(self) -> Iterator[str]:
        return iter(self._contracts)

    def __len__(self) -> int:
        return len(self._contracts)


def load_contracts(settings: Settings) -> Contracts:
    """The contracts in force; an office's contract takes the place of the package's one for the same dataset.

    A contract with a mistake is left out and reported in ``problems``; the package's own stays in force
    when the mistake is in the office's replacement of it.
    """
    contracts: dict[str, Contract] = {}
    problems: list[FuyouError] = []
    origin: dict[str, Path] = {}
    load_dictionary()  # a mistake there is no single contract's mistake
    shipped = sorted(PACKAGE_FOLDER.glob("*.yaml"))
    for path in [*shipped, *settings.reference_files("contracts")]:
        try:
            contract = read_contract(path, is_shipped=path.parent == PACKAGE_FOLDER)
            earlier = origin.get(contract.dataset)
            if earlier is not None and earlier.parent == path.parent:
                raise _invalid(path, "dataset", f"报表 {contract.dataset} 已由 {earlier.name} 定义")
        except FuyouError as error:
            problems.append(error)
            continue
        contracts[contract.dataset] = contract
        origin[contract.dataset] = path
    return Contracts(contracts, problems)


def read_contract(path: Path, *, is_shipped: bool = False) -> Contract:
    """Read and validate one contract file.

    Raises:
        FuyouError: ``contract-invalid`` with the file, the path in the file and the reason.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except UnicodeDecodeError as error:
        raise _invalid(path, "", "文件不是 UTF-8 编码") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第 {mark.line + 1} 行" if mark else ""
        raise _invalid(path, place, f"不是有效的 YAML：{getattr(error, 'problem', error)}") from error
    if not isinstance(content, dict):
        raise _invalid(path, "", "文件应是“名称: 值”的结构")
    content = {**content, "columns": _with_dictionary(path, content.get("columns"))}
    try:
        contract = Contract.model_validate({**content, "is_shipped": is_shipped})
    except ValidationError as error:
        raise _explained(path, content, error) from error
    _check_labels(path, contract)
    if (
        not is_shipped
    ):  # of the shipped ones a test knows; the units library takes a third of a second to load
        _check_units(path, contract)
    return contract.model_copy(update={"hash": _digest(contract)})


def _with_dictionary(path: Path, columns: Any) -> Any:
    """Columns with label, meaning, unit, class and type filled in from the field of the same name."""
    if not isinstance(columns, list):
        return columns
    fields = load_dictionary().fields
    filled = []
    for number, given in enumerate(columns):
        if not isinstance(given, dict):
            raise _invalid(path, f"columns[{number}]", "列应写成 {name: …, labels: […], type: …}")
        field = fields.get(given.get("name", ""))
        column = given if field is None else _filled(path, number, given, field)
        labels = column.get("labels") or ([column["label"]] if column.get("label") else None)
        if isinstance(labels, list) and labels:
            filled.append({"label": str(labels[0]), **column, "labels": labels})
        else:
            filled.append(column)
    return filled


def _filled(path: Path, number: int, column: dict[str, Any], field: FieldEntry) -> dict[str, Any]:
    place = f"columns[{number}]（{field.name}）"
    known = {"label": field.label, "meaning": field.meaning, "class": field.class_, "unit": field.unit}
    column = {**{key: value for key, value in known.items() if value is not None}, **column}
    if column.get("unit") != field.unit:
        raise _invalid(path, place, f"同名列的单位须为 {field.unit or '无'}，不同单位请另取列名")
    if field.class_ == "personal" and column["class"] != "personal":
        raise _invalid(path, place, "此列在字典中是个人信息，不能放宽")
    if "type" not in column:
        back = {"string": "text", "bigint": "integer", "int": "integer", "boolean": "bool", "date": "date"}
        column["type"] = back.get(field.type, "decimal")
    elif _FIELD_TYPES.get(str(column["type"]), field.type) != field.type:
        raise _invalid(path, place, f"同名列在字典中的类型是 {field.type}，与 {column['type']} 不符")
    return column


def _check_labels(path: Path, contract: Contract) -> None:
    owner: dict[str, Column] = {}
    for number, column in enumerate(contract.columns):
        for label in column.labels:
            other = owner.setdefault(label_key(label), column)
            if other is not column:
                place = f"columns[{number}].labels（{column.name}）"
                raise _invalid(path, place, f"标签“{label}”也是列 {other.name} 的标签，无法区分")


def _check_units(path: Path, contract: Contract) -> None:
    from fuyou_pipeline.intake.units import is_unit

    for number, column in enumerate(contract.columns):
        for unit in filter(None, [column.unit, *column.accepts]):
            if not is_unit(unit):
                raise _invalid(path, f"columns[{number}].unit（{column.name}）", f"不认识的单位“{unit}”")


def _digest(contract: Contract) -> str:
    """Changes when a file could be parsed differently, not when a title or a description is polished."""
    wording = {"columns": {"__all__": {"label", "meaning"}}, "due": True, "hash": True, "is_shipped": True}
    text = contract.model_dump_json(by_alias=True, exclude=wording)  # type: ignore[arg-type]
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _explained(path: Path, content: dict[str, Any], error: ValidationError) -> FuyouError:
    first = error.errors()[0]
    place = ""
    for part in first["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    columns = content.get("columns")
    if len(first["loc"]) > 1 and first["loc"][0] == "columns" and isinstance(columns, list):
        place += f"（{columns[int(first['loc'][1])].get('name', '未命名')}）"
    reason = _REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
    if first["type"] == "literal_error":
        reason += f"，可用：{first['ctx']['expected']}"
    return _invalid(path, place, reason)


def _invalid(path: Path, place: str, reason: str) -> FuyouError:
    return FuyouError(
        CODE,
        f"报表契约有误：{reason}。",
        hint="请改正后重试；其他报表不受影响。",
        file=path.name,
        path=place or None,
    )
