"""The scripted conversations of the demonstration: who says what, in each language. The answers are the bot's own."""

from dataclasses import dataclass
from typing import Literal

from records.types import Language


@dataclass(frozen=True)
class Says:
    """The subscriber types this phrase."""

    phrase: str


@dataclass(frozen=True)
class Thumbs:
    """The subscriber presses the thumb up under the last answer."""


@dataclass(frozen=True)
class Staff:
    """A member of staff acts on the case: claim, reply with a phrase, resolve."""

    act: Literal["claim", "reply", "resolve"]
    phrase: str = ""


@dataclass(frozen=True)
class Rates:
    """The subscriber rates the case."""

    stars: int


Step = Says | Thumbs | Staff | Rates


@dataclass(frozen=True)
class Conversation:
    """One scripted conversation from hello to the rating of a closed case."""

    language: Language
    steps: tuple[Step, ...]


_STEPS: tuple[Step, ...] = (
    Says("demo.hello"),
    Says("demo.covered"),
    Thumbs(),
    Says("demo.contract"),
    Says("demo.outside"),
    Says("demo.double_charge"),
    Staff("claim"),
    Staff("reply", "demo.staff_reply"),
    Says("demo.thanks"),
    Staff("resolve"),
    Rates(5),
)

CONVERSATIONS = (Conversation(Language.ES, _STEPS), Conversation(Language.EN, _STEPS))
