"""How much a question and the phrasings of an entry share, word by word and both ways. Pure.

Scorers say how much of the question an entry holds. They do not say how much of the entry the question leaves out: asked why
identity has to be verified, "unable to verify my identity" holds every word, and is about something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.questions import Query, Word
from knowledge.scorers import Bm25

_PHRASING = 2.0  # beside the question, 1
_LONG = 8  # words; the "no" of a longer question may be about anything


@dataclass(frozen=True)
class Saying:
    """The content words of one phrasing: what each weighs and means. `denies`: it says no to something.

    `asks`: the ways in which it asks.
    """

    weights: Mapping[str, float]
    meant: Mapping[str, frozenset[str]]
    concepts: frozenset[str]
    denies: bool
    asks: frozenset[str]

    @staticmethod
    def of(query: Query, rarity: Bm25) -> "Saying":
        weights = {word.stem: rarity.weight(word.stem) for word in query.content}
        meant = {word.stem: word.concepts for word in query.content}
        return Saying(weights, meant, frozenset(query.concepts), query.denies, query.asks)

    def held_by(self, other: "Saying") -> float:
        """The weight of its words that the other has, or means."""
        return sum(
            weight
            for stem, weight in self.weights.items()
            if stem in other.weights or not self.meant[stem].isdisjoint(other.concepts)
        )

    def whole(self) -> float:
        return sum(self.weights.values())


def alike(asked: Saying, phrasing: Saying) -> float:
    """The share in [0, 1] of the weight of both that is in both. People add words: a phrasing's count twice."""
    held = asked.held_by(phrasing) + _PHRASING * phrasing.held_by(asked)
    return held / max(asked.whole() + _PHRASING * phrasing.whole(), 1e-9)


@dataclass(frozen=True)
class Sayings:
    """By entry its phrasings, the title first, and how rare words are among the entries."""

    entries: tuple[tuple[Saying, ...], ...]
    rarity: Bm25

    @staticmethod
    def of(entries: Iterable[Sequence[Query]], rarity: Bm25) -> "Sayings":
        return Sayings(tuple(tuple(Saying.of(line, rarity) for line in lines) for lines in entries), rarity)

    def features(self, query: Query, first: int, next_ones: Sequence[int]) -> dict[str, float]:
        """How the question stands to the entry `first`, and to those that come next.

        `alike`: the share in common with its nearest phrasing; `alike_gap`: over the nearest of the next ones; `title`: the
        share of its title that the question says; `denial`: how far question and entry differ in saying no, in [0, 1], less
        for long questions; `unasked`: 1 when the question asks in a way (how it is done, whether there is such a thing,
        how long it lasts) in which no phrasing does.
        """
        asked = Saying.of(query, self.rarity)
        own = self.entries[first]
        nearest = self._nearest(asked, first)
        denial = abs(asked.denies - sum(one.denies for one in own) / len(own))
        return {
            "alike": nearest,
            "alike_gap": nearest - max((self._nearest(asked, at) for at in next_ones), default=0.0),
            "title": own[0].held_by(asked) / max(own[0].whole(), 1e-9),
            "denial": denial * min(1.0, _LONG / max(1, len(query.stems))),
            "unasked": float(not asked.asks <= frozenset[str]().union(*(one.asks for one in own))),
        }

    def titled(self, words: Sequence[Word], entries: Sequence[int]) -> float:
        """How rare those of the words are, added up, that the title of one of the entries has or means: the most there is."""
        return max((self._in_title(words, self.entries[at][0]) for at in entries), default=0.0)

    def _in_title(self, words: Sequence[Word], title: Saying) -> float:
        held = (word for word in words if word.stem in title.weights or not word.concepts.isdisjoint(title.concepts))
        return sum(self.rarity.share(word.stem) for word in held)

    def _nearest(self, asked: Saying, at: int) -> float:
        return max(alike(asked, one) for one in self.entries[at])
