"""The inbox shows what is there and turns every act into one row of the inbox."""

from fastapi.testclient import TestClient

from console.wiring import House
from records.inbound import StaffPressed, StaffSaid
from records.store import cases, inbox
from records.types import Case, Role
from tests.console.conftest import Staff, make_account, sign_in

ACT = "act_0000000000000000000001"


def rows(house: House) -> list[object]:
    with house.db.write() as tx:
        return [row.inbound for row in inbox.take(tx, "test", house.clock.now(), 10)]


def post(staff: Staff, case: Case, door: str, **form: str) -> int:
    token = staff.form_token(f"/console/inbox/{case.id}")
    sent = {"form_token": token, "act_id": ACT, **form}
    return staff.client.post(f"/console/inbox/{case.id}/{door}", data=sent).status_code


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


def test_parts_for_live_refresh(support: Staff, case: Case) -> None:
    assert "<html" not in support.client.get("/console/inbox?part=list").text
    assert case.code in support.client.get(f"/console/inbox/{case.id}?part=state").text
    assert support.client.get(f"/console/inbox/{case.id}?part=talk").status_code == 200


def test_a_marketer_can_do_nothing_here(house: House, client: TestClient, case: Case) -> None:
    staff = sign_in(client, make_account(house, Role.MARKETER))
    token = staff.form_token("/console/campaigns")
    form = {"form_token": token, "act_id": ACT, "action": "claim"}
    assert client.post(f"/console/inbox/{case.id}/act", data=form).status_code == 403
    assert rows(house) == []
