"""FAQ and tutorial files to sections. Pure.

An FAQ entry is `## Question {#id}`, a blockquote with other ways to ask, then the answer; `> SMS: …` gives it in short. A
tutorial is cut at its headings.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.blanks import missing
from knowledge.passages import Block, Document, Section, Shape
from knowledge.text import words

_LONGEST_PATH = 120
_LONGEST = 10_000  # characters of an answer; nobody reads more in a chat, and it is shown as it stands
_SHORT = re.compile(r"\s*SMS\s*:", re.IGNORECASE)


def faq_sections(document: Document) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Entries, and a problem for each entry that cannot be shown: no answer, one too long, or an open blank."""
    sections: list[Section] = []
    problems: list[str] = []
    for heading, blocks in _under_headings(document.blocks):
        path = heading.anchor or slug(heading.text)
        section = _entry(path, heading, blocks)
        problem = _problem(section, path, {one.path for one in sections})
        if problem:
            problems.append(problem)
        else:
            sections.append(section)
    return tuple(sections), tuple(problems)


def _entry(path: str, heading: Block, blocks: list[Block]) -> Section:
    quotes = [block for block in blocks if block.shape is Shape.QUOTE]
    asked = quotes[:1] if blocks and blocks[0].shape is Shape.QUOTE else []
    lines = [line.strip(" -*") for block in asked for line in block.text.split("\n") if line.strip(" -*")]
    phrasings = tuple(line for line in lines if not _SHORT.match(line))
    short = next(filter(None, map(_short_form, quotes)), "")
    answer = "\n\n".join(block.text.strip() for block in blocks if block not in asked and not _short_form(block))
    return Section(path, heading.text, answer, phrasings, heading.said, short=short)


def _short_form(block: Block) -> str:
    """What a quote that begins with `SMS:` says: the answer as short as an SMS."""
    if block.shape is not Shape.QUOTE:
        return ""
    return next((line.partition(":")[2].strip() for line in block.text.split("\n") if _SHORT.match(line)), "")


def _problem(section: Section, path: str, taken: set[str]) -> str:
    if path in taken:
        return f"entry #{path} appears twice; give one of them another {{#id}}"
    blank = missing("\n".join((section.heading, section.text, section.short, *section.phrasings)))
    if blank:
        return f"entry #{path} has the open blank [[{blank[0]}]]"
    if not section.text:
        return f"entry #{path} has no answer"
    if len(section.text) > _LONGEST:
        return (
            f"entry #{path} has an answer of {len(section.text)} characters, more than {_LONGEST}; cut it into several "
            "entries, or make it a tutorial"
        )
    return ""


def tutorial_sections(document: Document) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """One section a heading; the path is the tutorial's id, then the heading's: `move-your-account#step-1`."""
    title, root = document.front.get("title", ""), ""
    sections: list[Section] = []
    problems: list[str] = []
    for heading, blocks in _under_headings(document.blocks):
        own = heading.anchor or slug(heading.text)
        if heading.level == 1 and not root:
            root, title = own, title or heading.text
            path, shown = root, title
        else:
            path, shown = (f"{root}#{own}" if root else own), f"{title}: {heading.text}" if title else heading.text
        text = "\n\n".join(block.text.strip() for block in blocks)
        blank = missing(f"{shown}\n{text}")
        if blank:
            problems.append(f"section #{path} has the open blank [[{blank[0]}]]")
        elif text:
            sections.append(Section(path, shown, text, said=heading.said))
    return _unique(sections), tuple(problems)


def _unique(sections: list[Section]) -> tuple[Section, ...]:
    seen: dict[str, int] = {}
    named = []
    for section in sections:
        seen[section.path] = count = seen.get(section.path, 0) + 1
        path = section.path if count == 1 else f"{section.path}-{count}"
        named.append(replace(section, path=path))
    return tuple(named)


def _under_headings(blocks: tuple[Block, ...]) -> Iterator[tuple[Block, list[Block]]]:
    heading: Block | None = None
    held: list[Block] = []
    for block in blocks:
        if block.shape is Shape.HEADING:
            if heading is not None:
                yield heading, held
            heading, held = block, []
        elif heading is not None:
            held.append(block)
    if heading is not None:
        yield heading, held


def slug(text: str) -> str:
    """A path for a heading without an id of its own."""
    return "-".join(words(text))[:_LONGEST_PATH] or "section"
