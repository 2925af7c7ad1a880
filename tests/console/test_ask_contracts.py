"""Questions about contracts on the command line."""

from pathlib import Path

import pytest

from tests.console.test_cli import run
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
