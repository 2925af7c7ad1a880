"""Why a turn came out as it did, as data and in plain lines: language, rules, searches, how sure it was, the decision. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.actions import Action, Ask, Gather, LookupFollowUp, OpenCase, Say
from bot.answering import judge
from bot.events import Event, FollowUpFound, Gathered, MessageReceived, PassagesFound, Talk
from bot.follow_up import read_follow_up
from bot.rules import Heard, hear
from knowledge.answers import chance_needed
from knowledge.passages import Passage
from records.types import decision_of

MOST_CANDIDATES = 5


@dataclass(frozen=True)
class Step:
    """One event of a turn, the talk it met, and what was decided about it."""

    talk: Talk
    event: Event
    actions: tuple[Action, ...]


def explain(steps: tuple[Step, ...]) -> dict[str, Any]:
    """What `relevo ask --explain --json` adds: only what happened in this turn."""
    first = steps[0] if steps else None
    told: dict[str, Any] = {}
    if first is not None and isinstance(first.event, MessageReceived):
        told |= {"language": _language(first.talk, first.event), "rules": _rules(hear(first.event.text))}
    told["split"] = [
        ask.question for step in steps for ask in _asks(step) if isinstance(ask, Gather) for ask in ask.asks
    ]
    told["read_behind"] = next(
        (ask.joined for step in steps for ask in _asks(step) if isinstance(ask, LookupFollowUp)), ""
    )
    told["searches"] = [_search(step.talk, found) for step in steps for found in _found(step)]
    said = next((action for step in steps for action in step.actions if isinstance(action, Say)), None)
    told["decision"] = decision_of(said.reason).value if said else "action"
    told["reason"] = said.reason.value if said else "staff_holds"
    told["case"] = any(isinstance(action, OpenCase) for step in steps for action in step.actions)
    return told


def _asks(step: Step) -> Iterator[Ask]:
    return (action for action in step.actions if isinstance(action, Ask))


def _found(step: Step) -> tuple[PassagesFound, ...]:
    match step.event:
        case PassagesFound():
            return (step.event,)
        case FollowUpFound():
            return (read_follow_up(step.talk, step.event),)
        case Gathered(_, parts):
            return tuple(part for part in parts if isinstance(part, PassagesFound))
        case _:
            return ()


def _language(talk: Talk, event: MessageReceived) -> dict[str, str]:
    settled = talk.conversation.language
    if event.spoken is None:
        return {"is": talk.language.value, "why": "the message is in a language we do not speak"}
    why = "the message is written in it" if settled is None else f"the conversation was in {settled.value} before"
    return {"is": event.spoken.value, "why": why}


def _rules(heard: Heard) -> dict[str, Any]:
    return {
        "acts": [reason.value for reason in heard.reasons],
        "may_be": [reason.value for reason in heard.leans],
        "stop": heard.stop,
        "own_record": list(heard.own),
        "small_talk": heard.talk,
    }


def _search(talk: Talk, event: PassagesFound) -> dict[str, Any]:
    found = event.found
    return {
        "question": event.question,
        "how": event.how.value,
        "right": round(found.right, 4),
        "needed": round(chance_needed(found, talk.policy.wrong_answers), 4),
        "answerable": round(found.answerable, 4),
        "worth_offering_from": talk.policy.floor,
        "features": {name: round(value, 3) for name, value in found.features.items()},
        "candidates": [_candidate(passage) for passage in found.passages[:MOST_CANDIDATES]],
        "variants": [_candidate(passage) for passage in found.variants],
        "verdict": judge(talk, event).value,
    }


def _candidate(passage: Passage) -> dict[str, Any]:
    return {
        "source": passage.source,
        "path": passage.path,
        "title": passage.title,
        "language": passage.language.value,
        "score": round(passage.score, 4),
        "parts": {name: round(value, 3) for name, value in passage.parts},
        "depends_on": list(passage.depends),
    }


# ---------------------------------------------------------------- in plain lines


def lines(told: dict[str, Any]) -> Iterator[str]:
    """The same for a person at a terminal."""
    if "language" in told:
        yield f"language: {told['language']['is']} ({told['language']['why']})"
        rules = told["rules"]
        heard = [*rules["acts"], *([f"stop ({rules['stop']})"] if rules["stop"] != "none" else [])]
        heard += [f"perhaps {kind}" for kind in rules["may_be"]]
        heard += [f"own record: {topic}" for topic in rules["own_record"]]
        heard += [f"small talk: {rules['small_talk']}"] if rules["small_talk"] else []
        yield f"rules: {', '.join(heard) or 'none of them heard anything'}"
    if told["split"]:
        yield f"read as {len(told['split'])} questions: {' | '.join(told['split'])}"
    if told["read_behind"]:
        yield f"leans on the question before: {told['read_behind']}"
    for search in told["searches"]:
        yield from _search_lines(search)
    opened = ", a case was opened" if told["case"] else ""
    yield f"decision: {told['decision']} ({told['reason']}){opened}"


def _search_lines(search: dict[str, Any]) -> Iterator[str]:
    yield f"search ({search['how']}): {search['question']}"
    for number, one in enumerate(search["candidates"], start=1):
        hangs = f", hangs on {', '.join(one['depends_on'])}" if one["depends_on"] else ""
        yield f"  {number}. {one['score']:.2f}  {one['title']}  [{one['source']} · {one['path']}]{hangs}"
        if one["parts"]:
            yield "     scorers: " + ", ".join(f"{name} {value}" for name, value in one["parts"].items())
    if search["features"]:
        yield "  the first was judged on: " + ", ".join(f"{name} {value}" for name, value in search["features"].items())
    for one in search["variants"]:
        yield f"  says otherwise for others: {one['title']}  [{one['source']} · {one['path']}]"
    yield f"  chance that the first is right {search['right']:.2f}, needed {search['needed']:.2f}"
    yield f"  chance of any answer {search['answerable']:.2f}, titles are offered from {search['worth_offering_from']:.2f}"
    yield f"  so: {search['verdict']}"
