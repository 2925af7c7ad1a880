"""The clause a question asks for by its number."""

import pytest

from knowledge.clause_named import clause_named

ASKED = {
    "¿Qué dice la cláusula 7.2 b?": ("7.2 b",),
    "cláusula 7.2": ("7.2",),
    "what does clause 7(b) say?": ("7 b",),
    "¿qué dice el art. 7?": ("7",),
    "artículo nº 7": ("7",),
    "qué dice la cláusula 3ª": ("3",),
    "¿qué dice la 3ª cláusula?": ("3",),
    "¿Qué dice la cláusula séptima?": ("7",),
    "CLÁUSULA DÉCIMA SEGUNDA": ("12",),
    "la estipulación tercera del contrato": ("3",),
    "¿y la quinta cláusula?": ("5",),
    "what does the fifth clause say?": ("5",),
    "the 5th clause": ("5",),
    "clause seven please": ("7",),
    "¿qué dice el artículo IV?": ("4",),
    "letra b de la cláusula 7.2": ("7.2 b",),
    "¿Qué dice el anexo I?": ("annex-i", "annex-1"),
    "¿y el anexo 1?": ("annex-1", "annex-i"),
    "anexo segundo": ("annex-2", "annex-ii"),
    "what is in Schedule 2?": ("schedule-2", "schedule-ii"),
    "Exhibit B": ("exhibit-b",),
    "¿qué dice el punto 1 del anexo I?": ("annex-i 1", "annex-1 1"),
    "según la clausula 5 cómo se pide": ("5",),
    "¿Qué dice la cláusula 3? ¿y la 4?": ("4",),
    "¿Qué dice la cláusula tercera? ¿y la quinta?": ("5",),
    "what does clause 3 say? and the fourth?": ("4",),
    "¿Qué dice la cláusula 3? ¿y con PayPal?": ("3",),
    "¿y la 4?": (),
    "cómo me doy de baja": (),
    "¿hay una cláusula de permanencia?": (),
    "¿en qué cláusula habláis de precios?": (),
    "una cláusula primordial": (),
    "la cláusula sobre la cesión": (),
    "which section talks about refunds?": (),
    "¿hay algún anexo del contrato?": (),
    "is there a clause I should know?": (),
    "tengo 3 cláusulas que no entiendo": (),
    "la segunda vez que os escribo": (),
}


@pytest.mark.parametrize("question", ASKED)
def test_the_number_is_read_as_people_write_it(question: str) -> None:
    assert clause_named(question) == ASKED[question]
