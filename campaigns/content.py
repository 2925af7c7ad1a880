"""What an approval is bound to: plan, templates and company facts, kept together as one text with one hash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.audience import Person, Way, action_needed
from campaigns.links import Links
from campaigns.plan import Plan, Stage, canonical, plan_from_data, read_plan
from campaigns.template_rules import VARIABLES
from campaigns.templates import Filled, Source, Template, Values, read_files, read_source
from records.content import MailMessage, TextMessage
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
    return Template(source, VARIABLES | frozenset(facts), footer)


def values_for(content: Content, subscriber: Subscriber, links: Links, today: date) -> Values:
    """Every variable that has a value for this person, dates and amounts as they are written where they live."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date
    from babel.numbers import format_currency

    try:
        locale = Locale.parse(subscriber.locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        locale = Locale.parse(subscriber.language.value)
    facts = content.facts.get(subscriber.language.value, {})
    days: dict[str, date | None] = {
        "renewal_date": subscriber.renewal_date,
        "next_charge_date": subscriber.next_charge_date,
        "cutover_date": subscriber.cutover_date,
        "effective_date": content.plan.effective_date,
    }
    values: dict[str, str | bool] = {name: text for name, text in facts.items() if text}
    values |= {name: format_date(day, "long", locale=locale) for name, day in days.items() if day is not None}
    values |= {
        "name": subscriber.name,
        "plan": facts.get(f"plan_{subscriber.plan}", subscriber.plan),
        "price": format_currency(_major(subscriber), subscriber.currency, locale=locale),
        "payment_method": _label(subscriber, facts),
        "action_needed": action_needed(subscriber, today),
        "link": links.home,
        "unsubscribe": links.unsubscribe,
    }
    return {name: value for name, value in values.items() if value != ""}


def _major(subscriber: Subscriber) -> Any:
    from decimal import Decimal

    from babel.numbers import get_currency_precision

    return Decimal(subscriber.price_minor).scaleb(-get_currency_precision(subscriber.currency))


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
    language = person.subscriber.language
    filled = content.template(stage, language).fill(values_for(content, person.subscriber, links, today))
    if way.channel is ChannelName.EMAIL:
        return _mail(content.plan, filled, links, language)
    text = filled.sms if way.channel is ChannelName.SMS else filled.text
    shown = () if way.channel is ChannelName.SMS else tuple(link for link in filled.links if link[1] == links.home)
    return TextMessage(text, language.value, shown)


def _mail(plan: Plan, filled: Filled, links: Links, language: Language) -> MailMessage:
    host = links.home.split("/")[2].split(":")[0] if links.home.count("/") >= 2 else "localhost"
    headers = [("List-Id", f"<{plan.campaign}.{host}>")]
    if not plan.message_class.mandatory and links.unsubscribe:
        headers.append(("List-Unsubscribe", f"<{links.unsubscribe}>"))
        if links.unsubscribe.startswith("https://"):  # RFC 8058 asks for https
            headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if plan.message_class is not MessageClass.MARKETING:
        headers.append(("Auto-Submitted", "auto-generated"))
    return MailMessage(filled.subject, filled.text, filled.html, language.value, tuple(headers))
