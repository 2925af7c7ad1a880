"""The edge every page shares: which language, which templates, which headers, what an error looks like."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from console.house import House
from console.written import LOCALES, cost_words, money, percent
from records.phrases import Phrases, load_phrases, written
from records.types import Language

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "relevo_language"
_OWN = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
PAGE_POLICY = _OWN + "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
EMBEDDED_POLICY = _OWN + "form-action 'self'; base-uri 'none'; frame-ancestors *"
"""For the chat page alone: any site may show it in a frame. It acts on no cookie, so there is nothing to trick it into."""
MAIL_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = (
    f"sandbox {MAIL_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""For an e-mail shown to staff: its own styles, links that open a tab of their own, no scripts, nothing from anywhere."""


def house_of(request: Request) -> House:
    return cast(House, request.app.state.house)


HouseDep = Annotated[House, Depends(house_of)]


def phrases() -> Phrases:
    return load_phrases("console")


def choose_language(asked: str, remembered: str, accepted: str, fallback: str) -> Language:
    """The first of: asked for in the address, remembered from before, the browser's wish, the company's first."""
    wishes = [asked, remembered, *(part.split(";")[0].strip() for part in accepted.split(",")), fallback]
    known = {language.value for language in Language}
    return next((Language(wish[:2].lower()) for wish in wishes if wish[:2].lower() in known), Language.ES)


def language_of(request: Request) -> Language:
    house = house_of(request)
    return choose_language(
        request.query_params.get("lang", ""),
        request.cookies.get(LANGUAGE_COOKIE, ""),
        request.headers.get("accept-language", ""),
        house.workspace.settings.company.languages[0],
    )


LanguageDep = Annotated[Language, Depends(language_of)]


@cache
def asset(name: str) -> str:
    """The address of a static file; changes when the file does, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    environment.globals["mail_sandbox"] = MAIL_SANDBOX
    environment.filters["code"] = with_code
    environment.filters["unbroken"] = unbroken
    environment.filters["initials"] = lambda name: "".join(word[0] for word in str(name).split()[:2]).upper()
    return environment


def with_code(text: str) -> Markup:
    """A sentence whose words between backticks are written as in a file."""
    return Markup(re.sub(r"`([^`]+)`", r'<code class="code">\1</code>', str(escape(text))))  # noqa: S704  # escaped before


def unbroken(text: str) -> Markup:
    """What was said, the codes of cases in it never broken at their hyphen."""
    return Markup(re.sub(r"\b(R-[0-9A-Z]{4,})\b", r'<span class="case-code">\1</span>', str(escape(text))))  # noqa: S704  # escaped before


def local_time(moment: datetime | None, language: Language, zone: str) -> str:
    """`18 ene, 11:00` in the desk's time zone; empty for None."""
    from babel.dates import format_skeleton

    if moment is None:
        return ""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{format_skeleton('MMMd', there, locale=LOCALES[language])}, {there:%H:%M}"


def local_day(day: date | None, language: Language) -> str:
    """`18 ene 2027`; empty for None."""
    from babel.dates import format_date

    return "" if day is None else str(format_date(day, "medium", locale=LOCALES[language]))


def render(request: Request, template: str, language: Language, **context: Any) -> str:
    """A template as text, for whoever asked at this path."""
    return rendered(house_of(request), template, language, path=request.url.path, **context)


def rendered(house: House, template: str, language: Language, **context: Any) -> str:
    """A template as text. Every template may use t, when, day, number, percent, price, cost_words, language and house facts."""
    zone = house.workspace.settings.desk.time_zone

    def t(key: str, **fields: object) -> str:
        return phrases().say(key, language, **fields)

    def word(section: str, key: str) -> str:
        """For vocabulary that other rooms may extend: their word, or the section's `other`."""
        known = f"{section}.{key}" in phrases().texts[language]
        return t(f"{section}.{key}" if known else f"{section}.other")

    shared: Mapping[str, Any] = {
        "t": t,
        "word": word,
        "kind_of_case": lambda kind: load_phrases("bot").say(f"kind.{kind}", language),
        "when": lambda moment: local_time(moment, language, zone),
        "day": lambda value: local_day(value, language),
        "price": lambda minor, currency: money(minor, currency, language),
        "number": lambda value: written(value, language),
        "percent": lambda hundredths: percent(hundredths, language),
        "cost_words": lambda amount, currency: cost_words(amount, currency, language),
        "language": language.value,
        "company": house.workspace.settings.company.name,
    }
    return _environment().get_template(template).render({"account": None, "form_token": "", **shared, **context})


def page(
    request: Request,
    template: str,
    language: Language,
    *,
    status: int = 200,
    policy: str = PAGE_POLICY,
    **context: Any,
) -> Response:
    """A template as a page with its security headers; remembers the language if the address asked for one."""
    html = render(request, template, language, **context)
    response = HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": policy})
    response.headers["Cache-Control"] = "no-store"
    if request.query_params.get("lang", "")[:2] == language.value:
        response.set_cookie(LANGUAGE_COOKIE, language.value, max_age=31_536_000, samesite="lax", path="/")
    return response


def mail_page(html: str) -> Response:
    """An e-mail for a frame: links open a new tab, as in a mail program; without scripts, without anything from elsewhere."""
    base, head = '<base target="_blank" rel="noopener">', html.lower().find("<head>")
    at = head + len("<head>") if head >= 0 else 0
    return HTMLResponse(html[:at] + base + html[at:], headers={"Content-Security-Policy": MAIL_POLICY})


def clean(text: str) -> str:
    """Text a database takes: no NUL, no lone surrogates, no other control characters but line breaks and tabs."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(sign for sign in whole if sign in "\n\t" or sign.isprintable() or ord(sign) >= 0x80)
