"""What differs between a person's contract and the newest one, as a person of the company confirmed it. Pure."""

import re
from functools import cache

from bot.events import Talk
from bot.replies import phrase
from bot.text import bare, word_file
from knowledge.answers import Drafted, why_not_grounded
from knowledge.passages import Altered, NotGrounded, Quoted
from records.types import Citation, Language

MOST = 4
"""Changes that are quoted; where there are more, the headings of the others are named."""


def asks_what_changes(text: str) -> bool:
    """Is it asked how the new terms differ ("¿qué cambia en las condiciones?", "what differs in the new terms?")?"""
    asks, never = _words()
    told = bare(text)
    return bool(asks.search(told)) and not never.search(told)


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = word_file()["alterations"]
    asks, never = ("|".join(f"(?:{one})" for one in words[name]) for name in ("asks", "never"))
    return re.compile(rf"\b(?:{asks})"), re.compile(rf"\b(?:{never})\b")


def told_alterations(talk: Talk, altered: tuple[Altered, ...]) -> Drafted | None:
    """The changes, each quoted on both sides; None unless all that is said stands in the two contracts."""
    shown, left = altered[:MOST], altered[MOST:]
    quotes = tuple(quote for one in shown for quote in (one.old, one.new) if quote is not None)
    text = "\n\n".join(
        [phrase("altered.heading", talk.language), *(_told(one, talk.language) for one in shown), *_more(talk, left)]
    )
    passages = tuple(dict.fromkeys(quote.passage for quote in quotes))
    cited = tuple(dict.fromkeys(_citation(quote) for quote in quotes))
    try:
        made = Drafted(text, cited, passages)
    except NotGrounded:
        return None
    return None if why_not_grounded(made, passages) else made


def _told(one: Altered, language: Language) -> str:
    sides = (("was", one.old), ("now", one.new)) if one.old and one.new else (("gone", one.old), ("new", one.new))
    return "\n".join(
        phrase(f"altered.{name}", language, clause=_clause(quote, language), quote=quote.quote)
        for name, quote in sides
        if quote is not None
    )


def _clause(quote: Quoted, language: Language) -> str:
    path, heading = quote.passage.path.split(" · ")[0], quote.passage.title
    if not path[:1].isdigit():
        return heading or path
    return phrase("altered.clause" if heading else "altered.bare", language, path=path, heading=heading)


def _more(talk: Talk, left: tuple[Altered, ...]) -> tuple[str, ...]:
    if not left:
        return ()
    quotes = [quote for one in left if (quote := one.new or one.old)]
    named = tuple(dict.fromkeys(quote.passage.title for quote in quotes if quote.passage.title))
    key = "altered.more" if named else "altered.more_bare"
    return (phrase(key, talk.language, headings=", ".join(named)),)


def _citation(quote: Quoted) -> Citation:
    return Citation(quote.passage.source, quote.passage.path, quote.quote, quote.passage.title)
