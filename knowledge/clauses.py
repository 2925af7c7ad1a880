"""A contract as it reads: its text, and its clauses as slices of it. Pure."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """One clause or item. `text` is `contract.text[body:end]`; from `start` its heading is in it, too.

    `whole` is the path of the clause an item belongs to, its own path for a clause; `page` is 0 where there are no pages.
    """

    path: str
    heading: str
    text: str
    start: int
    body: int
    end: int
    page: int
    whole: str

    @property
    def item(self) -> bool:
        return self.whole != self.path


@dataclass(frozen=True)
class Contract:
    """A contract as it reads. `pages` are (offset in `text`, page number), in order, empty where there are no pages."""

    text: str
    clauses: tuple[Clause, ...]
    pages: tuple[tuple[int, int], ...]

    def page_at(self, offset: int) -> int:
        """The page a character is printed on; 0 where there are no pages."""
        at = bisect_right(self.pages, offset, key=lambda one: one[0])
        return self.pages[at - 1][1] if at else 0
