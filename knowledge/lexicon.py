"""A bilingual thesaurus of what subscribers ask about: forms in Spanish and English map to shared concepts.

Forms match exact words, their plural and their gender, never stems: those let "para" meet "parada" and "sale" meet "salir".
`word`, `prefix*`, `two words` (in order, one word may stand between), `a + b` (anywhere). `up` names broader concepts.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from itertools import chain

from knowledge.lexicon_file import LexiconFile, merged, read_lexicon_file, whole
from knowledge.passages import BadLexicon
from knowledge.text import words
from records.ids import fingerprint
from records.settings import Workspace
from records.types import Language

OWN_FILE = "lexicon.yaml"
"""In `content/`: what a workspace adds to the lexicon that ships."""

_BROADER = 0.5
_GAP = 2  # the next word of a phrase is the next or the one after


class Places(dict[str, list[int]]):
    """Where each part of a form stands in a text; each part is looked for once, however many forms begin with it."""

    def __init__(self, tokens: Sequence[str], light: Sequence[str]) -> None:
        super().__init__()
        self._tokens = tokens
        for at, plain in enumerate(light):
            self.setdefault(plain, []).append(at)

    def __missing__(self, part: str) -> list[int]:
        head = part[:-1]
        found = [at for at, token in enumerate(self._tokens) if token.startswith(head)] if part.endswith("*") else []
        self[part] = found
        return found


@dataclass(frozen=True)
class Form:
    """One way to say a concept. `ordered`: the parts follow one another; else they stand anywhere."""

    concept: str
    parts: tuple[str, ...]
    ordered: bool

    def starts(self, tokens: Sequence[str], light: Sequence[str], places: Places) -> list[int]:
        """Where it is said: the places of its first part from which the others fit."""
        first = places[self.parts[0]]
        if not self.ordered:
            return first if all(places[part] for part in self.parts) else []
        return [at for at in first if self.follows(tokens, light, at)] if len(self.parts) > 1 else first

    def follows(self, tokens: Sequence[str], light: Sequence[str], at: int) -> bool:
        """Do its further parts follow the first, which fits at `at`?"""
        for part in self.parts[1:]:
            following = range(at + 1, min(at + 1 + _GAP, len(tokens)))
            found = next((place for place in following if part_fits(part, tokens[place], light[place])), None)
            if found is None:
                return False
            at = found
        return True

    def places(self, tokens: Sequence[str], light: Sequence[str]) -> list[int]:
        """Where its further parts stand."""
        pairs = enumerate(zip(tokens, light, strict=True))
        return [at for at, both in pairs if any(part_fits(part, *both) for part in self.parts[1:])]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Forms by their rarest part, each with its whole words; chat spellings, broader concepts, and every part of any form.

    One is the same as another only when it is that one, so that what is fitted with it can be kept by it.

    By their first part a thousand forms began with a word like "no", and matching them cost more than all scorers together.
    """

    spellings: dict[Language, dict[str, tuple[str, ...]]] = field(repr=False)
    broader: dict[str, tuple[str, ...]] = field(repr=False)
    by_word: dict[str, dict[Form, frozenset[str]]] = field(repr=False)
    by_prefix: dict[str, dict[Form, frozenset[str]]] = field(repr=False)
    parts: frozenset[str] = field(repr=False)

    def plain(self, tokens: Iterable[str], language: Language) -> list[str]:
        """Chat spellings written out: xq -> por que, pls -> please."""
        table = self.spellings[language]
        return [word for token in tokens for word in table.get(token, (token,))]

    def concepts(self, tokens: Sequence[str]) -> dict[str, float]:
        """Concepts these words speak of: 1.0 when said, 0.5 when only a narrower one is."""
        return self.with_broader(
            {form.concept for form, _ in self._said(tokens, [light_form(token) for token in tokens])}
        )

    def with_broader(self, said: Collection[str]) -> dict[str, float]:
        """These concepts with 1.0, and with 0.5 the broader ones of them that are not among them."""
        weights = {broad: _BROADER for concept in said for broad in self.broader.get(concept, ())}
        return weights | dict.fromkeys(said, 1.0)

    def said_by(self, tokens: Sequence[str]) -> dict[int, frozenset[str]]:
        """By place of a word, the concepts it helps to say."""
        light = [light_form(token) for token in tokens]
        said: dict[int, set[str]] = defaultdict(set)
        for form, starts in self._said(tokens, light):
            further = form.places(tokens, light) if len(form.parts) > 1 else ()
            for place in (*starts, *further):
                said[place].add(form.concept)
        return {place: frozenset(concepts) for place, concepts in said.items()}

    def knows(self, token: str) -> bool:
        """Does any form of any concept use this word?"""
        heads = (f"{token[:length]}*" for length in range(2, len(token) + 1))
        return light_form(token) in self.parts or any(head in self.parts for head in heads)

    def _said(self, tokens: Sequence[str], light: Sequence[str]) -> Iterator[tuple[Form, list[int]]]:
        """The forms that are said, each once, and where they start."""
        places = Places(tokens, light)
        for form in self._possible(tokens, light):
            if starts := form.starts(tokens, light, places):
                yield form, starts

    def _possible(self, tokens: Sequence[str], light: Sequence[str]) -> dict[Form, None]:
        """The forms whose rarest part is there, and every part that is a whole word."""
        present = frozenset(light)
        return {
            form: None
            for token, plain in dict.fromkeys(zip(tokens, light, strict=True))
            for form, needed in _triggered(self, token, plain)
            if needed <= present
        }


@lru_cache(maxsize=50_000)
def _triggered(lexicon: Lexicon, token: str, light: str) -> tuple[tuple[Form, frozenset[str]], ...]:
    """The forms whose rarest part fits the word, with their whole words. Kept: the same words come in every text."""
    prefixes = (lexicon.by_prefix.get(token[:length], {}) for length in range(2, len(token) + 1))
    return tuple(chain(lexicon.by_word.get(light, {}).items(), *(forms.items() for forms in prefixes)))


@lru_cache(maxsize=50_000)
def light_form(word: str) -> str:
    """The word without plural and gender endings: facturas and factura meet, caro and cara meet."""
    if len(word) > 4 and word.endswith("es") and word[-3] in "rnldj":
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 3 and word[-1] in "ao":
        return word[:-1] + "_"
    return word


def part_fits(part: str, token: str, light: str) -> bool:
    """Is this word, whole and in its light form, what a part of a form asks for?"""
    return token.startswith(part[:-1]) if part.endswith("*") else light == part


def read_form(concept: str, text: str) -> Form:
    """A form as it is written: `word`, `prefix*`, `two words`, `a + b`."""
    parts: list[str] = []
    for piece in text.replace("+", " ").split():
        folded = words(piece.rstrip("*"))
        if piece.endswith("*"):
            parts += [*(light_form(word) for word in folded[:-1]), *(f"{word}*" for word in folded[-1:])]
        else:
            parts += [light_form(word) for word in folded]
    return Form(concept, tuple(parts), "+" not in text)


def build_lexicon(file: LexiconFile) -> Lexicon:
    """The lexicon of a checked file, ready to match."""
    forms = [
        read_form(entry.id, raw)
        for entry in file.entries.values()
        for raw in dict.fromkeys(raw for forms in entry.forms.values() for raw in forms)
    ]
    often = Counter(part for form in forms for part in form.parts)
    by_word: dict[str, dict[Form, frozenset[str]]] = defaultdict(dict)
    by_prefix: dict[str, dict[Form, frozenset[str]]] = defaultdict(dict)
    for form in forms:
        rarest = min(form.parts, key=often.__getitem__)
        needed = frozenset(part for part in form.parts if not part.endswith("*"))
        (by_prefix[rarest[:-1]] if rarest.endswith("*") else by_word[rarest])[form] = needed
    return Lexicon(
        {
            language: {words(key)[0]: tuple(words(value)) for key, value in table.items()}
            for language, table in file.spellings.items()
        },
        {entry.id: entry.up for entry in file.entries.values()},
        dict(by_word),
        dict(by_prefix),
        frozenset(often),
    )


@cache
def shipped_file() -> LexiconFile:
    """The lexicon that comes with this room, as it is written. Reading it takes a second or two."""
    return whole(read_lexicon_file(_shipped_text(), "knowledge/lexicon.yaml"))


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with this room."""
    return build_lexicon(shipped_file())


@cache
def extended_lexicon(own: str) -> Lexicon:
    """The lexicon that ships with what a workspace adds (YAML; empty for nothing). Raises BadLexicon."""
    return build_lexicon(_extended_file(own)) if own else shipped_lexicon()


def version_of(own: str) -> str:
    """Tells the lexicons apart that ship with `own` added, without reading them."""
    return fingerprint(_shipped_text(), own)


def file_of(workspace: Workspace) -> LexiconFile:
    """The lexicon of a workspace as it is written; the very file that ships when it adds nothing. Raises BadLexicon."""
    return _extended_file(own_text(workspace))


def own_text(workspace: Workspace) -> str:
    """What the workspace adds in `content/lexicon.yaml`; empty without one. Raises BadLexicon when it is not text."""
    path = workspace.content / OWN_FILE
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadLexicon(f"content/{OWN_FILE} cannot be read as UTF-8 text: {error}.") from error


@cache
def _extended_file(own: str) -> LexiconFile:
    return merged(shipped_file(), read_lexicon_file(own, f"content/{OWN_FILE}")) if own else shipped_file()


@cache
def _shipped_text() -> str:
    return (resources.files("knowledge") / "lexicon.yaml").read_text(encoding="utf-8")
