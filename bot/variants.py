"""What sources say for different people, when it is not known which one this person is: each with whom it is for. Pure."""

from collections.abc import Callable
from dataclasses import replace

from bot.disputes import drafted_first
from bot.events import Talk
from bot.replies import day_text, phrase
from bot.wording import as_asked
from knowledge.answers import Drafted
from knowledge.passages import Found, Passage
from records.types import Citation, Language

MOST = 3


def told_apart(talk: Talk, found: Found, question: str) -> Drafted | None:
    """One text with what each says and for whom, each quoted from its own source; None unless all of them can be proven."""
    passages = (found.passages[0], *found.variants)[:MOST]
    drafts = [drafted_first(talk, question, replace(found, passages=(passage,))) for passage in passages]
    made = [one for one in drafts if one is not None]
    if len(made) < len(passages):
        return None
    blocks = [
        phrase("variants.one", talk.language, whom=whom(talk, passage), text=as_asked(question, passage, one.text))
        for passage, one in zip(passages, made, strict=True)
    ]
    text = "\n\n".join([phrase("variants.heading", talk.language), *blocks])
    citations: tuple[Citation, ...] = tuple(citation for one in made for citation in one.citations)
    return Drafted(text, citations, tuple(dict.fromkeys(passage for one in made for passage in one.passages)))


def whom(talk: Talk, passage: Passage) -> str:
    """Whom a text is for and when, in words: "contrato terms-2024, México, antes de tu cambio"."""
    named = [text for teller in _TELLERS if (text := teller(talk, passage))]
    return ", ".join(named) or phrase("variants.everybody", talk.language)


def _contract(talk: Talk, passage: Passage) -> str:
    versions = passage.reach.contracts or ((passage.contract,) if passage.contract else ())
    return phrase("variants.contract", talk.language, contract=", ".join(versions)) if versions else ""


def _country(talk: Talk, passage: Passage) -> str:
    from babel import Locale

    names = Locale(talk.language.value).territories
    return ", ".join(names.get(country, country) for country in passage.reach.countries)


def _stage(talk: Talk, passage: Passage) -> str:
    return phrase(f"variants.{passage.reach.stage}", talk.language) if passage.reach.stage else ""


def _segment(talk: Talk, passage: Passage) -> str:
    return ", ".join(_segment_name(talk, name, value, talk.language) for name, value in passage.reach.segment)


def _segment_name(talk: Talk, name: str, value: str, language: Language) -> str:
    if name == "plan":
        return phrase("variants.plan", language, plan=talk.policy.plan_name(value, language))
    return f"{name}: {value}"


def _dates(talk: Talk, passage: Passage) -> str:
    locale = {Language.ES: "es_ES", Language.EN: "en_GB"}[talk.language]
    since, until = passage.reach.valid_from, passage.reach.valid_until
    parts = [phrase("variants.since", talk.language, date=day_text(since, locale))] if since else []
    parts += [phrase("variants.until", talk.language, date=day_text(until, locale))] if until else []
    return " ".join(parts)


_TELLERS: tuple[Callable[[Talk, Passage], str], ...] = (_contract, _country, _stage, _segment, _dates)
