"""The inbox shows what is there and turns every act into one row of the inbox."""

import re
from datetime import timedelta

from fastapi.testclient import TestClient

from console.wiring import House
from records.inbound import StaffPressed, StaffSaid
from records.phrases import load_phrases
from records.store import cases, feedback, inbox, subscribers
from records.store.cases import NewCase
from records.types import Case, Language, Reason, Role, Subscriber
from tests.console.conftest import Staff, make_account, sign_in

ACT = "act_0000000000000000000001"


def rows(house: House) -> list[object]:
    with house.db.write() as tx:
        return [row.inbound for row in inbox.take(tx, "test", house.clock.now(), 10)]


def post(staff: Staff, case: Case, door: str, **form: str) -> int:
    token = staff.form_token(f"/console/inbox/{case.id}")
    sent = {"form_token": token, "act_id": ACT, **form}
    return staff.client.post(f"/console/inbox/{case.id}/{door}", data=sent).status_code


def take(house: House, case: Case, by: str) -> None:
    with house.db.write() as tx:
        cases.claim(tx, case.id, by, house.clock.now())


def test_who_does_not_hold_the_case_gets_their_reply_back(house: House, support: Staff, case: Case) -> None:
    token = support.form_token(f"/console/inbox/{case.id}")
    sent = {"form_token": token, "act_id": ACT, "text": "Hola, soy Ana"}
    for holder in ("", "otra@farolito.example"):
        if holder:
            take(house, case, holder)
        answer = support.client.post(f"/console/inbox/{case.id}/say", data=sent, headers={"Accept-Language": "es"})
        assert answer.status_code == 409
        assert "No se ha enviado ni guardado nada" in answer.text
        assert ">Hola, soy Ana</textarea>" in answer.text
    assert rows(house) == []
    with house.db.read() as tx:
        assert [event.what for event in cases.events_of(tx, case.id)] == ["opened", "claimed"]


def test_the_box_is_for_notes_until_one_holds_the_case(house: House, support: Staff, case: Case) -> None:
    support.client.cookies.set("relevo_language", "es")
    before = support.client.get(f"/console/inbox/{case.id}?part=reply").text
    assert "Nota interna: no la ve quien pregunta" in before
    assert before.count("Guardar nota interna") == 1
    assert "Para escribir a la persona, pulsa antes «Lo llevo yo»." in before
    take(house, case, support.email)
    after = support.client.get(f"/console/inbox/{case.id}?part=reply").text
    assert "Respuesta o nota" in after
    assert "Enviar" in after


def test_each_reader_sees_the_kinds_of_a_case_in_their_language(house: House, support: Staff, case: Case) -> None:
    now = house.clock.now()
    summary = "Pide una persona: «a person, please»\nCobro doble: «you took it twice»"
    with house.db.write() as tx:
        new = NewCase("cas_2", "CD34", case.conversation_id, None, Reason.PERSON, Language.EN, summary, now)
        cases.open(tx, new, now)
    told = {"es": ("Pide una persona", "Cobro doble"), "en": ("Asks for a person", "Double charge")}
    for language, (person, charge) in told.items():
        support.client.cookies.set("relevo_language", language)
        shown = support.client.get("/console/inbox/cas_2?part=state").text
        assert f"{person}: «a person, please»\n{charge}: «you took it twice»</p>" in shown
        assert ">«a person, please»</span>" in support.client.get("/console/inbox?part=list").text


def test_the_gravest_come_first_with_the_persons_name(house: House, support: Staff, case: Case) -> None:
    now = house.clock.now()
    ana = Subscriber(
        "F-1", "Ana Prado", Language.ES, "ES", "es-ES", "Europe/Madrid", "mensual", 999, "EUR", None, None, "card",
        "c", None, None, now, {},
    )  # fmt: skip
    later = {"CHG1": Reason.DOUBLE_CHARGE, "FRA2": Reason.FRAUD, "CHG3": Reason.DOUBLE_CHARGE}
    with house.db.write() as tx:
        subscribers.save(tx, ana, [], [], now)
        for hours, (code, kind) in enumerate(later.items(), 1):
            promised = now + timedelta(hours=hours)
            new = NewCase(f"cas_{code}", code, case.conversation_id, "F-1", kind, Language.ES, "x", promised)
            cases.open(tx, new, now)
    shown = support.client.get("/console/inbox?part=list").text
    assert re.findall(r">(AB12|FRA2|CHG\d)<", shown) == ["FRA2", "CHG1", "CHG3", "AB12"]
    assert shown.count("Ana Prado") == 3
    facts = support.client.get("/console/inbox/cas_FRA2", headers={"Accept-Language": "es"}).text
    assert "<dd>tarjeta</dd>" in facts


def test_a_kind_of_case_has_one_name_in_the_console_and_on_its_card(house: House, support: Staff, case: Case) -> None:
    support.client.cookies.set("relevo_language", "es")
    now, said = house.clock.now(), load_phrases("bot").texts[Language.ES]
    named = {kind: said[f"kind.{kind.value}"] for kind in Reason if f"kind.{kind.value}" in said}
    with house.db.write() as tx:
        for kind in named:
            new = NewCase(f"cas_{kind.value}", kind.value, case.conversation_id, None, kind, Language.ES, "x", now)
            cases.open(tx, new, now)
    shown = support.client.get("/console/inbox?part=list").text
    assert set(re.findall(r'class="case-kind kind-\w+">([^<]+)<', shown)) == set(named.values())


def test_the_list_shows_the_case_and_escapes_what_people_wrote(support: Staff, case: Case) -> None:
    shown = support.client.get("/console/inbox").text
    assert case.code in shown
    assert "<b>hablar</b>" not in shown
    assert "&lt;b&gt;hablar" in shown


def test_claiming_twice_from_one_page_is_one_row(house: House, support: Staff, case: Case) -> None:
    assert [post(support, case, "act", action="claim") for _ in range(2)] == [303, 303]
    (pressed,) = rows(house)
    assert isinstance(pressed, StaffPressed)
    assert (pressed.action, pressed.staff, pressed.case_id) == ("claim", support.email, case.id)


def test_a_reply_is_one_row_and_rings_the_bell(house: House, support: Staff, case: Case) -> None:
    take(house, case, support.email)
    before = house.bell.count("inbox")
    assert post(support, case, "say", text="Hola, soy Ana") == 303
    (said,) = rows(house)
    assert isinstance(said, StaffSaid)
    assert said.text == "Hola, soy Ana"
    assert house.bell.count("inbox") == before + 1


def test_an_internal_note_takes_no_way_to_the_subscriber(house: House, support: Staff, case: Case) -> None:
    assert [post(support, case, "say", text="ojo", internal="true") for _ in range(2)] == [303, 303]
    assert rows(house) == []
    with house.db.read() as tx:
        notes = [event.text for event in cases.events_of(tx, case.id) if event.what == "note"]
    assert notes == ["ojo"]


def test_nothing_written_is_said_so(support: Staff, case: Case) -> None:
    assert post(support, case, "say", text="  ") == 400


def test_an_unknown_act_and_an_unknown_case_are_friendly(support: Staff, case: Case) -> None:
    assert post(support, case, "act", action="delete") == 400
    assert support.client.get("/console/inbox/cas_nobody").status_code == 404
    assert support.client.get("/console/inbox/%00%00").status_code == 404


def test_parts_for_live_refresh(house: House, support: Staff, case: Case) -> None:
    assert "<html" not in support.client.get("/console/inbox?part=list").text
    assert case.code in support.client.get(f"/console/inbox/{case.id}?part=state").text
    assert support.client.get(f"/console/inbox/{case.id}?part=talk").status_code == 200
    assert support.email not in support.client.get(f"/console/inbox/{case.id}?part=history").text
    take(house, case, support.email)
    assert support.email in support.client.get(f"/console/inbox/{case.id}?part=history").text


def test_staff_read_what_the_person_thought_of_it(house: House, support: Staff, case: Case) -> None:
    part = f"/console/inbox/{case.id}?part=state"
    support.client.cookies.set("relevo_language", "es")
    assert "Valoración" not in support.client.get(part).text
    for value, comment in ((5, ""), (2, "Ha tardado <mucho>")):
        with house.db.write() as tx:
            feedback.record(tx, "case", case.id, case.conversation_id, value, comment, house.clock.now())
    shown = support.client.get(part).text
    assert "Valoración: 2 de 5" in shown
    assert "Ha tardado &lt;mucho&gt;</blockquote>" in shown


def test_a_marketer_can_do_nothing_here(house: House, client: TestClient, case: Case) -> None:
    staff = sign_in(client, make_account(house, Role.MARKETER))
    token = staff.form_token("/console/campaigns")
    form = {"form_token": token, "act_id": ACT, "action": "claim"}
    assert client.post(f"/console/inbox/{case.id}/act", data=form).status_code == 403
    assert rows(house) == []
