"""Questions about contracts on the command line."""

from pathlib import Path

import pytest

from console.wiring import open_house
from knowledge.contract_diff import Version, as_plain, diff
from knowledge.contract_keeping import stored_clauses
from knowledge.terms import term_from_plain
from records.store import contracts as store
from tests.console.command_line import run
from tests.knowledge.documents import write

SETTINGS = '[company]\nname = "Farolito"\n'
TERMS_ES = """## 1. Renovación y preaviso

1.1. Para no renovar, el cliente avisará con una antelación mínima de quince (15) días naturales.

## 2. Pago

2.1. El precio es de 8,99 € al mes.

## 3. Baja y preaviso

3.1. Para no renovar, el cliente avisará con una antelación mínima de treinta (30) días naturales.

## 4. Varios

4.1. En caso de contradicción, las condiciones particulares prevalecerán sobre estas condiciones generales.
"""
TERMS_EN = """## 1. Renewal and notice

1.1. The customer may prevent renewal by giving at least fifteen (15) calendar days' notice.

## 2. Payment

2.1. The price is €8.99 per month.

## 3. Ending and notice

3.1. The customer may prevent renewal by giving at least thirty (30) calendar days' notice.

## 4. General

4.1. In the event of any conflict, the special terms shall prevail over these general terms.
"""


@pytest.mark.parametrize(
    ("language", "terms", "question", "person"),
    [
        ("es", TERMS_ES, "¿Qué dice la cláusula 3.1?", "Hablar con una persona"),
        ("en", TERMS_EN, "What does clause 1.1 say?", "Talk to a person"),
    ],
)
def test_two_clauses_at_odds_are_both_quoted(
    tmp_path: Path, language: str, terms: str, question: str, person: str
) -> None:
    (tmp_path / "relevo.toml").write_text(SETTINGS, encoding="utf-8")
    write(tmp_path, f"contracts/terms-2027.{language}.md", terms)
    assert run(tmp_path, "ingest").code == 0
    said = run(tmp_path, "ask", question, "--json").json
    assert (said["decision"], [one["path"] for one in said["citations"]]) == ("answer", ["1.1", "3.1", "4.1"])
    assert all(one["quote"] in said["text"] and one["quote"] in terms for one in said["citations"])
    assert said["choices"] == [person]


PEOPLE = """id,name,language,country,locale,time_zone,email,plan,price,currency,contract,consent_email
F-1,Lucía Ejemplo,es,ES,es-ES,Europe/Madrid,lucia@correo.example,mensual,8.99,EUR,terms-2024,service
"""
OLD = """## 1. Preaviso

1.1. Para no renovar, el cliente avisará con una antelación mínima de quince (15) días naturales.

## 2. Pago

2.1. El precio es de 8,99 € al mes.
"""
NEW = OLD.replace("quince (15)", "treinta (30)") + "\n## 3. Ley\n\n3.1. El contrato se rige por la ley española.\n"
NAMES = ("contracts/terms-2024.es.md", "contracts/terms-2027.es.md")


def test_what_changes_is_told_to_the_verified_once_it_is_confirmed(tmp_path: Path) -> None:
    (tmp_path / "relevo.toml").write_text(SETTINGS, encoding="utf-8")
    for name, text in zip(NAMES, (OLD, NEW), strict=True):
        write(tmp_path, name, text)
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assert run(tmp_path, "ingest").code == 0
    assert run(tmp_path, "subscribers", "import", tmp_path / "people.csv").code == 0
    asked = ("ask", "¿Qué cambia en las condiciones?", "--json", "--as", "F-1", "--identity")
    assert "treinta (30)" not in run(tmp_path, *asked, "verified").json["text"]
    _confirm(tmp_path)
    told = run(tmp_path, *asked, "verified").json
    assert told["decision"] == "answer"
    assert [(one["source"], one["path"]) for one in told["citations"]] == [
        (NAMES[0], "1.1"),
        (NAMES[1], "1.1"),
        (NAMES[1], "3.1"),
    ]
    assert "quince (15)" in told["text"]
    assert "treinta (30)" in told["text"]
    assert "8,99" not in told["text"]
    assert "revisado una persona" not in run(tmp_path, *asked, "anonymous").json["text"]


def _confirm(folder: Path) -> None:
    house = open_house(folder)
    try:
        with house.db.write() as tx:
            old, new = (store.contract(tx, name) for name in NAMES)
            sides = [
                Version(stored_clauses(one), [term_from_plain(term.term) for term in one.terms]) for one in (old, new)
            ]
            store.confirm_diff(tx, old, new, as_plain(diff(*sides)), "ana@example.com", house.clock.now())
    finally:
        house.close()
