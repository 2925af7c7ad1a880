"""The numbers a browser prints before the items of an ordered list: they stand in no text, only in `<ol>`."""

from typing import Any

from knowledge.docx_numbers import written

_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_CSS = {
    "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i", "upper-roman": "I",
}  # fmt: skip


def write_list_numbers(soup: Any) -> None:
    """Put before each item of each ordered list what is printed there. Figures inside figures carry those above: `7.1.`"""
    for listed in soup.find_all("ol"):
        style = str(listed.get("style", "")).replace(" ", "")
        if "list-style:none" in style or "list-style-type:none" in style:
            continue
        kind = next(
            (kind for css, kind in _CSS.items() if f"list-style-type:{css}" in style), str(listed.get("type", "1"))
        )
        _write(soup, listed, kind)


def _write(soup: Any, listed: Any, kind: str) -> None:
    items = listed.find_all("li", recursive=False)
    backwards = listed.has_attr("reversed")
    number = _whole(listed.get("start"), len(items) if backwards else 1)
    holder = listed.find_parent("li")
    above = str(holder.get("data-number", "")) if holder is not None else ""
    for item in items:
        number = _whole(item.get("value"), number)
        if kind in _FORMS:
            label = f"{written(number, _FORMS[kind])}{'.' if kind in 'AI' else ')'}"
        else:
            item["data-number"] = f"{above}.{number}" if above else str(number)
            label = f"{item['data-number']}."
        _insert(soup, item, label)
        number += -1 if backwards else 1


def _insert(soup: Any, item: Any, label: str) -> None:
    """Before the first text of the item, inside its first paragraph if it has one."""
    from bs4.element import NavigableString

    holder = item
    for child in item.children:
        if isinstance(child, NavigableString):
            if child.strip():
                break
            continue
        if child.name in ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6"):
            holder = child
        break
    holder.insert(0, soup.new_string(f"{label} "))


def _whole(value: Any, otherwise: int) -> int:
    return int(value) if str(value or "").lstrip("-").isdigit() else otherwise
