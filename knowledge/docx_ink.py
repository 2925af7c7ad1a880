"""Text of a Word document that nobody sees: hidden, white on white, or too small to read. It is taken out before reading."""

from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SMALLEST = 4  # half points
_PLAIN_GROUNDS = ("", "auto", "FFFFFF")


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
    vanish = _first(chain, "vanish")
    if vanish is not None and vanish.get(f"{_W}val") not in ("0", "false", "off", "none"):
        return False
    size = _first(chain, "sz")
    if size is not None and size.get(f"{_W}val", "").isdigit() and int(size.get(f"{_W}val")) <= _SMALLEST:
        return False
    colour = _first(chain, "color")
    if colour is None:
        return True
    white = colour.get(f"{_W}val", "").upper() == "FFFFFF" or colour.get(f"{_W}themeColor") == "background1"
    return not white or _on_a_ground(run, chain)


def _first(chain: list[Any], name: str) -> Any:
    return next((found for one in chain if (found := one.find(f"{_W}{name}")) is not None), None)


def _on_a_ground(run: Any, chain: list[Any]) -> bool:
    """White letters can be read on a shaded run, paragraph or cell, or with a marker pen."""
    if _first(chain, "highlight") is not None:
        return True
    holders = [*run.iterancestors(f"{_W}p"), *run.iterancestors(f"{_W}tc")]
    shades = [_first(chain, "shd"), *(shade for holder in holders for shade in holder.findall(f"./*/{_W}shd"))]
    return any(shade is not None and shade.get(f"{_W}fill", "").upper() not in _PLAIN_GROUNDS for shade in shades)
