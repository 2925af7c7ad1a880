"""A bilingual thesaurus of what subscribers ask about: forms in Spanish and English map to shared concepts.

Forms match exact words, their plural and their gender, never stems: those let "para" meet "parada" and "sale" meet "salir".
`word`, `prefix*`, `two words` (in order, one word may stand between), `a + b` (anywhere). `up` names broader concepts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from knowledge.text import words
from records.ids import fingerprint
from records.types import Language

_BROADER = 0.5
_GAP = 2  # the next word of a phrase is the next or the one after


@dataclass(frozen=True)
class Form:
    """One way to say a concept. `ordered`: the parts follow one another; else they stand anywhere."""

    concept: str
    parts: tuple[str, ...]
    ordered: bool


@dataclass(frozen=True)
class Lexicon:
    """Forms by their first part, chat spellings, broader concepts."""

    version: str
    spellings: dict[Language, dict[str, tuple[str, ...]]]
    broader: dict[str, tuple[str, ...]]
    by_word: dict[str, tuple[Form, ...]] = field(repr=False)
    by_prefix: dict[str, tuple[Form, ...]] = field(repr=False)
    vocabulary: frozenset[str] = field(repr=False)

    def plain(self, tokens: Iterable[str], language: Language) -> list[str]:
        """Chat spellings written out: xq -> por que, pls -> please."""
        table = self.spellings[language]
        return [word for token in tokens for word in table.get(token, (token,))]

    def concepts(self, tokens: list[str]) -> dict[str, float]:
        """Concepts these words speak of: 1.0 when said, 0.5 when only a narrower one is."""
        light = [_light(token) for token in tokens]
        said = {
            form.concept for at, word in enumerate(light) for form in self._starting(word) if _fits(form, light, at)
        }
        weights = {broad: _BROADER for concept in said for broad in self.broader.get(concept, ())}
        return weights | dict.fromkeys(said, 1.0)

    def _starting(self, word: str) -> Iterator[Form]:
        yield from self.by_word.get(word, ())
        for length in range(2, len(word) + 1):
            yield from self.by_prefix.get(word[:length], ())


def _light(word: str) -> str:
    """The word without plural and gender endings: facturas and factura meet, caro and cara meet."""
    if len(word) > 4 and word.endswith("es") and word[-3] in "rnldj":
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 3 and word[-1] in "ao":
        return word[:-1] + "_"
    return word


def _part_fits(part: str, word: str) -> bool:
    return word.rstrip("_").startswith(part[:-1]) if part.endswith("*") else word == part


def _fits(form: Form, tokens: list[str], at: int) -> bool:
    if not form.ordered:
        return all(any(_part_fits(part, word) for word in tokens) for part in form.parts[1:])
    for part in form.parts[1:]:
        following = range(at + 1, min(at + 1 + _GAP, len(tokens)))
        found = next((place for place in following if _part_fits(part, tokens[place])), None)
        if found is None:
            return False
        at = found
    return True


def _read_form(concept: str, text: str) -> Form:
    ordered = "+" not in text
    parts: list[str] = []
    for piece in text.replace("+", " ").split():
        folded = words(piece.rstrip("*"))
        if piece.endswith("*"):
            parts += [*(_light(word) for word in folded[:-1]), *(f"{word}*" for word in folded[-1:])]
        else:
            parts += [_light(word) for word in folded]
    return Form(concept, tuple(parts), ordered)


def parse_lexicon(text: str) -> Lexicon:
    """The lexicon in `text` (YAML)."""
    from ruamel.yaml import YAML

    data: dict[str, Any] = YAML(typ="safe").load(text)
    by_word: dict[str, list[Form]] = defaultdict(list)
    by_prefix: dict[str, list[Form]] = defaultdict(list)
    for entry in data["concepts"]:
        for raw in (*entry["es"], *entry["en"]):
            form = _read_form(str(entry["id"]), str(raw))
            if form.parts and form.parts[0].endswith("*"):
                by_prefix[form.parts[0][:-1]].append(form)
            elif form.parts:
                by_word[form.parts[0]].append(form)
    spellings = {
        language: {
            words(str(key))[0]: tuple(words(str(value))) for key, value in data["abbrev"][language.value].items()
        }
        for language in Language
    }
    return Lexicon(
        fingerprint(text),
        spellings,
        {str(entry["id"]): tuple(entry.get("up", ())) for entry in data["concepts"]},
        {key: tuple(forms) for key, forms in by_word.items()},
        {key: tuple(forms) for key, forms in by_prefix.items()},
        frozenset(by_word),
    )


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with this room."""
    return parse_lexicon((resources.files("knowledge") / "lexicon.yaml").read_text(encoding="utf-8"))
