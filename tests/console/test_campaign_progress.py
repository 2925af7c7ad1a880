"""How a campaign goes, on its page and its report: its numbers, what it waits for, whom it did not reach."""

import json
import re
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import select

from campaigns.content import content_from_text
from campaigns.runner import put_submitted
from campaigns.workflow import Act
from console.wiring import House
from records.clock import ManualClock
from records.content import TextMessage
from records.ledger import NewMessage, Outcome
from records.store import attempts, audiences, batches, cases, messages, money
from records.store import campaigns as store
from records.store.campaigns import OpenWave
from records.store.cases import NewCase
from records.tables import acts
from records.types import (
    CampaignState,
    Case,
    ChannelName,
    Language,
    MessageClass,
    MessageKind,
    MessageState,
    Reason,
    Role,
)
from tests.console.campaign_page import TEMPLATE, act, actions, row, state
from tests.console.conftest import make_account, sign_in

VERDICT_NUMBERS = {"waiting": 0, "attempts": 3, "hard_failures": 0, "complaints": 0}


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
