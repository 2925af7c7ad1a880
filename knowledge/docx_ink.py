"""Text of a Word document that nobody sees: hidden, of the colour it stands on, or too small to read; and what is struck
out, which its author has taken back. It is taken out before reading.
"""

import re
from typing import Any

from knowledge.hidden import alike

Colour = tuple[int, int, int]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SMALLEST = 4  # half points
_NARROWEST = 10  # per cent of a letter's width
_TAKEN_AWAY = ("vanish", "specVanish", "strike", "dstrike")
_NO_FILL = ("", "AUTO")
_HEX = re.compile(r"[0-9A-Fa-f]{6}")
_WHITE = (255, 255, 255)
_PENS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00", "magenta": "FF00FF", "red": "FF0000",
    "yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000",
    "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000", "darkGray": "808080", "lightGray": "C0C0C0",
}  # fmt: skip
"""What Word calls its marker pens. Source: ECMA-376 part 1, 17.18.40."""


def drop_unseen(opened: Any) -> None:
    """Leave in an opened document only the runs a reader sees."""
    styles = {style.get(f"{_W}styleId"): style for style in opened.styles.element.iter(f"{_W}style")}
    for run in list(opened.element.body.iter(f"{_W}r")):
        if not _seen(run, _chain(run, styles)):
            run.getparent().remove(run)


def _chain(run: Any, styles: dict[str, Any]) -> list[Any]:
    """The properties that decide, nearest first: the run's own, its style's and that style's bases, then the paragraph's."""
    own = run.find(f"{_W}rPr")
    paragraph = run.getparent()
    while paragraph is not None and paragraph.tag != f"{_W}p":
        paragraph = paragraph.getparent()
    found = [] if own is None else [own]
    for holder, path in ((own, f"{_W}rStyle"), (paragraph, f"{_W}pPr/{_W}pStyle")):
        named = holder.find(path) if holder is not None else None
        found += _of_style(named.get(f"{_W}val") if named is not None else None, styles)
    return found


def _of_style(name: str | None, styles: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    seen: set[str] = set()
    while name in styles and name not in seen:
        seen.add(name)
        properties = styles[name].find(f"{_W}rPr")
        found += [] if properties is None else [properties]
        base = styles[name].find(f"{_W}basedOn")
        name = base.get(f"{_W}val") if base is not None else None
    return found


def _seen(run: Any, chain: list[Any]) -> bool:
    if any(_is_on(_first(chain, name)) for name in _TAKEN_AWAY):
        return False
    if _number(_first(chain, "sz"), _SMALLEST + 1) <= _SMALLEST or _number(_first(chain, "w"), 100) < _NARROWEST:
        return False
    colour = _first(chain, "color")
    return colour is None or not alike(_letters(colour), _ground(run, chain))


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{_W}val") not in ("0", "false", "off", "none")


def _number(found: Any, otherwise: int) -> int:
    value = found.get(f"{_W}val", "").removesuffix("%") if found is not None else ""
    return int(value) if value.isdigit() else otherwise


def _letters(colour: Any) -> Colour | None:
    """None for what Word chooses by itself, so that it can be read."""
    return _WHITE if colour.get(f"{_W}themeColor") == "background1" else _rgb(colour.get(f"{_W}val", ""))


def _rgb(text: str) -> Colour | None:
    return (int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)) if _HEX.fullmatch(text) else None


def _first(chain: list[Any], name: str) -> Any:
    return next((found for one in chain if (found := one.find(f"{_W}{name}")) is not None), None)


def _ground(run: Any, chain: list[Any]) -> Colour | None:
    """The colour behind the letters: the marker pen's, else the run's, paragraph's or cell's, else the white of the page."""
    pen = _first(chain, "highlight")
    if pen is not None and pen.get(f"{_W}val") in _PENS:
        return _rgb(_PENS[pen.get(f"{_W}val")])
    holders = [*run.iterancestors(f"{_W}p"), *run.iterancestors(f"{_W}tc")]
    shades = [_first(chain, "shd"), *(shade for holder in holders for shade in holder.findall(f"./*/{_W}shd"))]
    fills = [shade.get(f"{_W}fill", "").upper() for shade in shades if shade is not None]
    return next((_rgb(fill) for fill in fills if fill not in _NO_FILL), _WHITE)
