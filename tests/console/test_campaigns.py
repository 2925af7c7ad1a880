"""A campaign on its page: seen by who may, approved by a second person only, stopped with a reason."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from fastapi.testclient import TestClient

from campaigns.content import content_from_text
from campaigns.plan import Anchor, plan_from_data
from campaigns.runner import put_submitted
from console.timeline import draw
from console.wiring import House
from records.clock import ManualClock
from records.store import campaigns as store
from records.store import messages, sandbox, subscribers
from records.types import (
    CampaignState,
    ChannelName,
    Role,
)
from tests.console.campaign_page import MAY, PLAN, act, actions, answer_to, row, state
from tests.console.conftest import Staff, make_account, sign_in


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


def test_the_way_out_that_is_named_is_there(house: House, client: TestClient, campaign_id: str) -> None:
    path, headers = f"/console/campaigns/{campaign_id}", {"Accept-Language": "es"}
    staff = sign_in(client, make_account(house, Role.APPROVER))
    assert "usa «Pausar»" not in client.get(path, headers=headers).text
    assert act(house, staff, campaign_id, "approve") == 303
    assert "usa «Pausar»" in client.get(path, headers=headers).text


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
