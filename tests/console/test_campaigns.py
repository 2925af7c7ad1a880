"""A campaign on its page: seen by who may, approved by a second person only, stopped with a reason."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from campaigns.content import content_from_text
from campaigns.plan import Anchor, plan_from_data
from campaigns.runner import put_submitted
from campaigns.workflow import Act
from console.timeline import draw
from console.wiring import House
from records.clock import ManualClock
from records.content import TextMessage
from records.ledger import NewMessage, Outcome
from records.store import attempts, audiences, batches, cases, messages, money, sandbox, subscribers
from records.store import campaigns as store
from records.store.campaigns import OpenWave
from records.store.cases import NewCase
from records.tables import acts
from records.types import (
    CampaignState,
    Case,
    ChannelName,
    Consent,
    Contact,
    Language,
    MessageClass,
    MessageKind,
    MessageState,
    Purpose,
    Reason,
    Role,
    Subscriber,
)
from tests.console.conftest import Staff, make_account, sign_in

PLAN = {
    "campaign": "mudanza",
    "class": "service",
    "effective_date": "2027-03-01",
    "audience": {"all": True},
    "opens": "-21d",
    "waves": [{"name": "piloto", "share": "10%", "soak": "3d"}, {"name": "resto", "share": "90%", "soak": "2d"}],
    "stages": [
        {"name": "aviso", "anchor": "wave", "offset": "0d", "channels": ["email", "sms"], "template": "aviso"},
        {"name": "recuerdo", "anchor": "cutover", "offset": "-1d", "channels": ["sms"], "template": "aviso"},
    ],
}
TEMPLATE = """---
subject: Tu suscripción se muda
sms: "Te mudas el {{ cutover_date }}. Responde BAJA para no recibir SMS"
---
Hola, {{ name }}: te mudas el {{ cutover_date }}. [Tus preferencias]({{ unsubscribe }})
"""
VERDICT_NUMBERS = {"waiting": 0, "attempts": 3, "hard_failures": 0, "complaints": 0}
MAY = {
    "approve": "approved",
    "reject": "rejected",
    "pause": "paused",
    "resume": "resumed",
    "retry": "retried",
    "cancel": "cancelled",
}


@pytest.fixture
def campaign_id(house: House) -> str:
    now = house.clock.now()
    ana = Subscriber(
        "F-1", "Ana", Language.ES, "ES", "es-ES", "Europe/Madrid", "mensual", 999, "EUR", None, None, "card", "c",
        date(2027, 3, 1), None, now, {},
    )  # fmt: skip
    contacts = [Contact("F-1", ChannelName.EMAIL, "ana@example.com"), Contact("F-1", ChannelName.SMS, "+34600111222")]
    consents = [Consent(channel, Purpose.SERVICE, True) for channel in (ChannelName.EMAIL, ChannelName.SMS)]
    with house.db.write() as tx:
        subscribers.save(tx, ana, contacts, consents, now)
    text = json.dumps({"plan": PLAN, "templates": {"aviso.es": TEMPLATE}, "facts": {"es": {"company": "Farolito"}}})
    return put_submitted(house.db, content_from_text(text), make_account(house, Role.MARKETER), now).id


def state(house: House, campaign_id: str) -> CampaignState:
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    return found.state


def answer_to(
    house: House, staff: Staff, campaign_id: str, action: str, why: str = "", content_hash: str = ""
) -> tuple[int, str]:
    path = f"/console/campaigns/{campaign_id}"
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    form = {
        "form_token": staff.form_token("/console/campaigns"),
        "action": MAY[action],
        "why": why,
        "content_hash": content_hash or found.content_hash,
    }
    answer = staff.client.post(f"{path}/act", data=form, headers={"Accept-Language": "es"})
    return answer.status_code, answer.text


def act(house: House, staff: Staff, campaign_id: str, action: str, why: str = "", content_hash: str = "") -> int:
    return answer_to(house, staff, campaign_id, action, why, content_hash)[0]


def test_the_page_shows_the_schedule_the_texts_and_the_numbers(
    house: House, client: TestClient, campaign_id: str
) -> None:
    staff = sign_in(client, make_account(house, Role.ANALYST))
    page = client.get(f"/console/campaigns/{campaign_id}", headers={"Accept-Language": "es"}).text
    assert staff.email
    assert page.count('class="mark"') == 3  # one stage on both waves; the other once, around each person's own move
    assert "piloto" in page
    assert "Te mudas el 1 de marzo de 2027" in page
    assert "SMS de 1 parte" in page
    assert "el día antes del traslado de cada persona" in page
    assert 'name="action"' not in page  # an analyst can do nothing with it
    part = client.get(f"/console/campaigns/{campaign_id}?part=progress")
    assert "<html" not in part.text
    mail = client.get(f"/console/campaigns/{campaign_id}/mail/aviso?person=F-1")
    assert "Hola, Ana" in mail.text
    assert mail.headers["content-security-policy"].startswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'"
    )
    assert '<base target="_blank"' in mail.text


def test_nobody_approves_what_they_wrote(house: House, client: TestClient, campaign_id: str) -> None:
    author = sign_in(client, "marketer@farolito.example")
    assert act(house, author, campaign_id, "approve") == 403
    assert state(house, campaign_id) is CampaignState.SUBMITTED


def test_an_admin_who_wrote_it_is_no_second_person(house: House, client: TestClient, campaign_id: str) -> None:
    email = make_account(house, Role.ADMIN)
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    put_submitted(house.db, content_from_text(found.plan), email, house.clock.now())
    assert act(house, sign_in(client, email), campaign_id, "approve") == 409
    assert state(house, campaign_id) is CampaignState.SUBMITTED


def test_approving_what_has_changed_since_is_refused(house: House, client: TestClient, campaign_id: str) -> None:
    staff = sign_in(client, make_account(house, Role.APPROVER))
    status, shown = answer_to(house, staff, campaign_id, "approve", content_hash="another")
    assert status == 409
    assert "la campaña ha cambiado desde que abriste la página" in shown
    assert 'value="approved"' in shown  # the page as it stands now, to look at and to answer
    assert state(house, campaign_id) is CampaignState.SUBMITTED


def test_a_second_person_approves_stops_and_resumes(house: House, client: TestClient, campaign_id: str) -> None:
    staff = sign_in(client, make_account(house, Role.APPROVER))
    assert act(house, staff, campaign_id, "approve") == 303
    assert act(house, staff, campaign_id, "pause") == 400  # without a reason
    assert act(house, staff, campaign_id, "pause", why="un error en el precio") == 303
    assert state(house, campaign_id) is CampaignState.PAUSED
    assert "un error en el precio" in client.get(f"/console/campaigns/{campaign_id}").text
    assert act(house, staff, campaign_id, "resume", why="corregido") == 303
    assert state(house, campaign_id) is CampaignState.APPROVED
    assert act(house, staff, campaign_id, "approve") == 409


def test_an_open_page_learns_how_its_campaign_stands_but_offers_no_content_it_does_not_show(
    house: House, client: TestClient, campaign_id: str
) -> None:
    staff = sign_in(client, make_account(house, Role.APPROVER))
    path = f"/console/campaigns/{campaign_id}"
    head = re.search(rf'data-poll="({path}\?part=head[^"]*)"', client.get(path).text)
    assert head is not None
    look = head[1].replace("&amp;", "&")
    assert 'value="approved"' in client.get(look).text
    assert act(house, staff, campaign_id, "approve") == 303
    assert 'value="paused"' in client.get(look).text
    assert staff.email in client.get(f"{path}?part=history").text
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    put_submitted(house.db, content_from_text(found.plan.replace("Hola", "Buenas")), found.author, house.clock.now())
    assert client.get(look).status_code == 409
    assert 'value="approved"' in client.get(path).text


def test_what_waits_for_approval_is_not_said_of_what_is_approved(
    house: House, client: TestClient, campaign_id: str
) -> None:
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(datetime(2027, 2, 20, 10, tzinfo=UTC) - house.clock.now())
    staff = sign_in(client, make_account(house, Role.APPROVER))
    path, spanish = f"/console/campaigns/{campaign_id}", {"Accept-Language": "es"}
    assert "se abrirá en cuanto se apruebe" in client.get(path, headers=spanish).text
    assert act(house, staff, campaign_id, "approve") == 303
    assert "en cuanto se apruebe" not in client.get(path, headers=spanish).text
    with house.db.write() as tx:
        subscribers.opt_out(tx, ChannelName.EMAIL, "ana@example.com", "web", house.clock.now())
        subscribers.opt_out(tx, ChannelName.SMS, "+34600111222", "web", house.clock.now())
    page = client.get(path, headers=spanish).text
    assert "La campaña no llega a nadie." in page
    assert "Impide aprobar:" not in page


def test_a_missing_reason_is_asked_for_on_the_same_page(house: House, client: TestClient, campaign_id: str) -> None:
    staff = sign_in(client, make_account(house, Role.APPROVER))
    path = f"/console/campaigns/{campaign_id}"
    form = {"form_token": staff.form_token("/console/campaigns"), "action": "rejected", "why": " "}
    answer = client.post(f"{path}/act", data=form, headers={"Accept-Language": "es"})
    assert answer.status_code == 400
    assert "Di por qué" in answer.text
    assert "<h1>mudanza</h1>" in answer.text
    assert state(house, campaign_id) is CampaignState.SUBMITTED
    forms = answer.text.split("<form ")
    asked = [(re.findall(r'name="action" value="(\w+)"', one), 'name="why"' in one) for one in forms]
    # No key pressed where a reason is written may approve, or cancel for good.
    assert [one for one in asked if one[0]] == [(["approved"], False), (["rejected"], True), (["cancelled"], True)]


def test_the_numbers_of_a_wave_add_up(house: House, client: TestClient, campaign_id: str) -> None:
    now = house.clock.now()
    people = [f"F-{number}" for number in range(6)]
    with house.db.write() as tx:
        store.open_wave(tx, campaign_id, OpenWave(0, now, 5, 1))
        audiences.freeze(tx, campaign_id, [*((one, 0, "") for one in people[:5]), (people[5], 0, "no_contact")])
        batches.enter_stage(tx, campaign_id, "aviso", people[:4])
        batches.set_outcomes(tx, campaign_id, "aviso", {"F-2": "open_case", "F-0": "no_consent"})
        first = batches.make_batch(tx, campaign_id, "aviso", 0, people[:4], now)
        for person in ("F-0", "F-1"):
            messages.put(tx, row(campaign_id, person, ChannelName.EMAIL, now, first))
        onward = batches.make_batch(tx, campaign_id, "aviso", 0, people[:1], now)  # the same person on the next channel
        messages.put(tx, row(campaign_id, "F-0", ChannelName.SMS, now, onward))
        store.add_verdict(tx, campaign_id, store.StoredVerdict(0, "wait", "too_few", VERDICT_NUMBERS, now))
        assert store.people_counts(tx, campaign_id) == {(0, "aviso", ""): 2, (0, "aviso", "open_case"): 1}
    sign_in(client, make_account(house, Role.ANALYST))
    part = client.get(f"/console/campaigns/{campaign_id}?part=progress", headers={"Accept-Language": "es"}).text
    assert re.findall(r'class="number">(\d+)<', part) == ["5", "2", "1", "2", "5", "0", "0", "5"]
    assert "aún no les toca" in part
    assert '<span class="pill">espera</span>' in part


def test_what_a_campaign_did_by_itself_and_what_it_waits_for_is_said_in_words(
    house: House, client: TestClient, campaign_id: str
) -> None:
    now = house.clock.now()
    with house.db.write() as tx:
        store.open_wave(tx, campaign_id, OpenWave(0, now, 2, 0))
        batch = batches.make_batch(tx, campaign_id, "aviso", 0, ["F-0", "F-1"], now)
        for person in ("F-0", "F-1"):
            messages.put(tx, row(campaign_id, person, ChannelName.SMS, now, batch))
        for one in messages.due_of_batch(tx, batch, now, 1):
            messages.defer(tx, one.id, now, "ceiling")
        money.held(tx, ["day:2027-01-18"])
        assert money.first_refusal(tx, "day:2027-01-18", 100)
        store.add_event(tx, campaign_id, "ceiling", "relevo", "channel sms", now)
        store.add_event(tx, campaign_id, "paused", "relevo", "hard_failures:piloto", now)
        store.add_event(tx, campaign_id, "paused", "ana@farolito.example", "opt_outs:piloto", now)
    sign_in(client, make_account(house, Role.ANALYST))
    page = client.get(f"/console/campaigns/{campaign_id}", headers={"Accept-Language": "es"}).text
    assert "Mensajes en espera: 1. Se ha gastado el dinero previsto" in page
    assert re.findall(r"<blockquote>(.*?)</blockquote>", page) == [
        "el dinero de hoy para campañas por sms",
        "han fallado sin remedio demasiados mensajes (ola piloto)",
        "opt_outs:piloto",  # a person's own words
    ]


def test_the_report_is_a_page_and_says_the_same_numbers(house: House, client: TestClient, campaign_id: str) -> None:
    now = house.clock.now()
    with house.db.write() as tx:
        audiences.freeze(tx, campaign_id, [("F-1", 0, ""), ("F-2", 0, "no_contact")])
        store.open_wave(tx, campaign_id, OpenWave(0, now, 1, 1))
        batches.enter_stage(tx, campaign_id, "aviso", ["F-1"])
        batch = batches.make_batch(tx, campaign_id, "aviso", 0, ["F-1"], now)
        messages.put(tx, row(campaign_id, "F-1", ChannelName.EMAIL, now, batch))
    sign_in(client, make_account(house, Role.ANALYST))
    headers = {"Accept-Language": "es"}
    assert f'href="/console/campaigns/{campaign_id}/report"' in client.get(f"/console/campaigns/{campaign_id}").text
    page = client.get(f"/console/campaigns/{campaign_id}/report", headers=headers)
    assert page.status_code == 200
    assert "Personas en sus olas: 1; se llegó a 0. Quedaron fuera: 1." in page.text
    assert re.search(r"<td>piloto</td><td>aviso</td><td>Correo[^<]*</td>(<td class=\"number\">\d+</td>){5}", page.text)
    assert '<span class="count">1</span> sin dirección en ningún canal de la campaña' in page.text
    assert "Aún sin abrir: resto." in page.text


def test_support_reads_a_campaign_and_whom_to_call_and_changes_nothing(
    house: House, client: TestClient, campaign_id: str
) -> None:
    staff, path = sign_in(client, make_account(house, Role.SUPPORT)), f"/console/campaigns/{campaign_id}"
    page = client.get(path).text
    assert f'href="{path}/missed"' in page
    assert client.get(f"{path}/missed").status_code == client.get(f"{path}/missed/call.csv").status_code == 200
    assert f'action="{path}/act"' not in page
    assert [act(house, staff, campaign_id, one, why="no") for one in MAY] == [403] * len(MAY)
    assert state(house, campaign_id) is CampaignState.SUBMITTED
    assert client.get("/console/campaigns/cmp_none/report").status_code == 404


def test_a_page_writes_numbers_and_names_as_its_reader_does(
    house: House, client: TestClient, clock: ManualClock, campaign_id: str
) -> None:
    clock.advance(timedelta(days=30))  # past the day it was to open, which its checks tell
    now = house.clock.now()
    with house.db.write() as tx:
        store.open_wave(tx, campaign_id, OpenWave(0, now, 1, 0))
    sign_in(client, make_account(house, Role.MARKETER))
    path = f"/console/campaigns/{campaign_id}"
    for language, zero in (("es", "0,0"), ("en", "0.0")):
        report = client.get(f"{path}/report", headers={"Accept-Language": language}).text
        assert f'<td class="number">{zero}</td>' in report
    page = client.get(path, headers={"Accept-Language": "es"}).text
    assert "`" not in page
    assert 'cambia <code class="code">opens</code>' in page


def test_the_way_out_that_is_named_is_there(house: House, client: TestClient, campaign_id: str) -> None:
    path, headers = f"/console/campaigns/{campaign_id}", {"Accept-Language": "es"}
    staff = sign_in(client, make_account(house, Role.APPROVER))
    assert "usa «Pausar»" not in client.get(path, headers=headers).text
    assert act(house, staff, campaign_id, "approve") == 303
    assert "usa «Pausar»" in client.get(path, headers=headers).text


def row(campaign_id: str, person: str, channel: ChannelName, now: datetime, batch: str = "") -> NewMessage:
    key = f"{campaign_id}:{person}:{channel}"
    return NewMessage(
        key, MessageKind.CAMPAIGN, channel, "x", TextMessage("Hola", "es"), now, now,
        subscriber_id=person, campaign_id=campaign_id, stage="aviso", message_class=MessageClass.SERVICE, batch_id=batch,
        revision=1,
    )  # fmt: skip


def test_a_page_speaks_our_words(house: House, client: TestClient, campaign_id: str) -> None:
    sign_in(client, make_account(house, Role.ANALYST))
    path = f"/console/campaigns/{campaign_id}"
    page = client.get(path, headers={"Accept-Language": "es"}).text
    assert "Ana · es · tarjeta" in page
    assert "<blockquote>" not in page.partition("Historia")[2]  # the content's hash is nobody's words
    frames = re.findall(r"<iframe class=\"mail\"[^>]*>", page)
    assert ['loading="lazy"' in frame for frame in frames] == [False]
    assert "1 Mar 2027" in client.get(path, headers={"Accept-Language": "en-US"}).text


def test_the_outbox_tells_a_rehearsal(house: House, client: TestClient, campaign_id: str) -> None:
    now = house.clock.now()
    with house.db.write() as tx:
        found = store.get(tx, campaign_id)
        assert found is not None
        store.submit(tx, replace(found, id="cmp_rehearsal", rehearsal=True))
        for one in ("cmp_rehearsal", campaign_id):
            message = row(one, "F-1", ChannelName.SMS, now)
            messages.put(tx, message)
            sandbox.log(
                tx,
                ChannelName.SMS,
                "x",
                message.key,
                '{"kind": "text", "text": "Hola", "language": "es", "links": []}',
                now,
            )
    sign_in(client, make_account(house, Role.APPROVER))
    page = client.get("/console/outbox", headers={"Accept-Language": "es"}).text
    assert [">ensayo<" in one for one in page.split('<li class="card">')[1:]] == [False, True]


def test_what_the_checks_refuse_cannot_be_approved(house: House, client: TestClient, campaign_id: str) -> None:
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    without_a_way_out = found.plan.replace("Responde BAJA para no recibir SMS", "Hasta pronto")
    put_submitted(house.db, content_from_text(without_a_way_out), "marketer@farolito.example", house.clock.now())
    staff = sign_in(client, make_account(house, Role.APPROVER))
    status, shown = answer_to(house, staff, campaign_id, "approve")
    assert status == 409
    assert "el plan no pasa las comprobaciones" in shown
    assert "Impide aprobar:" in shown
    assert state(house, campaign_id) is CampaignState.SUBMITTED


def test_a_campaign_nobody_has_is_not_there(house: House, client: TestClient) -> None:
    sign_in(client, make_account(house, Role.APPROVER))
    assert client.get("/console/campaigns/cmp_none").status_code == 404


def test_the_picture_keeps_every_mark_inside() -> None:
    picture = draw(plan_from_data(PLAN), date(2027, 2, 10), {Anchor.CUTOVER: (date(2027, 3, 2), date(2027, 3, 23))})
    marks = [mark for lane in picture.lanes for mark in lane.marks]
    assert all(0 < mark.x < picture.width and 0 < mark.y < picture.height for mark in marks)
    assert [lane.soak_x for lane in picture.lanes] == sorted(lane.soak_x for lane in picture.lanes)
    (span,) = picture.spans
    assert (span.name, span.first, span.last) == ("recuerdo", date(2027, 3, 1), date(2027, 3, 22))
    assert picture.lanes[0].soak_x < span.x < span.x + span.width < picture.width


def test_the_picture_shows_when_a_wave_did_open_after_its_day_has_moved() -> None:
    plan = plan_from_data({**PLAN, "effective_date": "2027-04-15"})
    opened, today = date(2027, 2, 8), date(2027, 2, 10)
    first, second = draw(plan, today, {}, [opened]).lanes
    assert (first.marks[0].day, second.marks[0].day) == (opened, opened + timedelta(days=3))
    assert draw(plan, today, {}, [opened]).now_x
    assert not draw(plan, today, {}).now_x


def test_the_page_says_who_must_hear_of_a_new_day_and_how_many_got_which_version(
    house: House, client: TestClient, campaign_id: str
) -> None:
    staff, now = sign_in(client, make_account(house, Role.APPROVER)), house.clock.now()
    assert act(house, staff, campaign_id, "approve") == 303
    with house.db.write() as tx:
        audiences.freeze(tx, campaign_id, [("F-1", 0, "")])
        store.open_wave(tx, campaign_id, OpenWave(0, now, 1, 0))
        row = NewMessage(
            "k", MessageKind.CAMPAIGN, ChannelName.EMAIL, "ana@example.com", TextMessage("Hola", "es"), now, now,
            subscriber_id="F-1", campaign_id=campaign_id, stage="aviso", batch_id="b", revision=1,
            message_class=MessageClass.SERVICE,
        )  # fmt: skip
        messages.put(tx, row)
        (stored,) = messages.rows_of_campaign(tx, MessageState.PLANNED, 1)
        token = attempts.claim(tx, [stored.id], "w")
        assert attempts.start(tx, [stored.id], token, now)
        attempts.settle(tx, [(stored, Outcome(MessageState.SENT))], token, now)
        found = store.get(tx, campaign_id)
    assert found is not None
    data = json.loads(found.plan)
    data["plan"]["effective_date"] = "2027-04-15"
    data["templates"]["new-date.es"] = TEMPLATE
    data["correction"] = {"kind": "new-date", "template": "new-date", "dates": ["2027-03-01"], "hashes": []}
    text = json.dumps(data)
    put_submitted(
        house.db, content_from_text(text), "marketer@farolito.example", now, act=Act.RESCHEDULE, reason="tarde"
    )
    headers = {"Accept-Language": "es"}
    page = client.get(f"/console/campaigns/{campaign_id}", headers=headers).text
    assert "La nueva fecha, 15 de abril de 2027, espera aprobación. Personas que recibieron otra: 1." in page
    assert "se propuso otra fecha" in page
    assert re.findall(r"<summary><strong>(.*?)</strong>", page)[0] == "corrección"  # what the approval is asked for
    assert act(house, staff, campaign_id, "approve") == 303
    page = client.get(f"/console/campaigns/{campaign_id}", headers=headers).text
    assert "está saliendo. Personas que recibieron otra y aún no lo saben: 1." in page
    with house.db.write() as tx:
        store.add_event(tx, campaign_id, "corrected_out", "relevo", "0123456789abcdef", now)
    page = client.get(f"/console/campaigns/{campaign_id}", headers=headers).text
    assert "0123456789abcdef" not in page.partition("ya lo sabe todo el mundo")[2]  # a hash is nobody's words
    assert re.search(r"se aplica el 1 mar\S* 2027 · la recibieron: 1 ·", page)


# ---------------------------------------------------------------- whom it did not reach


def failed_for(house: House, campaign_id: str, reasons: dict[str, str]) -> None:
    """An open wave of these people of an approved campaign, whose one message failed for the reason beside each."""
    now = house.clock.now()
    with house.db.write() as tx:
        store.open_wave(tx, campaign_id, OpenWave(0, now, len(reasons), 0))
        audiences.freeze(tx, campaign_id, [(one, 0, "") for one in reasons])
        batches.enter_stage(tx, campaign_id, "aviso", list(reasons))
        batch = batches.make_batch(tx, campaign_id, "aviso", 0, list(reasons), now)
        messages.put_many(tx, [row(campaign_id, one, ChannelName.EMAIL, now, batch) for one in reasons])
        for stored in messages.due_of_batch(tx, batch, now, 100):
            token = attempts.claim(tx, [stored.id], "w")
            assert attempts.start(tx, [stored.id], token, now)
            why = reasons[stored.subscriber_id or ""]
            attempts.settle(tx, [(stored, Outcome(MessageState.FAILED, why))], token, now)


def actions(client: TestClient, campaign_id: str) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', client.get(f"/console/campaigns/{campaign_id}").text)


def test_what_failed_in_passing_is_tried_again_from_its_page(
    house: House, client: TestClient, campaign_id: str
) -> None:
    staff = sign_in(client, make_account(house, Role.APPROVER))
    assert act(house, staff, campaign_id, "approve") == 303
    assert actions(client, campaign_id) == ["paused", "cancelled"]  # nothing failed: there is nothing to try again
    assert act(house, staff, campaign_id, "retry", why="ya va") == 409
    failed_for(house, campaign_id, {"F-1": "unreachable: no route", "F-2": "bad_address: no such mailbox"})
    assert actions(client, campaign_id) == ["paused", "retried", "cancelled"]
    assert act(house, staff, campaign_id, "retry") == 400  # without a reason
    assert act(house, staff, campaign_id, "retry", why="el servidor ya responde") == 303
    with house.db.read() as tx:
        counts = {state: count for (_, state, _), count in messages.counts(tx, campaign_id).items()}
    assert counts == {MessageState.PLANNED: 1, MessageState.FAILED: 1}
    assert state(house, campaign_id) is CampaignState.APPROVED
    assert actions(client, campaign_id) == ["paused", "cancelled"]
    assert act(house, staff, campaign_id, "retry", why="otra vez") == 409  # pressed twice: once is enough


def test_cancelling_is_for_good_and_for_who_may_stop_it(house: House, client: TestClient, campaign_id: str) -> None:
    sign_in(client, make_account(house, Role.ANALYST))
    assert actions(client, campaign_id) == []
    assert act(house, Staff(client, ""), campaign_id, "cancel", why="no") == 403
    staff = sign_in(client, "marketer@farolito.example")
    assert actions(client, campaign_id) == ["cancelled"]  # its author may take it back before anybody approves it
    assert act(house, staff, campaign_id, "cancel") == 400
    assert act(house, staff, campaign_id, "cancel", why="no cambiamos de plataforma") == 303
    assert state(house, campaign_id) is CampaignState.CANCELLED
    assert actions(client, campaign_id) == []
    assert act(house, staff, campaign_id, "resume", why="sí") == 409


def test_who_must_be_called_is_listed_with_phones_and_can_be_taken_away(
    house: House, client: TestClient, campaign_id: str
) -> None:
    staff = sign_in(client, make_account(house, Role.APPROVER))
    path, headers = f"/console/campaigns/{campaign_id}", {"Accept-Language": "es"}
    assert act(house, staff, campaign_id, "approve") == 303
    assert "No hay nadie a quien llamar." in client.get(f"{path}/missed", headers=headers).text
    failed_for(house, campaign_id, {"F-1": "bad_address: no such mailbox", "=F-2": "bad_address: no such mailbox"})
    assert f'href="{path}/missed"' in client.get(path).text
    page = client.get(f"{path}/missed", headers=headers)
    assert page.status_code == 200
    assert '<td>Ana</td><td>es</td><td><a href="tel:+34600111222">+34600111222</a></td><td>aviso</td>' in page.text
    calls = client.get(f"{path}/missed/call.csv", headers=headers)
    assert calls.headers["content-disposition"] == 'attachment; filename="mudanza-a-quien-llamar.csv"'
    assert calls.content.startswith("\ufeffIdentificador;Nombre;Idioma;Teléfono;Etapa;Por qué\r\n".encode())
    assert calls.text.splitlines()[1].startswith("F-1;Ana;es;'+34600111222;aviso;")
    everyone = client.get(f"{path}/missed/missed.csv?stage=aviso", headers={"Accept-Language": "en"}).text
    assert [line.split(",")[:4] for line in everyone.splitlines()[1:]] == [
        ["'=F-2", "aviso", "not reached", "E-mail"],
        ["F-1", "aviso", "not reached", "E-mail"],
    ]
    with house.db.read() as tx:
        taken = tx.execute(select(acts.c.act).where(acts.c.actor == staff.email).order_by(acts.c.id)).scalars().all()
    assert taken[-2:] == ["took_list_call", "took_list_missed"]
    assert client.get(f"{path}/missed?stage=otra").status_code == 404
    assert client.get(f"{path}/missed/nothing.csv").status_code == 404


def test_phones_are_for_who_may_call(house: House, client: TestClient, campaign_id: str) -> None:
    path = f"/console/campaigns/{campaign_id}"
    sign_in(client, make_account(house, Role.ANALYST))
    assert "/missed" not in client.get(path).text
    assert client.get(f"{path}/missed").status_code == 403
    assert client.get(f"{path}/missed/call.csv").status_code == 403


def test_an_approved_campaign_that_waits_for_the_desk_says_so(
    house: House, client: TestClient, campaign_id: str, case: Case
) -> None:
    path, headers = f"/console/campaigns/{campaign_id}?part=progress", {"Accept-Language": "es"}
    assert act(house, sign_in(client, make_account(house, Role.APPROVER)), campaign_id, "approve") == 303
    assert "casos sin atender" not in client.get(path, headers=headers).text
    now = house.clock.now()
    with house.db.write() as tx:
        cases.claim(tx, case.id, "ana", now)
        cases.resolve(tx, case.id, "ana", now)
        for code in ("CD34", "EF56"):
            waits = NewCase(
                f"cas_{code}", code, case.conversation_id, None, Reason.PERSON, Language.ES, "Otra cosa", now
            )
            cases.open(tx, waits, now)
    assert "casos sin atender" in client.get(path, headers=headers).text
