"""The nouns of this room, and what can go wrong in it.

KnowledgeError
├── Unreadable       a document cannot be read faithfully; names the file and what to do
├── NoIndex          nothing has been ingested yet, or the index on disk is of another version
├── NotGrounded      a draft would say more than its source
├── BadLexicon       a lexicon file cannot mean what its author thinks; names file, concept and what to do
├── ModelUnusable    a language model or embeddings are set up wrongly; names the setting and what to install or change
└── ModelFailed      a model gave nothing usable in time; callers go on without it
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from knowledge.scope import ANYBODY, EVERYBODY, Reach, Scope
from records.errors import RelevoError
from records.types import Language


class KnowledgeError(RelevoError):
    """Anything this room raises on purpose."""


class Unreadable(KnowledgeError):
    """A document cannot be read faithfully."""


class NoIndex(KnowledgeError):
    """There is no index to search."""


class NotGrounded(KnowledgeError):
    """A draft would say more than its source."""


class ModelUnusable(KnowledgeError):
    """A model cannot be used as it is set up."""


class ModelFailed(KnowledgeError):
    """A model gave nothing usable in time."""


class BadLexicon(KnowledgeError):
    """A lexicon file cannot mean what its author thinks."""


class Kind(StrEnum):
    """What a source is; decides how it is cut, searched and quoted."""

    FAQ = "faq"  # one entry, one chunk: matched by its phrasings, answered as written
    TUTORIAL = "tutorial"  # one chunk a section
    CONTRACT = "contract"  # one chunk a clause, quoted with its number


FOLDERS = {"faq": Kind.FAQ, "tutorials": Kind.TUTORIAL, "contracts": Kind.CONTRACT}
"""The folders of `content/`, and what stands in each."""

NOTE = "note "
"""What begins a key that holds the plain words of a clause, where the file itself cannot."""


class Shape(StrEnum):
    """What a block of a document looked like."""

    HEADING = "heading"
    QUOTE = "quote"  # a blockquote: in an FAQ, other ways to ask
    TEXT = "text"


@dataclass(frozen=True)
class Block:
    """One visible block, in reading order. `level` counts for headings only, from 1.

    `anchor` and `said` are what stood in `{#anchor key=value …}` behind a heading.

    `page` counts from 1 and is 0 where a file has no pages; a block with a page is one printed line, not a whole paragraph.
    `bold` is how many characters at its beginning stand out from the rest.
    """

    shape: Shape
    text: str
    level: int = 0
    anchor: str = ""
    said: tuple[tuple[str, str], ...] = ()
    page: int = 0
    bold: int = 0


@dataclass(frozen=True)
class Document:
    """One file as a person would read it. `front` is its front matter."""

    name: str
    front: Mapping[str, str]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Source:
    """One file of `content/`. `id` is its path in there; `problem` is empty or why (part of) it is not in the index."""

    id: str
    kind: Kind
    language: Language
    title: str
    content_hash: str
    problem: str = ""
    reach: Reach = EVERYBODY


@dataclass(frozen=True)
class Section:
    """A piece of a source with an address of its own. `heading` is read together with `text`.

    `said`: what its heading says about whom it is for, over what the source says. `note`: the author's plain words beside a
    clause, never part of its text; `short`: an entry's answer in the length of an SMS.
    """

    path: str
    heading: str
    text: str
    phrasings: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    note: str = ""
    short: str = ""


@dataclass(frozen=True)
class Chunk:
    """What is indexed. Immutable: `id` is the fingerprint of all the rest. `contract` is empty outside contracts."""

    id: str
    source: str
    path: str
    title: str
    text: str
    language: Language
    kind: Kind
    phrasings: tuple[str, ...] = ()
    contract: str = ""
    reach: Reach = EVERYBODY
    note: str = ""
    short: str = ""


@dataclass(frozen=True)
class Passage:
    """A chunk that was found. `score` is the chance, in [0, 1], that it is the right one.

    `contract` and `reach` say whom it holds for; `depends` names the facts of the person it hangs on that nobody has shown:
    contract, country, stage, segment. `alone`: it is in no other language, so it may be given to who asks in another one.
    `parts`: what each scorer gave it, for `--explain`. Two that differ in these two are the same.
    """

    chunk_id: str
    source: str
    path: str
    title: str
    text: str
    language: Language
    kind: Kind
    score: float
    contract: str = ""
    reach: Reach = EVERYBODY
    depends: tuple[str, ...] = ()
    note: str = ""
    short: str = ""
    alone: bool = field(default=False, compare=False)
    parts: tuple[tuple[str, float], ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Quoted:
    """Words of a passage, as they stand in it."""

    passage: Passage
    quote: str


@dataclass(frozen=True)
class AtOdds:
    """Clauses of one contract that say different things on a point that a passage states in the words `point`.

    `clauses` are in the contract's order, that of the passage among them; `precedence` is what the contract says about which
    of its parts prevails. Nobody has chosen.
    """

    point: str
    clauses: tuple[Quoted, ...]
    precedence: tuple[Quoted, ...] = ()


@dataclass(frozen=True)
class Altered:
    """What a confirmed comparison says of one clause, quoted from each version that has it; one of the two is always there."""

    old: Quoted | None
    new: Quoted | None


@dataclass(frozen=True)
class Found:
    """The best passages first. `right`: chance that the first one answers; `answerable`: that the index has an answer at all.

    `features` says what the two were judged on, for `--explain`. `variants` are what sources say on the same point for other
    people, when it is not known which of them this person is; they differ from the first passage and are not among `passages`.
    `at_odds`: by `chunk_id` of a clause, where its own contract says something else on the same point.
    `certain`: the workspace's own table of entries (see knowledge.own_log), empty where it has none.
    """

    passages: tuple[Passage, ...]
    right: float
    answerable: float
    features: Mapping[str, float] = field(default_factory=dict)
    variants: tuple[Passage, ...] = ()
    at_odds: Mapping[str, tuple[AtOdds, ...]] = field(default_factory=dict)
    certain: Mapping[float, float] = field(default_factory=dict)


class Library(Protocol):
    """What can be asked. `scope` is what is proven about who asks, and on which day: only what is for them is found."""

    def search(self, question: str, language: Language, scope: Scope = ANYBODY) -> Found: ...

    def sections(self, source: str, scope: Scope = ANYBODY) -> tuple[Passage, ...]:
        """Everything of one source that is for this person, in its order."""
        ...
