"""What an approval is bound to: plan, templates and company facts, kept together as one text with one hash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from campaigns.audience import Person, Way, action_needed
from campaigns.links import Links
from campaigns.plan import Plan, Stage, canonical, plan_from_data, read_plan
from campaigns.template_rules import VARIABLES
from campaigns.templates import Source, Template, Values, Variant, read_files, read_source
from records.content import MailMessage, TextMessage
from records.forms import Form, Letter, Places
from records.ids import fingerprint
from records.phrases import load_phrases
from records.settings import Workspace
from records.types import ChannelName, Language, MessageClass, Subscriber


@dataclass(frozen=True)
class Content:
    """A plan with everything its messages are made of."""

    plan: Plan
    templates: Mapping[str, Template]
    facts: Mapping[str, Mapping[str, str]]
    text: str
    forms: dict[object, Form] = field(default_factory=dict, compare=False, repr=False)
    """The forms made so far, by what decides them."""

    @property
    def hash(self) -> str:
        return fingerprint(self.text)

    def template(self, stage: Stage, language: Language) -> Template:
        """Raises KeyError if the audience speaks a language the stage was not written in (the checks refuse that)."""
        return self.templates[f"{stage.template}.{language}"]


def load_content(workspace: Workspace, path: Any) -> Content:
    """A plan and what it uses, from the files of a workspace. Raises PlanError, TemplateError."""
    plan, data = read_plan(path)
    names = [stage.template for stage in plan.stages]
    languages = [Language(language) for language in workspace.settings.company.languages]
    facts = {
        language.value: {"company": workspace.settings.company.name} | workspace.settings.blanks.get(language.value, {})
        for language in languages
    }
    files = read_files(workspace.templates, names, languages)
    return content_from_text(canonical({"plan": data, "templates": files, "facts": facts}), plan)


def content_from_text(text: str, plan: Plan | None = None) -> Content:
    """The content as it was kept. Raises PlanError, TemplateError."""
    data = json.loads(text)
    plan = plan or plan_from_data(data["plan"])
    facts: dict[str, dict[str, str]] = data["facts"]
    templates = {}
    for key, source in data["templates"].items():
        name, _, word = key.rpartition(".")
        templates[key] = _template(read_source(source, name, Language(word)), facts.get(word, {}))
    return Content(plan, templates, facts, text)


def _template(source: Source, facts: Mapping[str, str]) -> Template:
    footer = load_phrases("campaigns").say("mail.footer", source.language, company=facts.get("company", ""))
    same = {name: text for name, text in facts.items() if text and name not in PERSONAL}
    return Template(source, VARIABLES | frozenset(facts), footer, same)


PERSONAL: frozenset[str] = frozenset(
    {
        "name", "plan", "price", "renewal_date", "next_charge_date", "cutover_date", "effective_date", "payment_method",
        "action_needed", "link", "unsubscribe",
    }
)  # fmt: skip
"""What differs from person to person; a fact of the company with such a name stands back."""


def values_for(content: Content, subscriber: Subscriber, links: Links, today: date) -> Values:
    """Every variable that has a value for this person, dates and amounts as they are written where they live."""
    facts = content.facts.get(subscriber.language.value, {})
    return {name: text for name, text in facts.items() if text} | _personal(content, subscriber, links, today)


def _personal(content: Content, subscriber: Subscriber, links: Links, today: date) -> dict[str, str | bool]:
    place = (subscriber.locale, subscriber.language.value)
    facts = content.facts.get(subscriber.language.value, {})
    days: dict[str, date | None] = {
        "renewal_date": subscriber.renewal_date,
        "next_charge_date": subscriber.next_charge_date,
        "cutover_date": subscriber.cutover_date,
        "effective_date": content.plan.effective_date,
    }
    values: dict[str, str | bool] = {name: _day(day, *place) for name, day in days.items() if day is not None}
    values |= {
        "name": subscriber.name,
        "plan": facts.get(f"plan_{subscriber.plan}", subscriber.plan),
        "price": _amount(subscriber.price_minor, subscriber.currency, *place),
        "payment_method": _label(subscriber, facts),
        "action_needed": action_needed(subscriber, today),
        "link": links.home,
        "unsubscribe": links.unsubscribe,
    }
    return {name: value for name, value in values.items() if value != ""}


# A few locales, some hundred days and prices serve a whole audience; writing one afresh costs more than the rest of a message.


@lru_cache(maxsize=256)
def _locale(locale: str, language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language)


@lru_cache(maxsize=8192)
def _day(day: date, locale: str, language: str) -> str:
    from babel.dates import format_date

    return format_date(day, "long", locale=_locale(locale, language))


@lru_cache(maxsize=8192)
def _amount(minor: int, currency: str, locale: str, language: str) -> str:
    from decimal import Decimal

    from babel.numbers import format_currency, get_currency_precision

    major = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(format_currency(major, currency, locale=_locale(locale, language)))


def _label(subscriber: Subscriber, facts: Mapping[str, str]) -> str:
    phrases = load_phrases("campaigns")
    known = f"payment.{subscriber.payment_method}"
    given = facts.get(f"payment_{subscriber.payment_method}")
    if given is None and known in phrases.texts[subscriber.language]:
        return phrases.say(known, subscriber.language)
    return given or subscriber.payment_method


def message_for(
    content: Content, stage: Stage, person: Person, way: Way, links: Links, today: date
) -> MailMessage | TextMessage:
    """The message of a stage for one person on one channel. Raises TemplateError if they lack a value it needs."""
    return letter_for(content, stage, person, way, links, today).whole()


def letter_for(content: Content, stage: Stage, person: Person, way: Way, links: Links, today: date) -> Letter:
    """The same, not written out: a form that many share and this person's values. Raises TemplateError."""
    subscriber = person.subscriber
    template = content.template(stage, subscriber.language)
    variant, plain = template.choose(_personal(content, subscriber, links, today))
    kind = _Kind(content.plan, template.names, subscriber.language, way.channel, *_addresses(links))
    key = (stage.template, variant.key, kind.language, way.channel, kind.host, kind.one_click)
    form = content.forms.get(key)
    if form is None:
        form = content.forms[key] = _form(kind, variant)
    # The header for unsubscribing has a place too; its value stands behind those of the template.
    return Letter(form, (*plain, links.unsubscribe))


@dataclass(frozen=True)
class _Kind:
    """What decides the form of a message, besides the words of its template. `host` and `one_click` come from the links."""

    plan: Plan
    names: tuple[str, ...]
    language: Language
    channel: ChannelName
    host: str
    one_click: bool


def _addresses(links: Links) -> tuple[str, bool]:
    """The host our links lead to, and whether they may unsubscribe with one click (RFC 8058 asks for https)."""
    host = links.home.split("/")[2].split(":")[0] if links.home.count("/") >= 2 else "localhost"
    return host, links.unsubscribe.startswith("https://")


def _form(kind: _Kind, variant: Variant) -> Form:
    language = kind.language.value
    if kind.channel is ChannelName.EMAIL:
        return Form("mail", language, variant.text, variant.subject, variant.html, _headers(kind))
    if kind.channel is ChannelName.SMS:
        return Form("text", language, variant.sms)
    home = kind.names.index("link") if "link" in kind.names else -1
    shown = tuple(link for link in variant.links if link[1].pieces == ("", str(home), ""))
    return Form("text", language, variant.text, links=shown)


def _headers(kind: _Kind) -> tuple[tuple[str, Places], ...]:
    """List-Id (RFC 2919), List-Unsubscribe (RFC 2369), one click (RFC 8058), Auto-Submitted (RFC 3834), Precedence."""
    plan = kind.plan
    headers = [("List-Id", Places((f"<{plan.campaign}.{kind.host}>",)))]
    if not plan.message_class.mandatory:
        headers.append(("List-Unsubscribe", Places(("<", str(len(kind.names)), ">"))))
        if kind.one_click:
            headers.append(("List-Unsubscribe-Post", Places(("List-Unsubscribe=One-Click",))))
    if plan.message_class is not MessageClass.MARKETING:
        headers.append(("Auto-Submitted", Places(("auto-generated",))))
    headers.append(("Precedence", Places(("bulk",))))
    return tuple(headers)
