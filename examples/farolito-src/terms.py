"""The two versions of the terms, read from Markdown and printed as Word and as PDF."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.shared import Cm
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate
from ruamel.yaml import YAML

ORDINALS = (
    *("PRIMERA", "SEGUNDA", "TERCERA", "CUARTA", "QUINTA", "SEXTA", "SÉPTIMA", "OCTAVA", "NOVENA", "DÉCIMA"),
    *("UNDÉCIMA", "DUODÉCIMA", "DECIMOTERCERA", "DECIMOCUARTA", "DECIMOQUINTA", "DECIMOSEXTA", "DECIMOSÉPTIMA"),
    "DECIMOCTAVA",
)


@dataclass(frozen=True)
class Clause:
    """One numbered clause: its topic, its title, and its paragraphs with their own numbers or letters."""

    number: int
    topic: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """One version of the terms in one language."""

    version: str
    language: str
    title: str
    in_force: str
    intro: str
    clauses: tuple[Clause, ...]

    def clause(self, topic: str) -> Clause:
        """The clause on a topic; raises KeyError if there is none."""
        for clause in self.clauses:
            if clause.topic == topic:
                return clause
        raise KeyError(topic)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The YAML front matter of a Markdown text and what follows it."""
    _, head, body = text.split("---\n", 2)
    return {str(key): str(value) for key, value in YAML(typ="safe").load(head).items()}, body


def read_terms(path: Path) -> Terms:
    """Reads one source file; raises ValueError if its clauses are not numbered 1, 2, 3..."""
    head, body = split_front_matter(path.read_text(encoding="utf-8"))
    intro, *sections = re.split(r"^## ", body, flags=re.MULTILINE)
    clauses = []
    for expected, section in enumerate(sections, start=1):
        heading, *paragraphs = [line for line in section.splitlines() if line]
        found = re.fullmatch(r"(\d+)\. (.+) \{#(\w+)\}", heading)
        if found is None or int(found[1]) != expected:
            raise ValueError(f"{path.name}: clause {expected} expected, found {heading!r}")
        clauses.append(Clause(expected, found[3], found[2], tuple(paragraphs)))
    return Terms(head["version"], head["language"], head["title"], head["in_force"], intro.strip(), tuple(clauses))


def is_lettered(paragraph: str) -> bool:
    """Whether a paragraph is an item such as ``a) ...``."""
    return re.match(r"[a-z]\) ", paragraph) is not None


def docx_bytes(terms: Terms) -> bytes:
    """The terms as a Word file with real headings; the same bytes every time."""
    label = {"es": "Cláusula {n}.ª {title}", "en": "Clause {n}. {title}"}[terms.language]
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = terms.title, "Farolito", terms.language
    properties.created = properties.modified = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    document.add_heading(terms.title, level=0)
    document.add_paragraph(terms.in_force)
    document.add_paragraph(terms.intro)
    for clause in terms.clauses:
        document.add_heading(label.format(n=clause.number, title=clause.title), level=1)
        for text in clause.paragraphs:
            paragraph = document.add_paragraph(text)
            if is_lettered(text):
                paragraph.paragraph_format.left_indent = Cm(1)
    raw = io.BytesIO()
    document.save(raw)
    return without_clock(raw.getvalue())


def without_clock(archive: bytes) -> bytes:
    """The same zip archive with every entry dated 1980, so that it does not depend on when it was made."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            new.writestr(entry, old.read(name), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
    return target.getvalue()


def pdf_bytes(terms: Terms) -> bytes:
    """The terms as a PDF with a page number at the foot of each page; the same bytes every time."""
    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=15, spaceAfter=6, alignment=TA_JUSTIFY)
    item = ParagraphStyle("item", parent=body, leftIndent=1 * cm)
    heading = ParagraphStyle("heading", parent=body, fontName="Times-Bold", spaceBefore=10, keepWithNext=1, alignment=0)
    title = ParagraphStyle("title", parent=heading, fontSize=17, leading=22)
    page_word = {"es": "Página", "en": "Page"}[terms.language]

    def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawString(2.5 * cm, 1.3 * cm, f"Farolito · {terms.version}")
        canvas.drawRightString(A4[0] - 2.5 * cm, 1.3 * cm, f"{page_word} {document.page}")

    story: list[Flowable] = [Paragraph(escape(terms.title), title)]
    story += [Paragraph(escape(text), body) for text in (terms.in_force, terms.intro)]
    for clause in terms.clauses:
        story.append(Paragraph(escape(pdf_heading(clause, terms.language)), heading))
        story += [Paragraph(escape(text), item if is_lettered(text) else body) for text in clause.paragraphs]
    raw = io.BytesIO()
    page = SimpleDocTemplate(
        raw,
        pagesize=A4,
        leftMargin=2.5 * cm,
        rightMargin=2.5 * cm,
        topMargin=2.2 * cm,
        bottomMargin=2.4 * cm,
        title=terms.title,
        author="Farolito",
        lang=terms.language,
        invariant=1,
    )
    page.build(story, onFirstPage=footer, onLaterPages=footer)
    return raw.getvalue()


def pdf_heading(clause: Clause, language: str) -> str:
    """How the 2027 version titles a clause: ``SÉPTIMA.- Precio`` in Spanish, ``7. Price`` in English."""
    return f"{ORDINALS[clause.number - 1]}.- {clause.title}" if language == "es" else f"{clause.number}. {clause.title}"
