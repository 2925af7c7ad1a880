"""The sample company with the stand-in as its model, through the real wiring."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.runner import TurnResult
from console.asking import Question, ask
from console.wiring import House, open_house
from records.clock import ManualClock
from records.ids import new_id
from records.types import Language, Proof
from tests.conftest import NOW
from tests.standins.model import ModelServer

PATIENT = {"seconds": 30.0, "failures": 1_000, "per_day": 1_000_000}
"""Limits that never come in the way, on a machine however busy."""


def house_with(folder: Path, server: ModelServer, **limits: Any) -> House:
    """The workspace in `folder`, its model the stand-in."""
    return open_house(
        folder, ManualClock(NOW), model="openai:stand-in", model_url=server.url, model_limits=PATIENT | limits
    )


def one_turn(
    house: House, text: str, language: Language = Language.ES, thread: str = "", as_id: str = ""
) -> TurnResult:
    """What `relevo ask` does."""
    proof = Proof.VERIFIED if as_id else Proof.ANONYMOUS
    return ask(house, Question(text, thread or new_id("ask"), language, as_id, proof))


@dataclass(frozen=True)
class Company:
    """The sample company: quoting only, and with a model that may take its time or must be quick."""

    quoting: House
    folder: Path
    server: ModelServer
    patient: House
    quick: House
