"""Numbers that stand in no text: Word's lists and HTML's; deleted and hidden words; pages of a PDF."""

from pathlib import Path
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from knowledge.clause_reader import read_contract
from knowledge.clauses import Contract
from knowledge.loaders import load

LEVELS = (("upperRoman", "%1."), ("decimal", "%1.%2."), ("lowerLetter", "%3)"))


def _read(path: Path) -> Contract:
    contract = read_contract(load(path, path.name))
    assert all(clause.text == contract.text[clause.body : clause.end] for clause in contract.clauses)
    return contract


def add_list(made: Any, levels: tuple[tuple[str, str], ...], number: int) -> None:
    """A list of several levels, the way Word writes one."""
    rows = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{"<w:isLgl/>" if depth else ""}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for depth, (form, text) in enumerate(levels)
    )
    root = made.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{rows}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))


def listed(made: Any, text: str, number: int, depth: int = 0) -> Any:
    """A paragraph that belongs to a list; its number is in no text."""
    paragraph = made.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')
    )
    return paragraph


def test_word_counts_its_lists(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    add_list(made, LEVELS[:2], 90)
    add_list(made, (("lowerLetter", "%1)"),), 91)
    listed(made, "Objeto", 90)
    listed(made, "Este contrato regula la suscripción.", 90, 1)
    listed(made, "El servicio incluye:", 90, 1)
    listed(made, "los audiolibros;", 91)
    listed(made, "las series.", 91)
    listed(made, "Duración", 90)
    listed(made, "Dura un año.", 90, 1)
    made.save(str(tmp_path / "t.docx"))
    found = {clause.path: clause.text for clause in _read(tmp_path / "t.docx").clauses}
    assert list(found) == ["1", "1.1", "1.2", "1.2 a", "1.2 b", "2", "2.1"]
    assert found["2.1"] == "2.1. Dura un año."


def test_deleted_words_stay_out_and_inserted_ones_come_in(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    made.add_paragraph("1. Preaviso")
    paragraph = made.add_paragraph("El plazo es de ")
    for kind, tag, text in (("del", "delText", "sesenta (60)"), ("ins", "t", "treinta (30)")):
        paragraph._p.append(
            parse_xml(f'<w:{kind} {nsdecls("w")} w:id="1" w:author="x"><w:r><w:{tag}>{text}</w:{tag}></w:r></w:{kind}>')
        )
    paragraph.add_run(" días.")
    table = made.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "2.", "Precio"
    made.sections[0].header.paragraphs[0].text = "Cabecera"
    made.save(str(tmp_path / "t.docx"))
    contract = _read(tmp_path / "t.docx")
    assert contract.text == "1. Preaviso\nEl plazo es de treinta (30) días.\n2. Precio"


def test_a_browser_counts_ordered_lists(tmp_path: Path) -> None:
    page = tmp_path / "t.es.html"
    page.write_text(
        "<ol start=4><li>Objeto<ol><li>Uno.</li><li>Dos:<ol type=a><li>aa;</li><li>bb.</li></ol></li></ol></li>"
        "<li><b>Precio.</b> El precio es de 3 €.</li></ol><h2>Anexo I</h2><ol><li>Texto.</li></ol>",
        encoding="utf-8",
    )
    found = {clause.path: clause.heading for clause in _read(page).clauses}
    assert list(found) == ["4", "4.1", "4.2", "4.2 a", "4.2 b", "5", "annex-i", "annex-i 1"]
    assert found["5"] == "Precio"


def test_bold_lines_of_a_pdf_are_headings_and_pages_are_kept(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "t.pdf"))
    for page, (title, text) in enumerate((("Duration", "It lasts a year."), ("Price", "It costs ten euros.")), start=1):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(50, 800, "Sample Company Terms")
        canvas.drawString(50, 30, f"Page {page} of 2")
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(50, 700, title)
        canvas.setFont("Helvetica", 10)
        canvas.drawString(50, 680, text)
        canvas.showPage()
    canvas.save()
    found = [(clause.path, clause.heading, clause.text, clause.page) for clause in _read(tmp_path / "t.pdf").clauses]
    assert found == [("duration", "Duration", "It lasts a year.", 1), ("price", "Price", "It costs ten euros.", 2)]


def test_the_first_printed_line_of_a_clause_is_no_title(tmp_path: Path) -> None:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    said = {
        "primera": "El contrato dura doce meses desde la fecha de alta y se prorroga por periodos iguales salvo aviso.",
        "segunda": "La persona suscriptora puede impedir la prórroga avisando con treinta días de antelación por correo.",
        "tercera": "La empresa puede ceder este contrato a un tercero avisando con quince días hábiles de antelación.",
    }
    style = ParagraphStyle("large", fontSize=14, leading=18)
    rows = [text for number, body in said.items() for text in (f"<b>Cláusula {number}</b>", body)]
    SimpleDocTemplate(str(tmp_path / "t.pdf")).build([Paragraph(text, style) for text in rows])
    found = _read(tmp_path / "t.pdf").clauses
    assert [(clause.path, clause.heading) for clause in found] == [("1", ""), ("2", ""), ("3", "")]
    assert [clause.text for clause in found] == list(said.values())
