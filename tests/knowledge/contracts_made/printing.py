"""Made contracts as files, with what real files have: running headers, tables of contents, hyphens, hidden words, lists that
count themselves."""

import html
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.knowledge.contracts_made.writing import Mark, Paragraph, Written

HIDDEN = "Texto oculto: 9. Cláusula falsa con una penalización de 999 €."
_LISTED = {Mark.FIRST: 0, Mark.SECOND: 1, Mark.THIRD: 2}
_LEVELS = (("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"))
ROWS = 18
_VOWELS = "aeiouáéíóú"


def as_markdown(made: Written, path: Path) -> None:
    marks = {Mark.TITLE: "# ", Mark.HEADING: "## "}
    pieces = [f"---\nlanguage: {made.locale}\n---", f"<!-- {HIDDEN} -->"]
    for paragraph in made.paragraphs:
        if paragraph.mark is Mark.RUN_IN:
            head, _, text = paragraph.text.partition("|")
            pieces.append(f"**{head}** {text}")
        else:
            pieces.append(marks.get(paragraph.mark, "") + paragraph.text)
    path.write_text("\n\n".join(pieces) + "\n", encoding="utf-8")


def as_html(made: Written, path: Path) -> None:
    body = [f'<p style="display:none">{HIDDEN}</p>']
    if made.contents:
        body.append("<h3>Contents</h3>")
        body += [f"<p>{html.escape(one.text)}</p>" for one in _headings(made)]
    for paragraph in made.paragraphs:
        head, _, text = paragraph.text.partition("|")
        if paragraph.mark is Mark.ROW:
            row = "".join(f"<td>{html.escape(cell)}</td>" for cell in paragraph.cells)
            body.append(f"<table><tr>{row}</tr></table>")
        elif paragraph.mark is Mark.RUN_IN:
            body.append(f"<p><strong>{html.escape(head)}</strong> {html.escape(text)}</p>")
        else:
            tag = {Mark.TITLE: "h1", Mark.HEADING: "h2"}.get(paragraph.mark, "p")
            body.append(f"<{tag}>{html.escape(paragraph.text)}</{tag}>")
    _write_page(made, path, body)


def as_listed_html(made: Written, path: Path) -> None:
    """Lists in lists, without a single number in the text."""
    body: list[str] = []
    depth = -1
    for paragraph in made.paragraphs:
        if paragraph.mark not in _LISTED:
            body.append(f"<h1>{html.escape(paragraph.text)}</h1>")
            continue
        level = _LISTED[paragraph.mark]
        body += ["</li></ol>"] * max(0, depth - level)
        body.append(f'<ol type="{"a" if level == 2 else "1"}"><li>' if level > depth else "</li><li>")
        text = html.escape(paragraph.text)
        body.append(f"<b>{text}</b>" if level == 0 else text)
        depth = level
    _write_page(made, path, [*body, "</li></ol>" * (depth + 1)])


def _write_page(made: Written, path: Path, body: list[str]) -> None:
    page = f'<html lang="{made.locale}"><body>\n{chr(10).join(body)}\n</body></html>'
    path.write_text(page, encoding="utf-8")


def as_word(made: Written, path: Path) -> None:
    import docx

    opened = docx.Document()
    opened.sections[0].header.paragraphs[0].text = f"{made.name} — documento de muestra"
    for paragraph in made.paragraphs:
        if paragraph.mark is Mark.ROW:
            row = opened.add_table(1, len(paragraph.cells)).rows[0]
            for cell, text in zip(row.cells, paragraph.cells, strict=True):
                cell.text = text
            continue
        added = opened.add_paragraph()
        run = added.add_run(paragraph.text)
        run.bold = paragraph.mark in (Mark.TITLE, Mark.HEADING)
    _hide_something(opened)
    opened.save(str(path))


def as_listed_word(made: Written, path: Path) -> None:
    """Word counts: the paragraphs hold no numbers."""
    import docx

    opened = docx.Document()
    _add_list(opened, 77)
    for paragraph in made.paragraphs:
        added = opened.add_paragraph()
        added.add_run(paragraph.text).bold = paragraph.mark in (Mark.TITLE, Mark.FIRST)
        if paragraph.mark in _LISTED:
            level = _LISTED[paragraph.mark]
            added._p.get_or_add_pPr().append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
            )
    _hide_something(opened)
    opened.save(str(path))


def _hide_something(opened: Any) -> None:
    """Words a reader does not see: formatted as hidden, and deleted with tracked changes."""
    opened.paragraphs[-1].add_run(f" {HIDDEN}").font.hidden = True
    deleted = f'<w:del {nsdecls("w")} w:id="9" w:author="x"><w:r><w:delText>{HIDDEN}</w:delText></w:r></w:del>'
    opened.paragraphs[-1]._p.append(parse_xml(deleted))


def _add_list(opened: Any, number: int) -> None:
    rows = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for depth, (form, text) in enumerate(_LEVELS)
    )
    root = opened.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{rows}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))


def as_pdf(made: Written, path: Path) -> None:
    """Wrapped and hyphenated lines, a running header and page numbers, a table of contents with dots."""
    from reportlab.pdfgen.canvas import Canvas

    lines = [line for paragraph in _printed(made) for line in _lines(paragraph)]
    pages = [lines[at : at + ROWS] for at in range(0, len(lines), ROWS)]
    canvas = Canvas(str(path), lang=made.locale)
    for number, page in enumerate(pages, start=1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 815, f"{made.name.title()} - Version 3")
        canvas.drawRightString(540, 20, f"{'Página' if made.language == 'es' else 'Page'} {number} / {len(pages)}")
        for row, (text, bold) in enumerate(page):
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10)
            canvas.drawString(60, 790 - 18 * row, text)
        canvas.showPage()
    canvas.save()


def _printed(made: Written) -> Iterator[Paragraph]:
    yield made.paragraphs[0]
    if made.contents:
        yield Paragraph(Mark.HEADING, ("ÍNDICE" if made.language == "es" else "CONTENTS",))
        for at, heading in enumerate(_headings(made)):
            yield Paragraph(Mark.TEXT, (f"{heading.text} {'.' * 30} {at // 4 + 2}",))
    yield from made.paragraphs[1:]


def _headings(made: Written) -> list[Paragraph]:
    return [paragraph for paragraph in made.paragraphs if paragraph.mark is Mark.HEADING]


def _lines(paragraph: Paragraph) -> Iterator[tuple[str, bool]]:
    bold = paragraph.mark in (Mark.TITLE, Mark.HEADING)
    if paragraph.mark is Mark.ROW:
        yield "      ".join(paragraph.cells), bold
        return
    for forced in paragraph.lines:
        for line in _wrapped(forced, "Helvetica-Bold" if bold else "Helvetica"):
            yield line, bold


def _wrapped(text: str, font: str) -> Iterator[str]:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if stringWidth(longer, font, 10) <= 420 or not line:
            line = longer
            continue
        head, tail = _hyphenated(word)
        if head and stringWidth(f"{line} {head}-", font, 10) <= 430:
            yield f"{line} {head}-"
            line = tail
        else:
            yield line
            line = word
    yield line


def _hyphenated(word: str) -> tuple[str, str]:
    """A long word in two, after a vowel; ("", word) for one that stays whole."""
    if len(word) < 10 or not word.isalpha() or not word.islower():
        return "", word
    at = next((place for place in range(4, len(word) - 3) if word[place - 1] in _VOWELS), 0)
    return word[:at], word[at:]


FORMATS: dict[str, tuple[str, Callable[[Written, Path], None]]] = {
    "md": (".md", as_markdown),
    "html": (".html", as_html),
    "html-auto": (".html", as_listed_html),
    "docx": (".docx", as_word),
    "docx-auto": (".docx", as_listed_word),
    "pdf": (".pdf", as_pdf),
}
