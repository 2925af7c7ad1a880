"""A library in memory that keeps the promise of the real one: passages best first, chances in [0, 1]."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.passages import Found, Kind, Passage
from knowledge.scope import ANYBODY, Scope
from records.types import Language


def entry(name: str, title: str, text: str, language: Language = Language.ES) -> Passage:
    return Passage(f"chk_{name}", f"faq/{name}.md", name, title, text, language, Kind.FAQ, 0.9)


SURE = Found((entry("why", "¿Por qué cambiáis?", "Cambiamos para que pagar sea más fácil."),), 0.97, 0.99)
SURE_EN = Found((entry("why", "Why change?", "We change so that paying is easier.", Language.EN),), 0.97, 0.99)
UNSURE = Found(
    (
        entry("price", "¿Sube el precio?", "El precio no cambia."),
        entry("invoice", "¿Dónde están mis facturas?", "En tu cuenta."),
        entry("card", "¿Vale mi tarjeta?", "Sí, vale."),
        entry("app", "¿Otra app?", "No hace falta."),
    ),
    0.4,
    0.6,
)
NOTHING = Found((), 0.0, 0.02)


@dataclass
class FakeLibrary:
    """Answers by a word of the question; counts what it was asked."""

    by_word: Mapping[str, Found] = field(
        default_factory=lambda: {
            "cambi": SURE,
            "change": SURE_EN,
            "precio": UNSURE,
            "¿sube el precio?": Found(UNSURE.passages[:1], 0.9, 0.95),
        }
    )
    asked: list[str] = field(default_factory=list)

    def search(self, question: str, language: Language, scope: Scope = ANYBODY) -> Found:
        self.asked.append(question)
        folded = question.casefold()
        hits = [(word, found) for word, found in self.by_word.items() if word in folded]
        return max(hits, key=lambda hit: len(hit[0]))[1] if hits else NOTHING

    def sections(self, source: str, scope: Scope = ANYBODY) -> tuple[Passage, ...]:
        held = (passage for found in self.by_word.values() for passage in found.passages)
        return tuple({passage.chunk_id: passage for passage in held if passage.source == source}.values())
