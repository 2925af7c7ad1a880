"""What a browser would not show of a page: by attribute, by style, by the page's own style sheet, by colour on the same colour;
and what is struck out, which its author has taken back.

Only what stands in the page itself is judged; a page's external style sheets are never fetched. Where in doubt the text is left
out: a sentence less is found, and nobody puts words into an answer that no reader has seen.
"""

import re
from collections.abc import Iterator
from typing import Any

NEVER_SHOWN = (
    "script", "style", "template", "noscript", "head", "iframe", "object", "embed", "svg", "canvas", "nav", "form", "audio",
    "video", "datalist", "dialog", "math", "textarea", "select", "title", "del", "s", "strike",
)  # fmt: skip
_UNSEEN_CLASSES = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "hidden", "d-none", "invisible")
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|opacity\s*:\s*(?:0?\.0\d*|0)\s*(?:!|;|$)|font-size\s*:\s*(?:0|[01](?:\.\d+)?\s*p[xt]|0?\.\d+\s*(?:px|pt|r?em)|[0-9]%)"
    r"|text-decoration(?:-line)?\s*:[^;]*line-through|filter\s*:[^;]*opacity\(\s*(?:0?\.0\d*|0)%?\s*\)|zoom\s*:\s*(?:0|0?\.0\d*|\d%)\s*(?:!|;|$)"
    r"|(?<![-\w])font\s*:[^;]*(?<![\w.#/-])0(?:\.0+)?(?:p[xt]|r?em|%)?[\s/]"
    r"|(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*:\s*-(?:\d{3,}|\d{2,}(?:\.\d+)?(?:r?em|ch|v[wh]))"
    r"|translate[xy]?\(\s*-\d{3,}"
    r"|scale[xy]?\(\s*0(?:\.0+)?\s*[,)]|clip(?:-path)?\s*:\s*(?:rect\(\s*[01]|inset\(\s*(?:50|100)%)"
    r"|(?<![-\w])(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:!|;|$)|(?<!-)color\s*:\s*transparent"
    r"|(?<![-\w])color\s*:\s*(?:#(?:[0-9a-f]{3}0|[0-9a-f]{6}0[0-9a-f])\b|(?:rgb|hsl)a?\((?:[^,()]+,){3}\s*0?\.?0*%?\s*\)"
    r"|(?:rgb|hsl)a?\([^/()]+/\s*0?\.?0*%?\s*\))"
    r"|-webkit-text-fill-color\s*:\s*transparent",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(r"(?<![-\w])background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CSS_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_MOST_RULES = 2_000
_WHITE = (255, 255, 255)
_NAMED = {
    "white": _WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0),
}
_NEAR = 24  # of 255 in each channel: no reader tells these two apart


def drop_hidden(soup: Any) -> None:
    """Take out of the page whatever is not shown."""
    from bs4.element import PreformattedString

    styled = [tag for rule in _sheet(soup) for tag in _chosen(soup, rule)]
    for held in soup.find_all(string=lambda value: isinstance(value, PreformattedString)):
        held.extract()
    for tag in [*soup.find_all(_is_hidden), *styled]:
        if not tag.decomposed:
            tag.decompose()
    for tag in soup.find_all(_has_colour):
        if not tag.decomposed and _blends(tag):
            tag.decompose()


def _is_hidden(tag: Any) -> bool:
    if tag.name in NEVER_SHOWN or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if tag.name == "font" and str(tag.get("size", "")) == "0":
        return True
    classes = tag.get("class") or []
    return bool(_UNSEEN.search(_style(tag))) or not _UNSEEN_CLASSES.isdisjoint(map(str.lower, classes))


def _style(tag: Any) -> str:
    return _css(str(tag.get("style", "")))


def _css(text: str) -> str:
    """Declarations as a browser reads them: without comments, and `dis\\70lay` as `display`."""
    return _CSS_ESCAPE.sub(_escaped, _CSS_COMMENT.sub("", text))


def _escaped(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return chr(code) if code <= 0x10FFFF else ""


def _sheet(soup: Any) -> Iterator[str]:
    """Selectors of the page's own rules that hide what they choose."""
    text = " ".join(_css(style.get_text()) for style in soup.find_all("style"))
    for count, rule in enumerate(_RULE.finditer(text)):
        colour, ground = _COLOUR.search(rule.group(2)), _GROUND.search(rule.group(2))
        same = colour is not None and alike(_rgb(colour.group(1)), _rgb(ground.group(1)) if ground else _WHITE)
        if count < _MOST_RULES and (same or _UNSEEN.search(rule.group(2))):
            yield rule.group(1).strip()


def _chosen(soup: Any, selector: str) -> list[Any]:
    """What a selector chooses; nothing for one that is no plain CSS (`@media print`, `a:hover`)."""
    from soupsieve import SelectorSyntaxError

    try:
        return [tag for tag in soup.select(selector) if tag.name not in ("html", "body")]
    except (SelectorSyntaxError, NotImplementedError, ValueError):
        return []


def _has_colour(tag: Any) -> bool:
    return bool(_COLOUR.search(_style(tag))) or tag.has_attr("color")


def _blends(tag: Any) -> bool:
    """Is the text of the colour it stands on?"""
    stated = _COLOUR.search(_style(tag))
    colour = _rgb(stated.group(1) if stated else str(tag.get("color", "")))
    return alike(colour, _ground_of(tag))


def _ground_of(tag: Any) -> tuple[int, int, int] | None:
    """The nearest colour behind a tag; white at the bottom, None for a picture or what cannot be read."""
    for one in (tag, *tag.parents):
        stated = _GROUND.search(_style(one)) if one.name != "[document]" else None
        if stated:
            return _rgb(stated.group(1))
        if one.name != "[document]" and one.has_attr("bgcolor"):
            return _rgb(str(one["bgcolor"]))
    return _WHITE


def alike(one: tuple[int, int, int] | None, other: tuple[int, int, int] | None) -> bool:
    """Can nobody tell these two colours apart? False where one of them is not known."""
    return one is not None and other is not None and all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))


def _rgb(text: str) -> tuple[int, int, int] | None:
    """`#fff`, `#ffffff`, `rgb(255, 255, 255)`, `white`; None for the rest."""
    text = text.strip().lower()
    digits = re.search(r"#([0-9a-f]{3,8})\b", text)
    if digits and len(digits.group(1)) in (3, 4):
        red, green, blue = (int(char * 2, 16) for char in digits.group(1)[:3])
        return red, green, blue
    if digits and len(digits.group(1)) in (6, 8):
        return int(digits.group(1)[:2], 16), int(digits.group(1)[2:4], 16), int(digits.group(1)[4:6], 16)
    numbers = re.search(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)", text)
    if numbers:
        return int(numbers.group(1)), int(numbers.group(2)), int(numbers.group(3))
    light = re.search(r"hsla?\(\s*[^,\s]+[,\s]+[^,\s]+[,\s]+(\d+)(?:\.\d+)?%", text)
    if light and int(light.group(1)) >= 95:
        return _WHITE
    return next((value for name, value in _NAMED.items() if re.search(rf"\b{name}\b", text)), None)
