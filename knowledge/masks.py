"""Which texts of a generation may be found by whom. Pure.

Few masks serve many questions: people differ in the facts texts hang on, not in the texts. So a mask is made once, and what
is worked out for it is kept with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.passages import Chunk
from knowledge.scope import Fit, Label, Scope, family, fit, shown

_KEPT = 64  # masks; one of 10,000 texts with all its topics takes 3 MB at most


@dataclass(frozen=True, eq=False)
class Mask:
    """The texts of one manner that may be found. `topics`: by topic, its marks among these texts, once they were needed."""

    shown: NDArray[np.bool_]
    topics: dict[int, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @staticmethod
    def of_all(size: int) -> "Mask":
        return Mask(np.ones(size, dtype=bool))

    @cached_property
    def everything(self) -> bool:
        return bool(self.shown.all())

    @cached_property
    def nothing(self) -> bool:
        return not self.shown.any()

    @cached_property
    def places(self) -> NDArray[np.int64] | slice:
        """Where they stand: numbers, or the whole as a slice, which numpy takes without a copy."""
        return slice(None) if self.everything else np.flatnonzero(self.shown)

    def without(self, places: Iterable[int]) -> "Mask":
        """The same texts but these."""
        left = self.shown.copy()
        left[list(places)] = False
        return Mask(left)


Masks = Mapping[str, Mask]
"""By manner: which of its texts may be found."""


@dataclass(frozen=True)
class Labels:
    """Whom the texts of a manner are for: each label once, and by text which one is its."""

    distinct: tuple[Label, ...]
    rows: NDArray[np.int64]

    @staticmethod
    def of(chunks: Sequence[Chunk]) -> "Labels":
        places: dict[Label, int] = {}
        rows = [places.setdefault(Label(chunk.contract, chunk.reach), len(places)) for chunk in chunks]
        return Labels(tuple(places), np.array(rows, dtype=np.int64))


class Masker:
    """The masks of one language. Judged once a label, not once a text; the same verdicts give the very same masks."""

    def __init__(self, chunks: Mapping[str, Sequence[Chunk]]) -> None:
        self._named = {name: Labels.of(held) for name, held in chunks.items()}
        self._labels = [label for labels in self._named.values() for label in labels.distinct]
        self._laid = lru_cache(_KEPT)(self._lay)
        self.of_scope = lru_cache(_KEPT)(self._of_scope)
        self.of_versions = lru_cache(_KEPT)(self._of_versions)

    def of(self, wanted: Callable[[Label], bool]) -> Masks:
        """The texts whose label is wanted."""
        return self._laid(tuple(map(wanted, self._labels)))

    def _of_scope(self, scope: Scope) -> Masks:
        """What is for this person."""
        return self._laid(tuple(shown(self._labels, scope)))

    def _of_versions(self, contract: str, scope: Scope) -> Masks:
        """The clauses of other versions of `contract` that may be this person's."""

        def other(label: Label) -> bool:
            kin = bool(label.contract) and label.contract != contract
            return kin and family(label.contract) == family(contract) and fit(label.reach, scope) is not Fit.OUT

        return self.of(other)

    def _lay(self, verdicts: tuple[bool, ...]) -> Masks:
        left = iter(verdicts)
        return {
            name: Mask(np.array([next(left) for _ in labels.distinct], dtype=bool)[labels.rows])
            for name, labels in self._named.items()
        }
