"""Replies that are nearly right, made by rule from every entry and guide of the sample company.

`python -m tests.model.spoiling` prints how many of them the gate lets through, and how many a looser one would.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from console.sample import sample_folder
from knowledge.facts import unsupported
from knowledge.passages import Kind, NotGrounded, Passage
from knowledge.reading import ReadWhat, read_source
from knowledge.text import fold, sentence_spans, stems, without_stop_words, words
from knowledge.worded import accept_wording
from records.types import Language

_WORD = re.compile(r"\w+")
_FREE = tomllib.loads((resources.files("knowledge") / "wording.toml").read_text(encoding="utf-8"))["free"]


@dataclass(frozen=True)
class Spoiled:
    """A reply about `passage` that does not say what it says, and how it was made."""

    how: str
    passage: Passage
    reply: str


def passages() -> list[Passage]:
    """Every entry and every section of a guide, in both languages."""
    root = sample_folder()
    blanks = tomllib.loads((root / "relevo.toml").read_text(encoding="utf-8")).get("blanks", {})
    made = []
    for folder in ("faq", "tutorials"):
        for path in sorted((root / "content" / folder).glob("*.md")):
            for chunk in read_source(ReadWhat(path, f"{folder}/{path.name}", "", blanks, {}, frozenset())).chunks:
                made.append(
                    Passage(
                        chunk.id, chunk.source, chunk.path, chunk.title, chunk.text, chunk.language, chunk.kind, 0.9
                    )
                )
    return [one for one in made if one.kind is not Kind.CONTRACT]


def sentences(passage: Passage) -> list[str]:
    return [passage.text[start:end] for start, end in sentence_spans(passage.text)]


def cited(kept: list[str]) -> str:
    return " ".join(f"{one} [1]" for one in kept)


def spoiled(every: list[Passage]) -> Iterator[Spoiled]:
    """Word by word and sentence by sentence."""
    for at, passage in enumerate(every):
        own = sentences(passage)
        foreign = sentences(every[(at + 7) % len(every)])[-1]
        if foreign not in own and foreign not in passage.text:
            yield Spoiled("a sentence of another text", passage, cited([*own, foreign]))
        for place, sentence in enumerate(own):
            for how, wrong in _spoiled_words(sentence, passage.language, own[(place + 1) % len(own)]):
                yield Spoiled(how, passage, cited([*own[:place], wrong, *own[place + 1 :]]))


def _spoiled_words(sentence: str, language: Language, other: str) -> Iterator[tuple[str, str]]:
    found = [match for match in _WORD.finditer(sentence) if fold(match.group()) not in _FREE[language.value]]
    elsewhere = [word for word in _WORD.findall(other) if fold(word) not in _FREE[language.value]]
    for place, match in enumerate(found):
        word, before, after = match.group(), sentence[: match.start()], sentence[match.end() :]
        kind = "number" if word.isdigit() else "no" if word.casefold() in ("no", "not", "sin", "without") else "word"
        yield f"a {kind} left out", before + after
        yield f"a {kind} said twice", f"{before}{word} {word}{after}"
        instead = elsewhere[place % len(elsewhere)] if elsewhere else word
        if instead.casefold() != word.casefold():
            yield f"a {kind} replaced", before + instead + after
        if place + 1 < len(found) and found[place + 1].group().casefold() != word.casefold():
            nxt = found[place + 1]
            between = sentence[match.end() : nxt.start()]
            yield "two words in each other's place", before + nxt.group() + between + word + sentence[nxt.end() :]


def strict(one: Spoiled) -> bool:
    """The gate as it is."""
    return accepts(one.reply, one.passage)


def accepts(reply: str, passage: Passage) -> bool:
    try:
        accept_wording(reply, passage.title, [passage], passage.language)
    except NotGrounded:
        return False
    return True


def covered(share: float) -> Callable[[Spoiled], bool]:
    """A looser gate: every fact stands in the source, and of each sentence's words that mean something so many do."""

    def gate(one: Spoiled) -> bool:
        text, source = one.reply.replace(" [1]", ""), f"{one.passage.title}\n{one.passage.text}"
        held = set(stems(words(source), one.passage.language))
        for start, end in sentence_spans(text):
            said = stems(without_stop_words(words(text[start:end])), one.passage.language)
            if said and sum(stem in held for stem in said) < share * len(said):
                return False
        return not unsupported(text, source)

    return gate


def let_through(every: list[Spoiled]) -> Mapping[str, Counter[str]]:
    """By gate and manner of spoiling, how many came through."""
    gates = {"this gate": strict, "all words covered": covered(1.0), "80 % covered": covered(0.8)}
    return {name: Counter(one.how for one in every if gate(one)) for name, gate in gates.items()}


def main() -> None:
    every = list(spoiled(passages()))
    through = let_through(every)
    print(f"{len(every):,} spoiled replies from {len(passages())} texts")
    print("| spoiled by | replies | " + " | ".join(through) + " |")
    for how, number in sorted(Counter(one.how for one in every).items()):
        print(f"| {how} | {number:,} | " + " | ".join(f"{through[gate][how]:,}" for gate in through) + " |")


if __name__ == "__main__":
    main()
