"""What is wrong with a plan, in sentences: file and line, key, the value that stands there, what to write instead. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def faults_of(error: ValidationError, file: str, data: object) -> str:
    """One line for each key at fault, in the order of the plan. `data` is the plan as it was read."""
    items = error.errors()
    inner = [item["loc"] for item in items]
    return "\n".join(_line_about(item, file, data) for item in items if not _only_follows(item, inner))


def _only_follows(item: ErrorDetails, others: Sequence[tuple[int | str, ...]]) -> bool:
    """A list that has too few values because those in it were refused."""
    loc = item["loc"]
    return item["type"] == "too_short" and any(other[: len(loc)] == loc and other != loc for other in others)


def _line_about(item: ErrorDetails, file: str, data: object) -> str:
    keys = [part for part in item["loc"] if isinstance(part, str | int)]
    name = ".".join(str(part) for part in keys) or "plan"
    number = _line(data, keys)
    return f"{file}{f':{number}' if number else ''}: `{name}`: {_said(item)}"


_MESSAGES = {
    "missing": "is missing; add it",
    "unexpected_keyword_argument": "is not a key of a plan; check the spelling (`relevo campaign schema` lists them)",
    "dataclass_type": "holds keys of its own; write them below it, or between { and }",
    "tuple_type": "is a list; write it with [ and ], or one line each with - in front",
    "too_short": "is empty; write at least one",
}
"""What is said without the value, by kind of fault."""

_INSTEAD = {
    "string_pattern_mismatch": "cannot be a name; use small letters, digits and hyphens",
    "string_type": "is no text; put it in quotes",
    "bool_type": "is neither yes nor no; write true or false",
    "bool_parsing": "is neither yes nor no; write true or false",
    "date_type": "is no day; write it like 2027-03-01",
    "date_parsing": "is no day; write it like 2027-03-01",
    "date_from_datetime_parsing": "is no day; write it like 2027-03-01",
    "date_from_datetime_inexact": "is no day; write it like 2027-03-01",
    "int_type": "is no whole number; write digits only",
    "int_parsing": "is no whole number; write digits only",
    "int_from_float": "is no whole number; write digits only",
    "decimal_type": "is no number; write digits, with . before the decimals",
    "decimal_parsing": "is no number; write digits, with . before the decimals",
    "enum": "is not known here; write one of {expected}",
    "greater_than": "is too little; write more than {gt}",
    "greater_than_equal": "is too little; write {ge} or more",
    "less_than": "is too much; write less than {lt}",
    "less_than_equal": "is too much; write {le} or less",
}
"""What is said of the value that stands there."""


def _said(item: ErrorDetails) -> str:
    kind, value = item["type"], item["input"]
    if kind in _MESSAGES:
        return _MESSAGES[kind]
    if kind in _INSTEAD:
        return f"{_shown(value)} {_INSTEAD[kind].format_map(item.get('ctx', {}))}"
    text = item["msg"].removeprefix("Value error, ")
    return f"{_shown(value)} cannot stand here; {text}" if isinstance(value, str | int | float) else text


def _shown(value: object) -> str:
    """At most 40 signs of it."""
    text = str(value)
    return f"'{text if len(text) <= 40 else text[:39] + '…'}'"


def _line(data: object, keys: Sequence[str | int]) -> int | None:
    """Where the innermost known key stands, counting from 1; None for values that came from no file."""
    found: int | None = None
    node: Any = data
    for key in keys:
        marks = getattr(node, "lc", None)
        if marks is None:
            break
        try:
            found = (marks.key(key) if isinstance(node, Mapping) else marks.item(key))[0] + 1
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return found or marks.line + 1
    return found
