"""Reading YAML that people write: a slip of syntax or of content is told with file and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from fuyou_pipeline.errors import FuyouError

M = TypeVar("M", bound=BaseModel)
_BRANCHES = {"flag", "condition", "number", "statistic"}
HINT = "请按 docs/evaluation.md 和 docs/schema/scheme.schema.json 改正后重试。"


class SchemeError(FuyouError):
    """One or more mistakes in scheme or indicator files; ``problems`` holds each on its own."""

    def __init__(self, problems: list[FuyouError]) -> None:
        self.problems = problems
        first = problems[0]
        others = "".join(f"；另有 {p.where.get('path', '')}：{p.message}" for p in problems[1:])
        super().__init__(first.code, first.message + others, hint=first.hint, **first.where)


# The C reader is ten times as fast; it is missing where PyYAML was built without libyaml.
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_BASE):
    """PyYAML keeps the last of two equal keys in silence; a weight written twice must not vanish."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"键 {key} 重复", key_node.start_mark)
            seen.add(key)
        content: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return content


def read_yaml(path: Path) -> Any:
    """The content of one file.

    Raises:
        SchemeError: ``file-unreadable`` or ``yaml-invalid`` with the line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_StrictLoader)
    except (OSError, UnicodeDecodeError) as error:
        reason = "文件不存在或无法打开。" if isinstance(error, OSError) else "文件不是 UTF-8 编码。"
        raise SchemeError([FuyouError("file-unreadable", reason, hint=HINT, file=path.name)]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else None
        problem = getattr(error, "problem", None) or error
        reason = f"YAML 写法有误，多为缩进不齐、冒号后缺空格或引号不成对（{problem}）。"
        raise SchemeError(
            [FuyouError("yaml-invalid", reason, hint=HINT, file=path.name, path=place)]
        ) from error


def validated(model: type[M], content: Any, file: str, prefix: str = "") -> M:
    """``content`` as ``model``; ``prefix`` is where in the file it lies.

    Raises:
        SchemeError: every mistake with file, path in the file and Chinese reason.
    """
    if not isinstance(content, dict):
        raise SchemeError(
            [FuyouError("yaml-invalid", "应为“键: 值”的清单。", hint=HINT, file=file, path=prefix or None)]
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise SchemeError([_problem(e, content, file, prefix) for e in error.errors()]) from error


def _problem(error: Any, content: Any, file: str, prefix: str) -> FuyouError:
    context = error.get("ctx", {})
    place = _place((*error["loc"], *context.get("at", ())), content)
    path = ".".join(part for part in (prefix, place) if part)
    code = context.get("code") or ("key-unknown" if error["type"] == "extra_forbidden" else "scheme-invalid")
    return FuyouError(code, _reason(error, context), hint=HINT, file=file, path=path or None)


def _place(location: tuple[Any, ...], content: Any) -> str:
    """``groups[0].indicators[2].weight``: steps that can be taken in the file, and the last, missing one.

    pydantic also lists the branch of a union that it tried (``ratio``, ``statistic``), which nobody wrote.
    """
    path, here = "", content
    for number, step in enumerate(location):
        last = number == len(location) - 1
        if isinstance(step, int) and isinstance(here, list):
            path, here = f"{path}[{step}]", here[step] if step < len(here) else None
        elif isinstance(here, dict) and (step in here or (last and step not in _BRANCHES)):
            path, here = f"{path}.{step}" if path else str(step), here.get(step)
    return path


def _reason(error: Any, context: dict[str, Any]) -> str:
    kind, value = error["type"], error.get("input")
    fixed = {
        "extra_forbidden": "没有这个键，请检查拼写。",
        "missing": "缺少必填项。",
        "union_tag_not_found": "缺少 kind（评分方式）。",
        "union_tag_invalid": f"没有这种评分方式：{context.get('tag')}；"
        "可用 ratio、minmax、ratio_to_max、inverse_mean、bands。",
        "literal_error": f"“{value}”不是可选值，可选：{context.get('expected')}。".replace(" or ", "、")
        .replace(", ", "、")
        .replace("'", ""),
        "string_pattern_mismatch": f"“{value}”的写法不合要求（应符合 {context.get('pattern')}）。",
        "greater_than": f"应大于 {context.get('gt')}，现为 {value}。",
        "greater_than_equal": f"应不小于 {context.get('ge')}，现为 {value}。",
        "less_than": f"应小于 {context.get('lt')}，现为 {value}。",
        "less_than_equal": f"应不大于 {context.get('le')}，现为 {value}。",
        "too_short": "不能为空。",
        "string_too_short": "不能为空。",
        "too_long": f"最多 {context.get('max_length')} 条。",
        "decimal_max_places": f"最多 {context.get('decimal_places')} 位小数，现为 {value}。",
        "fuyou": context.get("reason", ""),
    }
    if kind in fixed:
        return fixed[kind]
    for ending, expected in (
        ("bool_type", "是/否（true 或 false）"),
        ("bool_parsing", "是/否（true 或 false）"),
        ("list_type", "清单"),
        ("dict_type", "“键: 值”的清单"),
        ("model_type", "“键: 值”的清单"),
        ("model_attributes_type", "“键: 值”的清单"),
        ("string_type", "文字（数字代码请加引号）"),
    ):
        if kind.endswith(ending):
            return f"应填写{expected}，现为 {value}。"
    if kind.startswith(("decimal", "int", "float", "finite")):
        return f"应填写数字，现为 {value}。"
    if kind.startswith("date"):
        return f"应填写日期（如 2022-01-01），现为 {value}。"
    return f"{error['msg']}（现为 {value}）。"
