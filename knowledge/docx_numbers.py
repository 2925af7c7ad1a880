"""The numbers Word counts by itself: they stand in no paragraph, only in the list a paragraph belongs to.

Source: ECMA-376 part 1, 17.9 (numbering).
"""

from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ORDINALS = {
    1: ("First", "Primera"), 2: ("Second", "Segunda"), 3: ("Third", "Tercera"), 4: ("Fourth", "Cuarta"),
    5: ("Fifth", "Quinta"), 6: ("Sixth", "Sexta"), 7: ("Seventh", "Séptima"), 8: ("Eighth", "Octava"),
    9: ("Ninth", "Novena"), 10: ("Tenth", "Décima"), 11: ("Eleventh", "Undécima"), 12: ("Twelfth", "Duodécima"),
}  # fmt: skip
_ROMANS = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LEVELS = 9


class _Level:
    """One level of a list: how it counts and what it shows (`%1.%2.`)."""

    def __init__(self, element: Any) -> None:
        self.format = _value(element, "numFmt") or "decimal"
        self.text = _value(element, "lvlText") or ""
        self.start = int(_value(element, "start") or 1)
        restart = _value(element, "lvlRestart")
        self.restarts = restart != "0"
        self.legal = element.find(f"{_W}isLgl") is not None
        self.style = _value(element, "pStyle") or ""


class Numbers:
    """Counts the paragraphs of every list, in the order they are asked for."""

    def __init__(self, opened: Any, styles: dict[str, Any]) -> None:
        self._styles = styles
        self._lists: dict[str, dict[int, _Level]] = {}
        self._group: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._begun: set[tuple[str, int]] = set()
        root = _numbering_root(opened)
        if root is not None:
            self._read(root)

    def _read(self, root: Any) -> None:
        abstract = {one.get(f"{_W}abstractNumId"): one for one in root.iterchildren(f"{_W}abstractNum")}
        linked = {_value(one, "styleLink"): one for one in abstract.values() if _value(one, "styleLink")}
        for number in root.iterchildren(f"{_W}num"):
            name = number.get(f"{_W}numId")
            group = _value(number, "abstractNumId") or ""
            held = abstract.get(group)
            if held is not None and _value(held, "numStyleLink"):
                held = linked.get(_value(held, "numStyleLink"), held)
            levels = {_depth(one): _Level(one) for one in held.iterchildren(f"{_W}lvl")} if held is not None else {}
            for change in number.iterchildren(f"{_W}lvlOverride"):
                depth = _depth(change)
                own = change.find(f"{_W}lvl")
                if own is not None:
                    levels[depth] = _Level(own)
                start = _value(change, "startOverride")
                if start is not None:
                    self._starts[name, depth] = int(start)
            self._lists[name], self._group[name] = levels, group

    def label(self, paragraph: Any, style: Any) -> str:
        """What Word prints before this paragraph: `3.1`, `a)`; empty for none and for bullets. Counts it."""
        name, depth = self._list_of(paragraph, style)
        levels = self._lists.get(name, {})
        level = levels.get(depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(self._group[name], [0] * _LEVELS)
        self._count(name, depth, levels, counts)
        if level.format in ("bullet", "none"):
            return ""
        return self._shown(level, levels, counts)

    def _count(self, name: str, depth: int, levels: dict[int, _Level], counts: list[int]) -> None:
        start = self._starts.get((name, depth))
        if start is not None and (name, depth) not in self._begun:
            counts[depth] = start
        elif counts[depth] == 0:
            counts[depth] = levels[depth].start
        else:
            counts[depth] += 1
        self._begun.add((name, depth))
        for above in range(depth):
            if counts[above] == 0 and above in levels:
                counts[above] = levels[above].start
        for below in range(depth + 1, _LEVELS):
            if below not in levels or levels[below].restarts:
                counts[below] = 0

    def _shown(self, level: _Level, levels: dict[int, _Level], counts: list[int]) -> str:
        text = level.text
        for depth in range(_LEVELS):
            if f"%{depth + 1}" in text:
                form = levels[depth].format if depth in levels else "decimal"
                text = text.replace(f"%{depth + 1}", written(counts[depth], "decimal" if level.legal else form))
        return text.strip()

    def _list_of(self, paragraph: Any, style: Any) -> tuple[str, int]:
        """The list and the level, from the paragraph itself or from its style."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        name, depth = (_value(own, "numId"), _value(own, "ilvl")) if own is not None else (None, None)
        while name is None and style is not None:
            held = style.element.find(f"{_W}pPr/{_W}numPr")
            if held is not None:
                name = _value(held, "numId")
                depth = depth or _value(held, "ilvl") or self._level_of_style(name, style)
            style = style.base_style
        return (name or "0"), int(depth or 0)

    def _level_of_style(self, name: str | None, style: Any) -> str | None:
        levels = self._lists.get(name or "", {})
        return next((str(depth) for depth, level in levels.items() if level.style == style.style_id), None)


def written(number: int, form: str) -> str:
    """A count as Word writes it in this format; figures for formats that are not contracts' ways."""
    if form in ("upperRoman", "lowerRoman"):
        roman = _roman(number)
        return roman.upper() if form == "upperRoman" else roman
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form == "ordinalText" and number in _ORDINALS:
        return _ORDINALS[number][1]
    if form == "decimalZero":
        return f"{number:02d}"
    return f"{number}º" if form == "ordinal" else str(number)


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMANS:
        text += letters * (number // value)
        number %= value
    return text


def _numbering_root(opened: Any) -> Any:
    from docx.opc.constants import RELATIONSHIP_TYPE

    for relation in opened.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.NUMBERING:
            return relation.target_part.element
    return None


def _value(element: Any, name: str) -> str | None:
    found = element.find(f"{_W}{name}") if element is not None else None
    return None if found is None else found.get(f"{_W}val")


def _depth(element: Any) -> int:
    return int(element.get(f"{_W}ilvl"))
