"""What waits to be learned, and the yes or no of a person; who names the answer of a case."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from console.wiring import House
from knowledge.library import OWN_LOG
from knowledge.own_log import OwnLog
from records.inbound import StaffPressed
from records.phrasings import Origin, Phrasing, Written
from records.store import candidates, cases, facts, inbox, knowledge, own_entries
from records.store.candidates import Standing
from records.store.knowledge import StoredChunk
from records.tables import acts
from records.types import Case, Language, Role
from tests.channels.slack_payloads import as_form, picked_event, typed_event
from tests.console.conftest import Staff, make_account, sign_in
from tests.standins.slack import signed_headers

PAUSE = Phrasing("faq/account.es.md", "pause", Language.ES, "parar <b>un mes</b>")
ENTRY_ID = "0123456789abcdef01234567"
PAGE = "/console/learning"


@pytest.fixture(autouse=True)
def _proposed(house: House) -> None:
    entry = StoredChunk(ENTRY_ID, PAUSE.source, PAUSE.path, "¿Puedo pausar?", "Sí.", "es", "faq", (), "", {})
    english = StoredChunk("a" * 24, "faq/account.en.md", "pause", "Can I pause?", "Yes.", "en", "faq", (), "", {})
    now = house.clock.now()
    with house.db.write() as tx:
        number = knowledge.begin(tx, now)
        knowledge.finish(tx, number, [], [entry, english])
        knowledge.point(tx, number)
        for talk in ("con_1", "con_2"):
            candidates.propose(tx, PAUSE, Origin.CHOICE, talk, "", now)


def standing(house: House) -> dict[str, Standing]:
    with house.db.read() as tx:
        return {one.id: one.standing for state in Standing for one in candidates.listed(tx, state)}


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.MARKETER])
def test_the_list_shows_question_entry_and_count_and_is_in_the_navigation(
    house: House, client: TestClient, role: Role
) -> None:
    staff = sign_in(client, make_account(house, role))
    shown = staff.client.get(PAGE, headers={"Accept-Language": "es"}).text
    assert "parar &lt;b&gt;un mes&lt;/b&gt;" in shown
    assert "¿Puedo pausar?" in shown
    assert "Lo han dicho 2 personas" in shown
    assert '<a href="/console/learning" aria-current="page">Aprendizaje</a>' in shown
    english = staff.client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "Said by 2 people" in english
    # Each button says which words it is about, also to who hears the page.
    described = re.findall(r'<button name="decision"[^>]*aria-describedby="([^"]+)"', shown)
    assert described == [PAUSE.id, PAUSE.id]
    assert f'<h2 id="{PAUSE.id}" lang="es">' in shown


def test_the_page_says_on_what_its_certainty_was_measured(house: House, support: Staff) -> None:
    def shown(language: str) -> str:
        return support.client.get(PAGE, headers={"Accept-Language": language}).text

    assert "once there are 500 questions of which somebody showed what they meant; so far there are 2." in shown("en")
    own = OwnLog({0.03: 0.61}, 640, house.clock.now(), 0.03, 0.0214, 0.5583)
    with house.db.write() as tx:
        facts.write(tx, OWN_LOG, own.to_json())
    assert "Measured on 640 of your company" in shown("en")
    assert "it answers 55.8% without asking back, and gets 2.1% of all wrong" in shown("en")
    assert "contesta sin preguntar al 55,8\u00a0% y se equivoca en el 2,1\u00a0% de todas" in shown("es")


def test_a_yes_is_learned_a_no_forgotten_and_both_are_on_record(house: House, support: Staff) -> None:
    form = {"form_token": support.form_token(PAGE)}
    answer = support.client.post(f"{PAGE}/{PAUSE.id}", data={**form, "decision": "approved"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?standing=proposed&done=approved")
    after = support.client.get(answer.headers["location"], headers={"Accept-Language": "es"}).text
    assert 'role="status" tabindex="-1" autofocus>Aprendido.' in after
    with house.db.read() as tx:
        assert [one.text for one in candidates.approved(tx)] == [PAUSE.text]
        assert candidates.version(tx) == 1
    assert support.email in support.client.get(f"{PAGE}?standing=approved").text
    form |= {"decision": "rejected", "back": "approved"}
    assert support.client.post(f"{PAGE}/{PAUSE.id}", data=form).status_code == 303
    assert standing(house) == {PAUSE.id: Standing.REJECTED}
    with house.db.read() as tx:
        done = tx.execute(select(acts.c.actor, acts.c.act).where(acts.c.target == PAUSE.id).order_by(acts.c.id)).all()
    assert [tuple(one) for one in done] == [(support.email, "learn_approved"), (support.email, "learn_rejected")]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        (PAUSE.id, {"decision": "approved", "form_token": ""}, 403),
        (PAUSE.id, {"decision": "perhaps"}, 400),
        ("phr_00000000000000000000", {"decision": "approved"}, 404),
        ("phr_%00", {"decision": "approved"}, 404),
    ],
)
def test_what_is_not_a_decision_changes_nothing(
    house: House, support: Staff, path: str, form: dict[str, str], status: int
) -> None:
    sent = {"form_token": support.form_token(PAGE), **form}
    assert support.client.post(f"{PAGE}/{path}", data=sent).status_code == status
    assert standing(house) == {PAUSE.id: Standing.PROPOSED}


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ANALYST])
def test_other_roles_neither_see_nor_decide(house: House, client: TestClient, role: Role) -> None:
    staff = sign_in(client, make_account(house, role))
    assert staff.client.get(PAGE).status_code == 403
    form = {"form_token": staff.form_token("/console/campaigns"), "decision": "approved"}
    assert staff.client.post(f"{PAGE}/{PAUSE.id}", data=form).status_code == 403
    assert standing(house) == {PAUSE.id: Standing.PROPOSED}


def test_who_holds_a_case_may_name_the_entry_that_answers(house: House, support: Staff, case: Case) -> None:
    path = f"/console/inbox/{case.id}"
    assert 'name="entry"' not in support.client.get(path).text
    with house.db.write() as tx:
        cases.claim(tx, case.id, support.email, house.clock.now())
    shown = support.client.get(path).text
    assert f'<option value="{ENTRY_ID}" lang="es">¿Puedo pausar?</option>' in shown
    assert "Can I pause?" not in shown  # the case is in Spanish
    form = {"form_token": support.form_token(path), "act_id": "act_0000000000000000000001", "action": "resolve"}
    assert support.client.post(f"{path}/act", data={**form, "entry": "nonsense"}).status_code == 400
    assert support.client.post(f"{path}/act", data={**form, "entry": ENTRY_ID}).status_code == 303
    with house.db.write() as tx:
        (row,) = inbox.take(tx, "test", house.clock.now(), 10)
    assert isinstance(row.inbound, StaffPressed)
    assert row.inbound.action == f"resolve:{ENTRY_ID}"


def from_slack(house: House, client: TestClient, payload: dict[str, Any]) -> Any:
    body, stamp = as_form(payload), int(house.clock.now().timestamp())
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    signed = signed_headers(body, house.settings.slack_signing_secret, stamp)
    return client.post("/hooks/slack", content=body, headers=form | signed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("", True), ("paus", True), ("PAUSAR puedo", True), ("¿pué", True), ("precio", False), ("ausar", False)],
)
def test_the_same_entries_are_found_by_typing_in_slack(
    house: House, client: TestClient, case: Case, typed: str, found: bool
) -> None:
    answer = from_slack(house, client, typed_event(typed, case.id))
    assert answer.status_code == 200
    shown = [(one["text"]["text"], one["value"]) for one in answer.json()["options"]]
    assert shown == ([("¿Puedo pausar?", ENTRY_ID)] if found else [])


def test_picking_one_in_slack_is_the_very_act_of_the_console(house: House, client: TestClient, case: Case) -> None:
    for _ in range(2):  # Slack repeats what it believes lost
        assert from_slack(house, client, picked_event(ENTRY_ID, case.id)).status_code == 200
    with house.db.write() as tx:
        (row,) = inbox.take(tx, "test", house.clock.now(), 10)
    assert isinstance(row.inbound, StaffPressed)
    assert (row.inbound.case_id, row.inbound.action) == (case.id, f"resolve:{ENTRY_ID}")


@pytest.mark.parametrize("which", ["cas_none", ""])
def test_a_case_nobody_has_shows_nothing_to_name(house: House, client: TestClient, which: str) -> None:
    assert from_slack(house, client, typed_event("", which)).json() == {"options": []}


def test_a_resolved_case_shows_nothing_to_name(house: House, client: TestClient, case: Case) -> None:
    with house.db.write() as tx:
        cases.resolve(tx, case.id, "marta", house.clock.now())
    assert from_slack(house, client, typed_event("", case.id)).json() == {"options": []}


def test_an_answer_of_the_team_is_read_mended_approved_and_forgotten(house: House, support: Staff, case: Case) -> None:
    written = Written("¿Puedo <regalar> una?", "Sí, en la tienda.\n\nUn abrazo", Language.ES)
    with house.db.write() as tx:
        own_entries.propose(tx, case.id, "marta", written, house.clock.now())
        (waiting,) = own_entries.proposed(tx)
    shown = support.client.get(PAGE, headers={"Accept-Language": "es"}).text
    assert 'value="¿Puedo &lt;regalar&gt; una?"' in shown
    assert f'href="/console/inbox/{case.id}"' in shown
    assert (
        "Respuesta propuesta como entrada"
        in support.client.get(f"/console/inbox/{case.id}", headers={"Accept-Language": "es"}).text
    )
    form = {"form_token": support.form_token(PAGE), "decision": "approved"}
    path = f"{PAGE}/entries/{waiting.id}"
    assert support.client.post(path, data={**form, "question": "¿Puedo regalar una?", "answer": " "}).status_code == 400
    assert (
        support.client.post(
            f"{PAGE}/entries/ent_{'0' * 20}", data={**form, "question": "¿?", "answer": "a"}
        ).status_code
        == 404
    )
    mended = {"question": "¿Puedo regalar una?", "answer": "Sí, en la tienda.\r\nSiempre."}
    assert support.client.post(path, data={**form, **mended}).status_code == 303
    with house.db.read() as tx:
        (entry,) = own_entries.approved(tx)
        assert entry.written == Written("¿Puedo regalar una?", "Sí, en la tienda.\nSiempre.", Language.ES)
        assert entry.approved_by == support.email
        assert own_entries.proposed(tx) == ()
        assert candidates.version(tx) == 1
    assert "¿Puedo regalar una?" in support.client.get(f"{PAGE}?standing=approved").text
    form |= {"decision": "rejected", "back": "approved"}
    assert support.client.post(path, data=form).status_code == 303
    with house.db.read() as tx:
        assert own_entries.approved(tx) == ()
        done = tx.execute(select(acts.c.act).where(acts.c.target == waiting.id).order_by(acts.c.id)).scalars().all()
    assert done == ["learn_entry_approved", "learn_entry_rejected"]
