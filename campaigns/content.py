"""What an approval is bound to: plan, templates and company facts, kept together as one text with one hash."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from campaigns.audience import Person, Way
from campaigns.links import Links
from campaigns.plan import Plan, Stage, canonical, plan_from_data, read_plan
from campaigns.template_rules import VARIABLES
from campaigns.templates import Source, Template, Values, Variant, read_files, read_source
from campaigns.words import PERSONAL, Said, personal
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


def values_for(content: Content, subscriber: Subscriber, links: Links, today: date) -> Values:
    """Every variable that has a value for this person, dates and amounts as they are written where they live."""
    facts = content.facts.get(subscriber.language.value, {})
    return {name: text for name, text in facts.items() if text} | _own(content, subscriber, links, today, PERSONAL)


def _own(
    content: Content, subscriber: Subscriber, links: Links, today: date, names: Iterable[str]
) -> dict[str, str | bool]:
    facts = content.facts.get(subscriber.language.value, {})
    return personal(subscriber, Said(facts, links, content.plan.effective_date, today), names)


def message_for(
    content: Content, stage: Stage, person: Person, way: Way, links: Links, today: date
) -> MailMessage | TextMessage:
    """The message of a stage for one person on one channel. Raises TemplateError if they lack a value it needs."""
    return letter_for(content, stage, person, way, links, today).whole()


def letter_for(content: Content, stage: Stage, person: Person, way: Way, links: Links, today: date) -> Letter:
    """The same, not written out: a form that many share and this person's values. Raises TemplateError."""
    subscriber = person.subscriber
    template = content.template(stage, subscriber.language)
    variant, plain = template.choose(_own(content, subscriber, links, today, template.names))
    host, one_click = _host(links.home), links.unsubscribe.startswith("https://")
    key = (stage.template, variant.key, subscriber.language, way.channel, host, one_click)
    form = content.forms.get(key)
    if form is None:
        kind = _Kind(content.plan, template.names, subscriber.language, way.channel, host, one_click)
        form = content.forms[key] = _form(kind, variant)
    # The header for unsubscribing has a place too; its value stands behind those of the template.
    return Letter(form, (*plain, links.unsubscribe))


@dataclass(frozen=True)
class _Kind:
    """What decides the form of a message, besides the words of its template. `host` is where our links lead; `one_click` says
    whether they may unsubscribe with one click (RFC 8058 asks for https)."""

    plan: Plan
    names: tuple[str, ...]
    language: Language
    channel: ChannelName
    host: str
    one_click: bool


def _host(address: str) -> str:
    """The host an address of ours leads to."""
    return address.split("/")[2].split(":")[0] if address.count("/") >= 2 else "localhost"


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
