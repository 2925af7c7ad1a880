"""Nobody gets in without their password, nor acts through a form that is not theirs."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from console.login import safe_next
from console.wiring import House
from records.clock import ManualClock
from records.store import accounts
from records.types import Case, Role
from tests.console.conftest import PASSWORD, Staff, make_account, sign_in


def attempt(client: TestClient, email: str, password: str) -> int:
    token = Staff(client, email).form_token("/console/login")
    form = {"email": email, "password": password, "form_token": token}
    return client.post("/console/login", data=form).status_code


def test_right_password_opens_the_inbox(house: House, client: TestClient) -> None:
    staff = sign_in(client, make_account(house, Role.SUPPORT))
    assert staff.client.get("/console").headers["location"] == "/console/inbox"
    assert staff.client.get("/console/inbox").status_code == 200


def test_cookie_is_httponly_lax_and_secure(house: House, client: TestClient) -> None:
    email = make_account(house, Role.SUPPORT)
    token = Staff(client, email).form_token("/console/login")
    answer = client.post("/console/login", data={"email": email, "password": PASSWORD, "form_token": token})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" in cookie


def test_the_token_is_kept_as_a_hash_only(house: House, client: TestClient) -> None:
    staff = sign_in(client, make_account(house, Role.SUPPORT))
    token = staff.client.cookies["relevo_login"]
    with house.db.read() as tx:
        assert accounts.login_of(tx, token, "web", house.clock.now()) is None


@pytest.mark.parametrize("email", ["support@farolito.example", "nobody@farolito.example"])
def test_wrong_password_and_unknown_account_look_the_same(house: House, client: TestClient, email: str) -> None:
    make_account(house, Role.SUPPORT)
    assert attempt(client, email, "wrong password") == 401


def test_five_wrong_passwords_lock_for_fifteen_minutes(house: House, client: TestClient, clock: ManualClock) -> None:
    email = make_account(house, Role.SUPPORT)
    assert [attempt(client, email, "wrong") for _ in range(5)] == [401] * 5
    assert attempt(client, email, PASSWORD) == 401
    clock.advance(timedelta(minutes=15, seconds=1))
    assert attempt(client, email, PASSWORD) == 303


def test_a_sign_in_form_of_another_browser_is_refused(house: House, client: TestClient) -> None:
    email = make_account(house, Role.SUPPORT)
    token = Staff(client, email).form_token("/console/login")
    client.cookies.clear()
    form = {"email": email, "password": PASSWORD, "form_token": token}
    assert client.post("/console/login", data=form).status_code == 403


def test_signing_out_ends_the_login(support: Staff) -> None:
    cookie = support.client.cookies["relevo_login"]
    token = support.form_token("/console/inbox")
    assert support.client.post("/console/logout", data={"form_token": token}).status_code == 303
    support.client.cookies.set("relevo_login", cookie, domain="relevo.example", path="/console")
    assert support.client.get("/console/inbox").headers["location"].startswith("/console/login")


def test_a_login_ends_by_itself(support: Staff, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=12, seconds=1))
    assert support.client.get("/console/inbox").status_code == 303


def test_forms_without_their_token_do_nothing(support: Staff, case: Case) -> None:
    form = {"action": "claim", "act_id": "act_0000000000000000000001"}
    path = f"/console/inbox/{case.id}/act"
    assert support.client.post(path, data=form).status_code == 403
    assert support.client.post(path, data=form | {"form_token": "0" * 64}).status_code == 403


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.MARKETER, "/console/inbox", 403),
        (Role.ANALYST, "/console/inbox", 403),
        (Role.ANALYST, "/console/outbox", 403),
        (Role.SUPPORT, "/console/campaigns", 200),
        (Role.ADMIN, "/console/inbox", 200),
        (Role.ADMIN, "/console/campaigns", 200),
    ],
)
def test_roles_open_only_their_pages(house: House, client: TestClient, role: Role, path: str, status: int) -> None:
    staff = sign_in(client, make_account(house, role))
    assert staff.client.get(path).status_code == status


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/console/", "/console/\\evil", "/", "javascript:alert(1)"]
)
def test_after_signing_in_one_stays_here(elsewhere: str) -> None:
    assert safe_next(elsewhere) == ""


def test_the_page_asked_for_is_where_one_arrives() -> None:
    assert safe_next("/console/inbox/cas_1") == "/console/inbox/cas_1"
