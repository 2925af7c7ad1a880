"""A tutorial, told one step at a time: where we are, on and back by a tap or a word. Pure."""

import re
from functools import cache

from bot.actions import Action, ReadTutorial
from bot.events import Talk, TutorialRead
from bot.follow_up import keep_topic
from bot.replies import answer, person_choice, phrase, remember, say
from bot.text import bare, word_file
from bot.wording import announced
from knowledge.answers import draft, is_in_another_language, why_not_grounded
from knowledge.passages import Found, Passage
from records.types import Choice, Reason

NEXT, BACK = "step:next", "step:back"


def step_said(text: str) -> str:
    """Which way a message goes in a tutorial ("siguiente", "listo", "back"); empty for anything else."""
    words = bare(text)
    return next((way for way, known in _words() if words in known), "")


@cache
def _words() -> tuple[tuple[str, frozenset[str]], ...]:
    steps = word_file()["steps"]
    return (NEXT, frozenset(steps["next"])), (BACK, frozenset(steps["back"]))


def walk(talk: Talk, way: str) -> tuple[Action, ...]:
    """The step after or before the one that was told last."""
    kept = talk.conversation.memory.get("walk")
    if not isinstance(kept, list) or len(kept) != 3:
        return say(talk, "steps.none", Reason.SMALL_TALK)
    source, before, after = (str(part) for part in kept)
    path = after if way == NEXT else before
    if not path:
        key = "steps.done" if way == NEXT else "steps.first"
        return (*((remember(walk=None),) if way == NEXT else ()), *say(talk, key, Reason.SMALL_TALK))
    return (ReadTutorial(source, path),)


def tell_step(talk: Talk, event: TutorialRead) -> tuple[Action, ...]:
    """One section, with how far it is: the text before the first heading is the beginning, the headings are the steps."""
    paths = list(dict.fromkeys(_whole(section.path) for section in event.sections))
    if _whole(event.path) not in paths:
        return say(talk, "choice_gone", Reason.SMALL_TALK)
    at = paths.index(_whole(event.path))
    told = tuple(section for section in event.sections if _whole(section.path) == paths[at])
    steps = [path for path in paths if "#" in path] or paths
    before, after = paths[at - 1] if at else "", paths[at + 1] if at + 1 < len(paths) else ""
    drafts = [draft("", Found((section,), 1.0, 1.0), talk.language) for section in told]
    if any(why_not_grounded(made, told) or is_in_another_language(made, talk.language) for made in drafts):
        return say(talk, "choice_gone", Reason.SMALL_TALK)
    body = announced(talk, told[0], "\n\n".join([drafts[0].text, *(section.text for section in told[1:])]))
    text = f"{_progress(talk, paths[at], steps)}\n\n{body}"
    cited = tuple(citation for made in drafts for citation in made.citations)
    forget = remember(failures=0, asked=None, walk=[told[0].source, before, after])
    said = answer(talk, text.strip(), cited, event.confidence, (*_ways(talk, before, after), *_person(talk, told[0])))
    return (forget, keep_topic(told[0].title, told[0]), *said)


def _progress(talk: Talk, path: str, steps: list[str]) -> str:
    if path not in steps:
        return phrase("steps.begin", talk.language, count=len(steps))
    return phrase("steps.at", talk.language, number=steps.index(path) + 1, count=len(steps))


def _ways(talk: Talk, before: str, after: str) -> tuple[Choice, ...]:
    back = (Choice(BACK, phrase("steps.back", talk.language)),) if before else ()
    following = Choice(NEXT, phrase("steps.next" if after else "steps.finish", talk.language))
    return (following, *back)


def _person(talk: Talk, section: Passage) -> tuple[Choice, ...]:
    """Who does not read the language of the tutorial may rather want a person."""
    return () if section.language is talk.language else (person_choice(talk.language),)


def begins(passage: Passage, confidence: float) -> ReadTutorial:
    """Telling a tutorial from the section that was found."""
    return ReadTutorial(passage.source, _whole(passage.path), confidence)


def _whole(path: str) -> str:
    """The section a piece was cut from."""
    return re.sub(r" · \d+$", "", path)
