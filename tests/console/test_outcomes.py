"""The page of outcomes: the numbers of the command, for who may see numbers, and its table to take away."""

import csv
import io
import re

from fastapi.testclient import TestClient

from campaigns.outcome_report import outcomes_of
from console.bars import curve, draw
from console.wiring import House
from records.store import conversations, feedback
from records.types import ChannelName, Language, Role
from tests.console.conftest import make_account, sign_in
from tests.console.outcomes import begin

SPANISH, ENGLISH = {"Accept-Language": "es"}, {"Accept-Language": "en"}


def test_the_page_says_in_one_look_whether_it_went_well(house: House, client: TestClient) -> None:
    begin(house.db, house.clock.now())
    sign_in(client, make_account(house, Role.ANALYST))
    page = client.get("/console/outcomes", headers=SPANISH).text
    assert '<p class="notice bad">Se va más gente que entre quienes aún esperaban su ola: piloto.</p>' in page
    assert _row(page, "Se fueron") == "<strong>18,0\xa0%</strong><br><small>9 de 50, entre 9,8 y 30,8</small>"
    assert _row(page, "Primeros cobros fallidos").startswith("<strong>20,0\xa0%</strong>")
    assert "<strong>9</strong><br><small>anual: 801,00\xa0€</small>" in page
    assert page.count('<rect class="bar') == 2
    assert "Sigue el 82,0 % (días desde la apertura: 7)." in page
    assert 'aria-current="page">Resultados</a>' in page
    assert client.get("/console/outcomes?campaign=otra").status_code == 404


def _row(page: str, name: str) -> str:
    found = re.search(rf'<td>{name}</td><td class="number">(.*?)</td>', page)
    assert found is not None, name
    return found[1]


def test_before_anything_is_known_the_page_tells_no_nought(house: House, client: TestClient) -> None:
    sign_in(client, make_account(house, Role.SUPPORT))
    assert "Todavía no se ha abierto ninguna ola." in client.get("/console/outcomes", headers=SPANISH).text
    begin(house.db, house.clock.now(), known=False)
    page = client.get("/console/outcomes", headers=ENGLISH).text
    assert 'use <code class="code">relevo outcomes import</code>' in page
    assert "<td>People in the wave</td>" in page
    assert "<td>Left</td>" not in page
    assert "<svg" not in page


def test_the_table_is_taken_away_as_a_spreadsheet_of_that_language_opens_it(house: House, client: TestClient) -> None:
    begin(house.db, house.clock.now())
    sign_in(client, make_account(house, Role.APPROVER))
    answer = client.get("/console/outcomes.csv?campaign=mudanza", headers=SPANISH)
    assert 'filename="mudanza-resultados.csv"' in answer.headers["Content-Disposition"]
    rows = {row["Qué"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")}
    gap = rows["Diferencia, en puntos"]
    assert (gap["Porcentaje o puntos"], gap["Desde"][:2], gap["Hasta"][:3]) == ("16,0", "4,", "28,")
    assert rows["Se fueron"]["Cuántos"] == "9"
    client.cookies.clear()
    assert client.get("/console/outcomes.csv?campaign=mudanza").status_code != 200


def test_satisfaction_is_what_the_command_counts(house: House, client: TestClient) -> None:
    now = house.clock.now()
    with house.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.WEB, "web_0000000000000000000001", now)
        for number, thumb in enumerate((1, 1, -1)):
            feedback.record(tx, "answer", f"a{number}", talk.id, thumb, "", now)
        for number, stars in enumerate((5, 4, 1, 1)):
            feedback.record(tx, "case", f"c{number}", talk.id, stars, "", now)
    sign_in(client, make_account(house, Role.MARKETER))
    page = client.get("/console/outcomes", headers=ENGLISH).text
    assert _row(page, "Answers that helped, of those somebody judged").startswith("<strong>66.7%</strong>")
    assert _row(page, "Gave 4 or 5").startswith("<strong>50.0%</strong><br><small>2 of 4, ")
    assert _row(page, "Gave 1") == "2"


def test_every_bar_stands_within_its_whisker_and_every_whisker_in_the_picture(house: House) -> None:
    now = house.clock.now()
    begin(house.db, now)
    with house.db.read() as tx:
        (found,) = outcomes_of(tx, Language.EN, now).campaigns
    chart = draw(found)
    assert [(bar.wave, bar.waiting) for bar in chart.bars] == [("piloto", False), ("piloto", True)]
    for bar in chart.bars:
        assert 0 <= bar.low <= bar.width <= bar.high <= chart.ticks[-1][0] < chart.width
        assert bar.y + 14 < chart.height
    assert [percent for _, percent in chart.ticks] == [0, 10, 20, 30, 40]  # 30.8 % is the highest end


def test_the_line_of_those_who_stay_ends_where_they_are(house: House) -> None:
    now = house.clock.now()
    begin(house.db, now)
    with house.db.read() as tx:
        (found,) = outcomes_of(tx, Language.EN, now).campaigns
    line = curve(found)
    assert line is not None
    # 9 of 50 left on the fifth day of seven: 18 % down on a side of 20 %, 90 of its 100 points.
    assert line.path == "M44 10.0H44.0V10.0H229.7V100.0H304.0V100.0"
    assert (line.last, line.shares[-1], line.days[-1]) == (82.0, (110.0, 80), (304.0, 7))
