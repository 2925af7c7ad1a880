"""A lexicon as people write it: checked, merged and told apart by its hash. Pure.

What makes a lexicon mean something else than its author thinks is refused here; what only works badly is for `lexicon_lint`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.passages import BadLexicon
from knowledge.text import words
from records.types import Language

_Text = Annotated[str, Field(min_length=1)]
_STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class _Concept(BaseModel):
    model_config = _STRICT

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    es: list[_Text] = []
    en: list[_Text] = []
    up: list[_Text] = []


class _File(BaseModel):
    model_config = _STRICT

    concepts: list[_Concept] = []
    abbrev: dict[Language, dict[str, _Text]] = {}


@dataclass(frozen=True)
class Entry:
    """One concept: how each language says it, and the broader concepts it belongs to."""

    id: str
    forms: Mapping[Language, tuple[str, ...]]
    up: tuple[str, ...] = ()


@dataclass(frozen=True)
class LexiconFile:
    """Concepts by id in their order, and chat spellings by language."""

    name: str
    entries: Mapping[str, Entry] = field(repr=False)
    spellings: Mapping[Language, Mapping[str, str]] = field(repr=False)


def read_lexicon_file(text: str, name: str) -> LexiconFile:
    """The file `name` holding `text` (YAML). Raises BadLexicon naming file, concept and key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe").load(text)
    except (YAMLError, ValueError) as error:  # ValueError: a day that does not exist
        raise BadLexicon(f"{name} is not YAML: {' '.join(str(error).split())}") from error
    try:
        read = _File.model_validate({} if data is None else data)
    except ValidationError as error:
        raise BadLexicon("\n".join(_said(one["loc"], one["msg"], data, name) for one in error.errors())) from error
    _refuse_repeated(read, name)
    entries = {
        one.id: Entry(one.id, {Language.ES: tuple(one.es), Language.EN: tuple(one.en)}, tuple(one.up))
        for one in read.concepts
    }
    _refuse_wordless(entries, read.abbrev, name)
    return LexiconFile(name, entries, {language: read.abbrev.get(language, {}) for language in Language})


def merged(base: LexiconFile, more: LexiconFile) -> LexiconFile:
    """`base` with the concepts, forms and spellings of `more`, whose spellings win. Raises BadLexicon, naming `more`."""
    entries = dict(base.entries)
    for entry in more.entries.values():
        entries[entry.id] = _joined(entries[entry.id], entry) if entry.id in entries else entry
    spellings = {language: {**base.spellings[language], **more.spellings[language]} for language in Language}
    return whole(LexiconFile(more.name, entries, spellings))


def whole(file: LexiconFile) -> LexiconFile:
    """The same file, if it stands on its own: every concept in both languages, every `up` known and none in a circle."""
    for entry in file.entries.values():
        for language, forms in entry.forms.items():
            if not forms:
                raise BadLexicon(
                    f"{file.name}: concept {entry.id!r} has no {language.value!r} forms; a new one needs both."
                )
        for broader in entry.up:
            if broader not in file.entries:
                raise BadLexicon(f"{file.name}: concept {entry.id!r}, up: there is no concept {broader!r}.")
    try:
        TopologicalSorter({entry.id: entry.up for entry in file.entries.values()}).prepare()
    except CycleError as error:
        raise BadLexicon(f"{file.name}: up goes round in a circle: {' -> '.join(error.args[1])}.") from error
    return file


def _joined(one: Entry, other: Entry) -> Entry:
    forms = {language: (*one.forms[language], *other.forms[language]) for language in Language}
    return Entry(one.id, forms, tuple(dict.fromkeys((*one.up, *other.up))))


def _said(place: tuple[int | str, ...], why: str, data: Any, name: str) -> str:
    """An error of the schema in the words of the file: `concepts, 3, es` becomes concept 'x', es."""
    if len(place) > 1 and place[0] == "concepts" and isinstance(place[1], int):
        concept = data["concepts"][place[1]]
        named = concept.get("id") if isinstance(concept, dict) else None
        number = f"concept {named!r}" if named else f"concept number {place[1] + 1}"
        place = (number, *place[2:])
    where = ", ".join(str(part) for part in place) or "the file"
    return f"{name}: {where}: {why[:1].lower()}{why[1:]}."


def _refuse_repeated(read: _File, name: str) -> None:
    twice = [one for one, times in Counter(concept.id for concept in read.concepts).items() if times > 1]
    if twice:
        raise BadLexicon(f"{name}: concept {twice[0]!r} stands there twice; put its forms together.")


def _refuse_wordless(entries: Mapping[str, Entry], spellings: Mapping[Language, Mapping[str, str]], name: str) -> None:
    for where, text in _texts(entries, spellings):
        if not words(text):
            raise BadLexicon(f"{name}: {where}: {text!r} has no letters or digits in it.")


def _texts(entries: Mapping[str, Entry], spellings: Mapping[Language, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for entry in entries.values():
        for forms in entry.forms.values():
            yield from ((f"concept {entry.id!r}", form) for form in forms)
    for language, table in spellings.items():
        for key, value in table.items():
            yield f"abbrev, {language.value}", key
            yield f"abbrev, {language.value}, {key}", value
