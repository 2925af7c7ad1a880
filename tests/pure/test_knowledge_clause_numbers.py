"""Every way of numbering clauses that contracts were seen to use: one short text a style, and the numbers a reader gives."""

import pytest

from knowledge.clause_reader import read_contract
from knowledge.passages import Block, Document, Shape

_SAID = "The parties agree on what is said here."

STYLES = (
    ("ordinals in capitals", "PRIMERA.- Objeto|~|SEGUNDA.- Precio|~|TERCERA.- Baja|~", "1 2 3"),
    ("ordinals in small letters", "Primera. Objeto|~|Segunda. Precio|~|Tercera. Baja|~", "1 2 3"),
    ("ordinals after ten", "DÉCIMA.- Uno|~|UNDÉCIMA.- Dos|~|DUODÉCIMA.- Tres|~|DECIMOTERCERA.- Cuatro|~", "10 11 12 13"),
    ("ordinals in two words", "DÉCIMA PRIMERA.- Uno|~|DÉCIMA SEGUNDA.- Dos|~", "11 12"),
    ("ordinals of twenty", "VIGÉSIMA.- Uno|~|VIGÉSIMA PRIMERA.- Dos|~|VIGESIMOSEGUNDA.- Tres|~", "20 21 22"),
    ("named ordinals", "CLÁUSULA PRIMERA.- Objeto|~|CLÁUSULA SEGUNDA.- Precio|~", "1 2"),
    ("named ordinals with a colon", "Cláusula primera: Objeto|~|Cláusula segunda: Precio|~", "1 2"),
    ("named ordinals alone", "#CLÁUSULA PRIMERA|~|#CLÁUSULA SEGUNDA|~", "1 2"),
    ("named figures with ª", "Cláusula 1ª. Objeto|~|Cláusula 2ª. Precio|~|Cláusula 3ª. Baja|~", "1 2 3"),
    ("named figures with .ª", "Cláusula 1.ª Objeto|~|Cláusula 2.ª Precio|~", "1 2"),
    ("figures with ª", "1ª.- Objeto|~|2ª.- Precio|~|3ª.- Baja|~", "1 2 3"),
    ("articles", "Artículo 1. Objeto|~|Artículo 2. Precio|~", "1 2"),
    ("articles with º", "Artículo 1º.- Objeto|~|Artículo 2º.- Precio|~", "1 2"),
    ("short articles", "Art. 1 - Objeto|~|Art. 2 - Precio|~", "1 2"),
    ("articles alone", "#Artículo 1|Objeto|~|#Artículo 2|Precio|~", "1 2"),
    ("sections", "Section 1. Scope|~|Section 2. Fees|~", "1 2"),
    ("sections in words", "Section One. Scope|~|Section Two. Fees|~|Section Three. Exit|~", "1 2 3"),
    ("clauses with a colon", "CLAUSE 1: SCOPE|~|CLAUSE 2: FEES|~", "1 2"),
    ("clauses with a dash", "Clause 1 – Scope|~|Clause 2 – Fees|~", "1 2"),
    ("clauses, the first", "Clause the First. Scope|~|Clause the Second. Fees|~", "1 2"),
    ("ordinals before the clause", "First Clause. Scope|~|Second Clause. Fees|~", "1 2"),
    ("English ordinals", "FIRST. Scope|~|SECOND. Fees|~|THIRD. Exit|~", "1 2 3"),
    ("rules", "Rule 1. Scope|~|Rule 2. Fees|~", "1 2"),
    ("normas", "Norma 1.ª Objeto|~|Norma 2.ª Cuotas|~", "1 2"),
    ("paragraph signs", "§ 1 Scope|~|§ 2 Fees|~|§ 3 Exit|~", "1 2 3"),
    ("paragraph signs without a space", "§1. Scope|~|§2. Fees|~", "1 2"),
    ("estipulaciones", "Estipulación primera. Objeto|~|Estipulación segunda. Precio|~", "1 2"),
    ("bases", "Base 1. Objeto|~|Base 2. Precio|~", "1 2"),
    ("figures with a dot", "1. Scope|~|2. Fees|~|3. Exit|~", "1 2 3"),
    ("figures with a bracket", "#1) Scope|~|#2) Fees|~|#3) Exit|~", "1 2 3"),
    ("figures with dot and dash", "1.- Objeto|~|2.- Precio|~", "1 2"),
    ("figures with a dash", "1 - Objeto|~|2 - Precio|~", "1 2"),
    ("figures alone in headings", "#1 Scope|~|#2 Fees|~|#3 Exit|~", "1 2 3"),
    ("parts", "1. Scope|1.1 ~|1.2 ~|2. Fees|2.1 ~", "1 1.1 1.2 2 2.1"),
    ("parts with a dot behind", "1. Scope|1.1. ~|1.2. ~|2. Fees|2.1. ~", "1 1.1 1.2 2 2.1"),
    ("parts of parts", "1. Scope|1.1 ~|1.1.1 ~|1.1.2 ~|1.2 ~|2. Fees|~", "1 1.1 1.1.1 1.1.2 1.2 2"),
    ("parts past nine", "8. Fees|8.1 ~|8.3 ~|8.5 ~|8.7 ~|8.9 ~|8.10 ~|8.11 ~|9. Exit|~",
     "8 8.1 8.3 8.5 8.7 8.9 8.10 8.11 9"),
    ("parts of ordinals", "PRIMERA.- Objeto|1.1 ~|1.2 ~|SEGUNDA.- Precio|2.1 ~", "1 1.1 1.2 2 2.1"),
    ("parts of ordinals that start afresh", "PRIMERA.- Objeto|1. ~|2. ~|SEGUNDA.- Precio|1. ~", "1 1.1 1.2 2 2.1"),
    ("Roman", "I. Scope|~|II. Fees|~|III. Exit|~|IV. Law|~", "1 2 3 4"),
    ("Roman with a dash", "I.- Objeto|~|II.- Precio|~|III.- Baja|~", "1 2 3"),
    ("Roman with parts", "#I. Scope|1.1 ~|1.2 ~|#II. Fees|2.1 ~", "1 1.1 1.2 2 2.1"),
    ("named Roman", "Article I. Scope|~|Article II. Fees|~|Article IX. Exit|~", "1 2 9"),
    ("capitals", "#A. Scope|~|#B. Fees|~|#C. Exit|~", "A B C"),
    ("capitals with parts", "#A. Scope|A.1 ~|A.2 ~|#B. Fees|B.1 ~", "A A.1 A.2 B B.1"),
    ("capitals as items", "1. Scope|The service has:|A. films;|B. series.|2. Fees|~", "1 1_A 1_B 2"),
    ("letters in brackets", "1. Scope|The service has:|(a) films;|(b) series.|2. Fees|~", "1 1_a 1_b 2"),
    ("letters behind a bracket", "1. Objeto|Incluye:|a) cine;|b) series.|2. Precio|~", "1 1_a 1_b 2"),
    ("small Roman items", "1. Scope|The service has:|(i) films;|(ii) series;|(iii) news.|2. Fees|~", "1 1_i 1_ii 1_iii 2"),
    ("items of items", "1. Scope|It has:|(a) films:|(i) old;|(ii) new;|(b) series.|2. Fees|~", "1 1_a 1_a_i 1_a_ii 1_b 2"),
    ("items past h", "1. Scope|It has:|(a) a;|(b) b;|(c) c;|(d) d;|(e) e;|(f) f;|(g) g;|(h) h;|(i) i;|(j) j.",
     "1 1_a 1_b 1_c 1_d 1_e 1_f 1_g 1_h 1_i 1_j"),
    ("figures with a zero", "#01 Objeto|~|#02. Precio|~|03. Baja|~", "1 2 3"),
    ("figures with a zero further in", "#2.01 Objeto|~|#2.02 Precio|~", "2.01 2.02"),
    ("Roman alone in headings", "#I Scope|~|#II Fees|~|#III Exit|~", "1 2 3"),
    ("Roman alone with parts", "#I Objeto|1. ~|2. ~|#II Precio|1. ~", "1 1.1 1.2 2 2.1"),
    ("ordinals without a stop", "#PRIMERA OBJETO|~|#SEGUNDA PRECIO|~|#DÉCIMA PRIMERA BAJA|~", "1 2 11"),
    ("ordinals alone", "#Primera|~|#Segunda|~|#Tercera|~", "1 2 3"),
    ("figures in brackets as headings", "#Condiciones|#(1) Objeto|~|#(2) Precio|~", "1 2"),
    ("figures and a space", "#1 Objeto|1 1 ~|1 2 ~|#2 Precio|2 1 ~", "1 1.1 1.2 2 2.1"),
    ("number signs", "Nº 1. Objeto|~|Nº 2. Precio|~", "1 2"),
    ("named ordinals alone in a paragraph", "Cláusula primera|~|Cláusula segunda|~", "1 2"),
    ("one heading with an ordinal is words", "#Precio|~|#Primera Cuota|~|#Baja|~", "precio primera-cuota baja"),
    ("one heading with a Roman letter is words", "#X Ray|~|#I Agree|~|#Fees|~", "x-ray i-agree fees"),
    ("two parts are no clauses", "#PRIMERA PARTE|1. Objeto|~|#SEGUNDA PARTE|1. Precio|~", "1 segunda-parte_1"),
    ("people in brackets", "#Terms|#(1) Ana|~|#(2) Farolito|~|1. Scope|~", "terms terms_1 terms_2 1"),
    ("figures in a sentence", "1. Scope|~|24 7 Support is free.|2. Fees|~", "1 2"),
    ("bis", "Artículo 4. Objeto|~|Artículo 4 bis. Precio|~|Artículo 5. Baja|~", "4 4_bis 5"),
    ("ordinals with bis", "CLÁUSULA CUARTA.- Objeto|~|CLÁUSULA CUARTA BIS.- Precio|~|CLÁUSULA QUINTA.- Baja|~", "4 4_bis 5"),
    ("an annex that starts afresh", "1. Scope|~|2. Fees|~|#Annex I|1. Speeds|~|2. Support|~",
     "1 2 annex-i annex-i_1 annex-i_2"),
    ("two schedules", "1. Scope|~|#Schedule 1|1. Speeds|~|#Schedule 2|1. Support|~",
     "1 schedule-1 schedule-1_1 schedule-2 schedule-2_1"),
    ("chapters that hold clauses", "#Capítulo I|1. Objeto|~|2. Precio|~|#Capítulo II|3. Baja|~", "1 2 3"),
    ("a wrapped price", "1. Fees|The monthly price of the plan is|8.99 € a month.|2. Exit|~", "1 2"),
    ("a wrapped reference", "1. Fees|You pay as said in clause|7 and in the schedule.|2. Exit|~", "1 2"),
    ("numbers in headings", "#1. Plan 5G|~|#2. The 24/7 line|~|#3. Top 10 rules|~", "1 2 3"),
    ("a table of contents", "Contents|1. Scope ........ 2|2. Fees ........ 3|1. Scope|~|2. Fees|~", "1 2"),
    ("a missing number", "1. Scope|~|2. Fees|~|4. Exit|~", "1 2 4"),
)  # fmt: skip


def _paths(text: str) -> list[str]:
    """The numbers read from lines; `#` marks a heading, `~` stands for a sentence."""
    blocks = tuple(
        Block(Shape.HEADING if line[0] == "#" else Shape.TEXT, line.lstrip("#").replace("~", _SAID))
        for line in text.split("|")
    )
    found = read_contract(Document("x", {}, blocks)).clauses
    return [clause.path.replace(" ", "_") for clause in found if clause.path not in ("preamble", "contents")]


@pytest.mark.parametrize(("text", "numbers"), [row[1:] for row in STYLES], ids=[row[0] for row in STYLES])
def test_every_number_is_read_as_its_style_has_it(text: str, numbers: str) -> None:
    assert [path for path in _paths(text) if not path.startswith("chapter")] == numbers.split()
