"""Signing in and out, and what every staff page asks first: who are you, and is this form really ours?"""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from console.access import (
    LOGIN_LASTS,
    ConsoleError,
    Permission,
    SignInFailed,
    SignInLocked,
    form_token,
    form_token_is,
    may,
    require,
    sign_in,
    sign_out,
    signed_in,
)
from console.edge import HouseDep, LanguageDep, clean, local_time, page, phrases
from console.house import House
from records.ids import new_secret
from records.store.accounts import Account
from records.types import Language

router = APIRouter(include_in_schema=False)

COOKIE = "relevo_login"
BEFORE = "relevo_before"  # ties the sign-in form to this browser
LARGEST_FORM = 65_536
HOME: tuple[tuple[Permission, str], ...] = (
    (Permission.SEE_INBOX, "/console/inbox"),
    (Permission.SEE_CAMPAIGNS, "/console/campaigns"),
)


class BadForm(ConsoleError):
    """The form's token is missing or belongs to another login: the page is old, or the form is not ours."""


@dataclass(frozen=True)
class Staff:
    """Who is asking, with what their pages' forms must send back."""

    account: Account
    form_token: str

    def may(self, permission: str) -> bool:
        return may(self.account, Permission(permission))


def _staff(request: Request, house: HouseDep) -> Staff:
    token = clean(request.cookies.get(COOKIE, ""))
    return Staff(signed_in(house.db, token, "web", house.clock.now()), form_token(house.secret, token))


StaffDep = Annotated[Staff, Depends(_staff)]


def _checked(request: Request, house: HouseDep, staff: StaffDep, form_token: Annotated[str, Form()] = "") -> Staff:
    token = request.cookies.get(COOKIE, "")
    if not form_token_is(house.secret, token, clean(form_token)):
        raise BadForm("the form is out of date; open the page again and repeat")
    return staff


FormStaffDep = Annotated[Staff, Depends(_checked)]
"""For every POST of a signed-in person: also checks the form's token."""


def allowed(staff: Staff, permission: Permission) -> Staff:
    """Raises NotAllowed unless this person has the permission."""
    require(staff.account, permission)
    return staff


def who(staff: Staff) -> dict[str, Any]:
    """What the shared part of every staff page shows."""
    return {"account": staff.account, "may": staff.may, "form_token": staff.form_token}


def home_of(account: Account) -> str:
    return next((path for permission, path in HOME if may(account, permission)), "/console/outbox")


def _secure(house: House) -> bool:
    return house.workspace.settings.public_url.startswith("https://")


def safe_next(wanted: str) -> str:
    """A page of the console to go to after signing in; empty for anything that leads elsewhere."""
    parts = urlsplit(wanted)
    inside = not parts.scheme and not parts.netloc and wanted.startswith("/console/") and "\\" not in wanted
    return wanted if inside and wanted.isprintable() else ""


@router.get("/console")
@router.get("/console/")
def home(staff: StaffDep) -> Response:
    return RedirectResponse(home_of(staff.account), 303)


@router.get("/console/login")
def login_page(request: Request, house: HouseDep, language: LanguageDep, next: str = "") -> Response:
    before = clean(request.cookies.get(BEFORE, "")) or new_secret()
    context: dict[str, Any] = {"problem": "", "email": "", "next": safe_next(next)}
    response = page(request, "login.html", language, form_token=form_token(house.secret, f"before{before}"), **context)
    response.set_cookie(
        BEFORE, before, max_age=3600, httponly=True, samesite="lax", path="/console", secure=_secure(house)
    )
    return response


@router.post("/console/login", max_body_size=LARGEST_FORM)
def login(
    request: Request,
    house: HouseDep,
    language: LanguageDep,
    email: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    form_token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    before = clean(request.cookies.get(BEFORE, ""))
    if not before or not _is_form_of(house, before, form_token):
        raise BadForm("the sign-in form is out of date; open the page again")
    try:
        login = sign_in(house.db, clean(email).strip(), clean(password), "web", house.clock.now())
    except SignInFailed as error:
        return page(
            request,
            "login.html",
            language,
            status=401,
            problem=_problem(house, language, error),
            email=clean(email),
            next=safe_next(next),
            form_token=clean(form_token),
        )
    response = RedirectResponse(safe_next(next) or home_of(login.account), 303)
    seconds = int(LOGIN_LASTS["web"].total_seconds())
    response.set_cookie(
        COOKIE, login.token, max_age=seconds, httponly=True, samesite="lax", path="/console", secure=_secure(house)
    )
    return response


def _is_form_of(house: House, before: str, given: str) -> bool:
    return form_token_is(house.secret, f"before{before}", clean(given))


def _problem(house: House, language: Language, error: SignInFailed) -> str:
    if isinstance(error, SignInLocked):
        until = local_time(error.until, language, house.workspace.settings.desk.time_zone)
        return phrases().say("login.locked", language, until=until)
    return phrases().say("login.wrong", language)


@router.post("/console/logout", max_body_size=LARGEST_FORM, dependencies=[Depends(_checked)])
def logout(request: Request, house: HouseDep) -> Response:
    sign_out(house.db, clean(request.cookies.get(COOKIE, "")))
    response = RedirectResponse("/console/login", 303)
    response.delete_cookie(COOKIE, path="/console")
    return response
