"""A contract's lines to clauses with their numbers, walked once. Pure.

The text of a contract is what a reader sees, line breaks and hyphens of the page undone; every clause is a slice of it.
"""

import re
from dataclasses import dataclass, field

from knowledge.clause_counting import OUTER, Counting, counting_of
from knowledge.clause_wording import NAMES, RECITALS, REFERS, heading_of, is_title
from knowledge.clauses import Clause, Contract
from knowledge.contract_lines import Line, lines_of
from knowledge.faq import slug
from knowledge.numbering import ITEMS, Marker, Style, follows, goes_on, succeeds
from knowledge.passages import Document

_HYPHENATED = re.compile(r"[a-záéíóúñ]-$")
_PREAMBLE = "preamble"
_SHORTEST_PREAMBLE = 40
_BRACKETED = re.compile(r"\d[\d.]*\s*\)")
_LETTERED = re.compile(r"[A-Z]\.(?!\d)")
_DOTTED = frozenset({Style.UPPER, Style.ROMAN})


def read_contract(document: Document) -> Contract:
    """The clauses of a contract in order, items after the clause they belong to. Paths are unique."""
    lines = lines_of(document)
    reader = _Reader(counting_of(lines))
    for line in lines:
        reader.take(line)
    return reader.finish()


@dataclass
class _Open:
    """A clause or item that is being read."""

    path: str
    heading: str
    start: int
    body: int
    page: int
    whole: str
    depth: int  # 0 for a clause, 1 for its items, 2 for theirs
    numbered: bool
    first: str = ""  # the line that was taken for a heading
    said: bool = False  # something stands below the heading


@dataclass
class _Reader:
    """Walks the lines once and writes the text down as it goes."""

    counting: Counting
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    pages: list[tuple[int, int]] = field(default_factory=list)
    found: list[_Open] = field(default_factory=list)
    last: str = ""  # the number of the last clause
    outer: str = ""  # the clause whose bare figures are its parts
    recital: bool = False  # in what comes before the clauses: the parties, the background
    scope: str = ""  # the annex we are in
    container: str = ""  # the last heading without a number
    restart: bool = False  # a heading allows numbers to begin again
    items: list[tuple[Style, str]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def take(self, line: Line) -> None:
        marker = self._lettered(self.counting.marker_of(line), line)
        if marker is None:
            self._plain(line)
        elif marker.style in (Style.ANNEX, Style.CHAPTER):
            self._holder(marker, line)
        elif marker.item and not self._is_listed_clause(marker, line):
            self._item(marker, line)
        else:
            self._number(marker, line)

    def finish(self) -> Contract:
        text = "".join(self.pieces)
        made = []
        for at, one in enumerate(self.found):
            end = next((other.start for other in self.found[at + 1 :] if other.depth <= one.depth), len(text))
            end = one.start + len(text[one.start : end].rstrip())
            body = one.start if one.first and self._says_all(at, end) else min(one.body, end)
            clause = Clause(one.path, one.heading, text[body:end], one.start, body, end, one.page, one.whole)
            if one.numbered or clause.text:
                made.append(clause)
        if made and made[0].path == _PREAMBLE and len(made[0].text) < _SHORTEST_PREAMBLE:
            del made[0]
        return Contract(text, tuple(made), tuple(self.pages))

    def _says_all(self, at: int, end: int) -> bool:
        """`2.1 Duration: one year`: what looked like a heading has nothing below it, so it is the text."""
        one = self.found[at]
        after = self.found[at + 1].path if at + 1 < len(self.found) else ""
        return one.body > end and not after.startswith((f"{one.path}.", f"{one.path} "))

    # ---------------------------------------------------------------- what a line is

    def _holder(self, marker: Marker, line: Line) -> None:
        alone = line.heading or line.opens or not self._runs_on()
        if not alone or (not line.heading and marker.rest and not is_title(marker.rest)):
            self._plain(line)
            return
        self.items = []
        self.outer = ""
        if marker.style is Style.ANNEX:
            self.scope, self.container, self.last = marker.value, "", ""
            self.headings[marker.value] = marker.rest
            self._begin(marker.value, marker.rest, line, titled=True)
        else:
            self.container, self.restart = marker.value, True
            self._begin(marker.value, marker.rest, line, titled=True, numbered=False)

    def _lettered(self, marker: Marker | None, line: Line) -> Marker | None:
        """`A.` below a clause that is counted in figures is an item of it, and so are `B.` and, in its turn, `I.`."""
        if marker is None or marker.style not in _DOTTED or line.heading or not _LETTERED.match(line.text):
            return marker
        begins = line.text[0] == "A" and self.last[-1:].isdigit()
        goes_on = any(style is Style.CAPITAL and succeeds(style, name, line.text[0]) for style, name in self.items)
        return Marker(line.text[0], marker.rest, Style.CAPITAL) if begins or goes_on else marker

    def _is_listed_clause(self, marker: Marker, line: Line) -> bool:
        """A heading is never an item; capitals in a heading number clauses."""
        return line.heading and marker.style in (Style.CAPITAL, Style.LETTER)

    def _number(self, marker: Marker, line: Line) -> None:
        if marker.style in self.counting.holds and (line.heading or (is_title(marker.rest) and not self._runs_on())):
            self._heading(line)
            return
        if self.recital and self._ends_recitals(marker, line):
            self._leave_recitals()
        value = self._full_value(marker, line)
        if not self._believes(marker, line, value):
            if marker.style is Style.DECIMAL and _BRACKETED.match(line.text):
                self._item(Marker(marker.value, marker.rest, Style.NUMBER), line)
            else:
                self._plain(line)
            return
        if "." not in value and (marker.style in OUTER or line.heading):
            self.outer = value
        elif self.outer and not value.startswith(f"{self.outer}."):
            self.outer = ""
        self.last = value
        self._clause(marker, value, line)

    def _ends_recitals(self, marker: Marker, line: Line) -> bool:
        if marker.style is Style.DECIMAL:
            return line.heading or line.bold >= len(line.text)
        return marker.style in (Style.NAMED, Style.ORDINAL) and (line.heading or not self._runs_on())

    def _full_value(self, marker: Marker, line: Line) -> str:
        """The number with that of the clause it is a part of: `2.` below `QUINTA.-` is 5.2."""
        if marker.style in ITEMS:
            return marker.value.upper()
        if marker.style is not Style.DECIMAL or not self.outer or line.heading:
            return marker.value
        inside = f"{self.outer}.{marker.value}"
        begun = self.last.startswith(f"{self.outer}.")
        fits = follows(self.last, inside) if begun else marker.value == "1" and self.last == self.outer
        return inside if fits and not marker.value.startswith(f"{self.outer}.") else marker.value

    def _believes(self, marker: Marker, line: Line, value: str) -> bool:
        if not marker.closed and marker.style is Style.DECIMAL and "." not in marker.value:
            return follows(self.last, value) or (self.restart and value == "1")
        if line.heading:
            return True
        if not line.opens and self._refers(marker):
            return False
        if not marker.closed and marker.style is Style.NAMED:
            return not marker.rest and not self._runs_on()
        if value and self.restart and value.split(".")[-1] == "1" and set(value.split(".")) == {"1"}:
            return True
        if marker.items:
            return goes_on(self.last, value) or self.last == value or self.last.startswith(f"{value}.")
        if marker.sure or (line.opens and marker.closed and marker.rest[:1].isupper()):
            return goes_on(self.last, value)
        return follows(self.last, value)

    def _runs_on(self) -> bool:
        """The text so far does not end a sentence."""
        text = self._tail()
        return bool(text) and text[-1] not in '.:;)]»”"' and not self._after_heading()

    def _after_heading(self) -> bool:
        return bool(self.found) and not self.found[-1].said

    def _refers(self, marker: Marker) -> bool:
        """The text so far ends in words that a number completes: `en la cláusula`, `under`, `see`."""
        asks = NAMES if marker.item else REFERS
        return bool(self.found) and not self._after_heading() and bool(asks.search(self._tail()))

    def _tail(self) -> str:
        return self.pieces[-1].rstrip() if self.pieces else ""

    # ---------------------------------------------------------------- what becomes of it

    def _plain(self, line: Line) -> None:
        if line.heading:
            self._heading(line)
        elif line.bold:
            self._begin(slug(line.text[: line.bold]), line.text[: line.bold].strip(" .:-–—"), line)
        elif self.found and self._titles(line):
            self._retitle(line)
        elif self.found:
            self._continue(line)
        else:
            self._begin(_PREAMBLE, "", line, numbered=False)

    def _titles(self, line: Line) -> bool:
        """The line right after `Article 5` alone is its title, if it is short, no sentence and no full line of the page."""
        latest = self.found[-1]
        bare = latest.numbered and not latest.heading and not latest.said and not latest.first
        return bare and not line.full and is_title(line.text)

    def _retitle(self, line: Line) -> None:
        latest = self.found[-1]
        latest.heading = line.text.strip()
        self.headings[latest.path] = latest.heading
        self._write("\n", line)
        latest.body = self.length + 1
        latest.said = True

    def _heading(self, line: Line) -> None:
        latest = self.found[-1] if self.found else None
        if latest and latest.numbered and not latest.heading and not latest.said and not latest.first:
            self._retitle(line)
            latest.said = False
            return
        if self.recital:
            self._leave_recitals()
        self.restart, self.items, self.outer = True, [], ""
        self.container = slug(line.text)
        if RECITALS.match(line.text):
            self.scope, self.recital, self.container = self.container, True, ""
            self._begin(self.scope, line.text, line, titled=True, numbered=False)
            return
        own = f"{self.scope} {self.container}".strip()
        self._begin(own, line.text, line, titled=True, numbered=False)

    def _leave_recitals(self) -> None:
        self.recital, self.scope, self.last, self.outer = False, "", "", ""

    def _clause(self, marker: Marker, value: str, line: Line) -> None:
        self.items = []
        path = f"{self.scope} {value}".strip() if marker.items else self._path_of(value)
        self.restart = False
        whole = line.heading or len(line.text) == line.bold
        if whole:
            own, titled = marker.rest.strip().rstrip(".:"), True
        elif line.bold > len(line.text) - len(marker.rest):
            own, titled = line.text[len(line.text) - len(marker.rest) : line.bold].strip(" .:-–—"), False
        else:
            own, titled = heading_of(marker, value, line.full)
        self.headings[path] = own
        if marker.items:
            self._base_of(path, line)
            self._begin(f"{path} {' '.join(marker.items)}", own or self._inherited(path), line, whole=path, depth=1)
            self.items = [(Style.LETTER if len(name) == 1 else Style.SMALL, name) for name in marker.items]
            return
        self._begin(path, own or self._inherited(path), line, titled=titled)
        if titled and own and not whole:
            self.found[-1].first = line.text

    def _base_of(self, path: str, line: Line) -> None:
        """`7(b)` without a `7` before it still belongs to a clause 7."""
        if path not in self.taken:
            self.taken.add(path)
            self.found.append(
                _Open(path, self._inherited(path), self._next_start(), self._next_start(), line.page, path, 0, True)
            )

    def _path_of(self, value: str) -> str:
        path = f"{self.scope} {value}".strip()
        if path in self.taken and self.container:
            self.scope = f"{self.scope} {self.container}".strip()
            path = f"{self.scope} {value}"
        return path

    def _item(self, marker: Marker, line: Line) -> None:
        latest = self.found[-1] if self.found else None
        place = self._place_of(marker) if latest and not (not line.opens and self._refers(marker)) else None
        if latest is None or place is None:
            self._plain(line)
            return
        depth, style = place
        self._undo_heading(latest, line)
        self.items[depth:] = [(style, marker.value)]
        glue = "." if self.items[0][0] is Style.NUMBER and latest.whole[-1:].isdigit() else " "
        path = f"{latest.whole}{glue}{' '.join(name for _, name in self.items)}"
        self._begin(path, latest.heading, line, whole=latest.whole, depth=depth + 1)

    def _place_of(self, marker: Marker) -> tuple[int, Style] | None:
        """How deep an item stands and how it counts: it goes on a list that is open, or begins one inside it."""
        roman = (Style.SMALL,) if marker.style is Style.LETTER and marker.value in ("i", "v", "x") else ()
        for style in (marker.style, *roman):
            for depth in range(len(self.items) - 1, -1, -1):
                open_style, name = self.items[depth]
                if open_style is style and succeeds(style, name, marker.value):
                    return depth, style
        first = Style.SMALL if marker.value == "i" else marker.style
        if succeeds(first, "", marker.value) and first not in {style for style, _ in self.items}:
            return len(self.items), first
        return None

    def _continue(self, line: Line) -> None:
        latest = self.found[-1]
        self._undo_heading(latest, line)
        text = self._tail()
        if line.opens:
            glue = "\n"
        elif _HYPHENATED.search(text) and line.text[:1].islower() and self.pieces[-1] == text:
            self.pieces[-1] = text[:-1]
            self.length -= 1
            glue = ""
        else:
            glue = "\n" if text[-1:] in ".:;" or self._after_heading() else " "
        self._write(glue, line)
        latest.said = True

    def _undo_heading(self, latest: _Open, line: Line) -> None:
        """A line that goes on in small letters or figures shows that the one before it was no heading."""
        if latest.first and not latest.said and not line.opens and (line.text[:1].islower() or line.text[:1].isdigit()):
            self.headings[latest.path] = ""
            latest.heading = self._inherited(latest.path)
            latest.body = latest.start
            latest.said = True
        latest.first = "" if latest.body == latest.start else latest.first

    def _begin(
        self,
        path: str,
        heading: str,
        line: Line,
        titled: bool = False,
        numbered: bool = True,
        whole: str = "",
        depth: int = 0,
    ) -> None:
        """A clause begins with this line; `titled`: the line is its heading, the text comes below."""
        unique = self._unique(path)
        start = self._next_start()
        self._write("\n" if self.pieces else "", line)
        body = self.length + 1 if titled else start
        self.found.append(
            _Open(unique, heading, start, body, line.page, whole or unique, depth, numbered, said=not titled)
        )
        self.taken.add(unique)

    def _next_start(self) -> int:
        return self.length + 1 if self.pieces else 0

    def _write(self, glue: str, line: Line) -> None:
        if glue:
            self.pieces.append(glue)
        if line.page and (not self.pages or self.pages[-1][1] != line.page):
            self.pages.append((self.length + len(glue), line.page))
        self.pieces.append(line.text)
        self.length += len(glue) + len(line.text)

    def _unique(self, path: str) -> str:
        count = 1
        unique = path
        while unique in self.taken:
            count += 1
            unique = f"{path} ({count})"
        return unique

    def _inherited(self, path: str) -> str:
        while "." in path:
            path = path.rsplit(".", 1)[0]
            if self.headings.get(path):
                return self.headings[path]
        return self.headings.get(path.rpartition(" ")[0], "")
