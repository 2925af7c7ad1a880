"""Markdown that loads nothing and leads nowhere unseen. Pure.

Pictures are left out with their descriptions; of links only those to web, mail and phone stay, without their hidden titles.
"""

import html
import re

from knowledge.text import clean

_IMAGE = re.compile(r"!\[[^\]]{0,2000}\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])?")
_LINK = re.compile(
    r"\[([^\[\]]{0,2000})\]\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+[^()]*(?:\([^()]*\))?[^()]*)?\)"
)
_SCHEMES = r"(?:data:[\w.+-]+[/;,]|javascript\s*:|vbscript\s*:|file:/|blob:|ftp://|wss?://)"
_OTHER_LINK = re.compile(rf"\[([^\[\]]{{0,500}})\]\(\s*<?{_SCHEMES}[^\n()]*(?:\([^\n()]*\)[^\n()]*)*\)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(rf"<?\b{_SCHEMES}[^\s<>)\]]*>?", re.IGNORECASE)
_KEPT = re.compile(r"(?:https?://|mailto:|tel:|#|/)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def inert(text: str) -> str:
    """The Markdown a reader sees, with nothing in it that a page would load by itself."""
    text = _ENTITY.sub(_shown_sign, text)
    text = _IMAGE.sub("", text)
    text = _OTHER_LINK.sub(r"\1", text)
    text = _LINK.sub(_plain_link, text)
    return _OTHER_SCHEME.sub("", text)


def _shown_sign(match: re.Match[str]) -> str:
    """Letters written as numbers become letters, so that they are judged like the rest; `<`, `>` and `&` stay written out."""
    sign = html.unescape(match.group())
    return match.group() if sign in ("<", ">", "&") else clean(sign)


def _plain_link(match: re.Match[str]) -> str:
    label, target = match.group(1).strip(), match.group(2).strip()
    if not label:
        return ""
    return f"[{label}]({target})" if _KEPT.match(target) else label
