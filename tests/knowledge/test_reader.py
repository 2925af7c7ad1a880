"""Hostile files: refused in a sentence, within limits, without harm to the ingest."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.reader import Reader

CONTENT_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    b"<x>&b;&c;</x>"
)


def _archive(parts: dict[str, bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in parts.items():
                archive.writestr(name, data)

    return write


def _many(path: Path) -> None:
    _archive({f"word/{number}.bin": b"" for number in range(3_001)})(path)


def _endless_pages(path: Path) -> None:
    """A page tree that holds itself."""
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 999999>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )


def _locked(path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption("secret", ownerPassword="owner"))
    canvas.drawString(50, 700, "1. Objeto")
    canvas.save()


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "too many parts": ("a.docx", _many, "parts, far more"),
    "zip bomb": ("a.docx", _archive({"word/document.xml": b"0" * 5_000_000}), "unpacks to"),
    "zip slip": ("a.docx", _archive({"../../evil.xml": b"<x/>"}), "leads out of it"),
    "entities": ("a.docx", _archive({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": BOMB}), "XML entities"),
    "no document": ("a.docx", _archive({"[Content_Types].xml": CONTENT_TYPES}), "not a Word document"),
    "a zip inside": ("a.docx", _archive({"a.zip": b"PK\x03\x04"}), "not a Word document"),
    "pdf called docx": ("a.docx", lambda path: path.write_bytes(b"%PDF-1.7\n"), "it is a PDF file"),
    "word called pdf": ("a.pdf", _archive({"word/document.xml": b"<x/>"}), "it is a Word or zip file"),
    "pdf called md": ("a.md", lambda path: path.write_bytes(b"%PDF-1.7\n"), "it is a PDF file"),
    "zip called html": ("a.html", _archive({"x": b"y"}), "it is a Word or zip file"),
    "old word": ("a.docx", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 99), "old Word"),
    "bytes called html": ("a.html", lambda path: path.write_bytes(b"\x00\x01\x02" * 99), "holds no text"),
    "locked pdf": ("a.pdf", _locked, "password"),
    "cut pdf": ("a.pdf", lambda path: path.write_bytes(b"%PDF-1.7\n1 0 obj<<"), "damaged or not a PDF"),
    "endless pages": ("a.pdf", _endless_pages, "damaged or not a PDF|pages|more than|no text|pictures"),
    "deep html": (
        "a.html",
        lambda path: path.write_text("<div>" * 3_000 + "x"),
        "too deeply|cut into|no text|neither Spanish",
    ),
}


@pytest.fixture(scope="module")
def reader() -> "Reader":
    return Reader({}, seconds=20.0)


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence_and_the_next_is_read(tmp_path: Path, reader: Reader, case: str) -> None:
    name, make, why = REFUSED[case]
    make(tmp_path / name)
    good = tmp_path / "good.es.html"
    good.write_text("<h1>1. Objeto</h1><p>Un texto que se lee.</p>", encoding="utf-8")
    with reader:
        bad = reader.read(tmp_path / name, f"contracts/{name}", "x", {})
        assert bad.chunks == ()
        assert re.search(why, bad.source.problem), bad.source.problem
        assert "Traceback" not in bad.source.problem
        assert len(reader.read(good, "contracts/good.es.html", "x", {}).chunks) == 1


def test_limits_on_time_and_memory(tmp_path: Path) -> None:
    slow = tmp_path / "slow.es.html"
    slow.write_text("<p>a</p>" * 200_000, encoding="utf-8")
    with Reader({}, seconds=0.2) as hasty:
        assert "took more than 0 seconds" in hasty.read(slow, "contracts/slow.es.html", "x", {}).source.problem
    with Reader({}, memory=60_000_000) as narrow:
        problem = narrow.read(slow, "contracts/slow.es.html", "x", {}).source.problem
        assert "60 MB" in problem or "more memory" in problem
