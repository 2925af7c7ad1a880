"""What a language model may do in a turn, and never more: make a follow-up stand alone, choose among what was found, word an
answer from it. Each is checked by `worded`; whatever fails, is late or is doubtful leaves things as they are without a model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import structlog

from knowledge.answers import Drafted, is_certain
from knowledge.model import Model
from knowledge.passages import Found, KnowledgeError, Passage
from knowledge.prompts import Prompt, choice_prompt, question_prompt, wording_prompt
from knowledge.wire import Deadline
from knowledge.worded import accept_choice, accept_question, accept_wording, may_be_worded
from records.redact import mask_private
from records.types import Language

MOST_PASSAGES = 3
MOST_CANDIDATES = 3
_Value = TypeVar("_Value")
_NEAR = 0.5  # of the first one's chance: what is further off is not shown to a model
_log = structlog.get_logger()


@dataclass(frozen=True)
class Asked:
    """One question as it goes to a model: `names` are the person's, to be masked; `earlier` what they said before."""

    question: str
    language: Language
    earlier: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def masked(self) -> "Asked":
        """Without cards, accounts, addresses, phones, ids and names. Nothing is ever put back."""
        return replace(
            self,
            question=mask_private(self.question, self.names),
            earlier=tuple(mask_private(text, self.names) for text in self.earlier),
            names=(),
        )


class Bar(Protocol):
    """What the workspace decided: the share of all questions that may get a wrong answer, and the chance that there is any
    answer below which nothing is offered."""

    @property
    def wrong_answers(self) -> float: ...

    @property
    def floor(self) -> float: ...


@dataclass(frozen=True)
class Helped:
    """What the library found, after a model looked at it, and its wording of the first passage if there is a good one."""

    found: Found
    wording: Drafted | None = None


@dataclass(frozen=True)
class Helper:
    """A model at work for one workspace. `seconds` is the time of one turn, for all it is asked in it. Safe for threads."""

    model: Model
    seconds: float

    def help(self, asked: Asked, search: Callable[[str], Found], bar: Bar) -> Helped:
        """Search, and let the model help where that is allowed. Raises only what `search` raises.

        A model's word never makes a passage certain; below the floor nothing is offered, so nothing is chosen.
        """
        found = search(asked.question)
        deadline = Deadline.in_seconds(self.seconds)
        if not is_certain(found, bar.wrong_answers):
            found = self._stand_alone(asked, search, found, deadline)
        if is_certain(found, bar.wrong_answers):
            return Helped(found, self._word(asked, found, deadline))
        if found.answerable >= bar.floor:
            found = self._choose(asked, found, deadline)
        return Helped(found)

    def whole(self, asked: Asked, search: Callable[[str], Found], found: Found, bar: Bar) -> Found:
        """What a follow-up made whole by the model finds, if that is surer than `found`."""
        if is_certain(found, bar.wrong_answers):
            return found
        return self._stand_alone(asked, search, found, Deadline.in_seconds(self.seconds))

    def _stand_alone(self, asked: Asked, search: Callable[[str], Found], found: Found, deadline: Deadline) -> Found:
        """What the whole question finds, if that is surer."""
        if not asked.earlier:
            return found
        seen = asked.masked
        prompt = question_prompt(seen.question, seen.earlier, asked.language)
        whole = self._checked(
            "question", prompt, deadline, lambda text: accept_question(text, seen.question, seen.earlier)
        )
        if whole is None:
            return found
        again = search(whole)
        return again if again.right > found.right else found

    def _choose(self, asked: Asked, found: Found, deadline: Deadline) -> Found:
        """The chosen candidate first among those that are offered; how sure we are stays what it was."""
        several = [at for at, one in enumerate(found.passages) if one.title and one.language is asked.language]
        several = several[:MOST_CANDIDATES]
        if len(several) < 2:
            return found
        titles = [found.passages[at].title for at in several]
        prompt = choice_prompt(asked.masked.question, titles)
        chosen = self._checked("choice", prompt, deadline, lambda text: accept_choice(text, len(titles)))
        if chosen is None or chosen < 0:
            return found
        first = found.passages[several[chosen]]
        return replace(found, passages=(first, *(one for one in found.passages if one is not first)))

    def _word(self, asked: Asked, found: Found, deadline: Deadline) -> Drafted | None:
        shown = _shown(found, asked.language)
        if not shown:
            return None
        prompt = wording_prompt(asked.masked.question, shown, asked.language)
        return self._checked(
            "wording", prompt, deadline, lambda text: accept_wording(text, asked.question, shown, asked.language)
        )

    def _checked(self, task: str, prompt: Prompt, deadline: Deadline, accept: Callable[[str], _Value]) -> _Value | None:
        """What came through the gate; None otherwise. The log says why, never a word of the person or the model."""
        try:
            accepted = accept(self.model.complete(prompt, deadline).text)
        except KnowledgeError as error:
            _log.info("model_not_used", task=task, why=str(error))
            return None
        _log.info("model_used", task=task)
        return accepted


def _shown(found: Found, language: Language) -> Sequence[Passage]:
    """The passages a model may word, the one that was found first; empty when that one must be quoted as it is."""
    if not found.passages or not may_be_worded(found.passages[0], language):
        return ()
    best = found.passages[0]
    near = [one for one in found.passages[1:] if one.score >= _NEAR * best.score and may_be_worded(one, language)]
    return (best, *near[: MOST_PASSAGES - 1])
