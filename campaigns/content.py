"""What an approval is bound to: plan, templates and company facts, kept together as one text with one hash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from campaigns import correction as corrections
from campaigns.audience import Person, Way
from campaigns.links import Links
from campaigns.plan import Plan, Stage, canonical, plan_from_data, plan_of_text, read_plan
from campaigns.template_rules import VARIABLES
from campaigns.templates import Source, Template, Values, Variant, read_files, read_source
from campaigns.words import PERSONAL, Said, in_order, personal
from records.content import MailMessage, TextMessage
from records.forms import Form, Letter, Places
from records.ids import fingerprint
from records.phrases import load_phrases
from records.revisions import Correction, correction_from_data, correction_to_data
from records.settings import Workspace
from records.types import ChannelName, Language, MessageClass, Subscriber


@dataclass(frozen=True)
class Content:
    """A plan with everything its messages are made of."""

    plan: Plan
    templates: Mapping[str, Template]
    facts: Mapping[str, Mapping[str, str]]
    text: str
    correction: Correction | None = None
    """What it puts right, if it does."""
    forms: dict[object, Form] = field(default_factory=dict, compare=False, repr=False)
    """The forms made so far, by what decides them."""

    @property
    def hash(self) -> str:
        return fingerprint(self.text)

    @property
    def said(self) -> str:
        """Everything but its correction, as text: what two versions are compared by."""
        data = json.loads(self.text)
        names = {stage.template for stage in self.plan.stages}
        templates = {key: text for key, text in data["templates"].items() if key.rpartition(".")[0] in names}
        return canonical({"plan": data["plan"], "templates": templates, "facts": data["facts"]})

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Everything it says: the stages of the plan and, if it puts something right, what says so."""
        if self.correction is None:
            return self.plan.stages
        return (*self.plan.stages, corrections.stage(self.plan, self.correction))

    def stages_of(self, revision: int) -> tuple[Stage, ...]:
        """The same, with the name its correction goes by once this content is that revision."""
        return (*self.plan.stages, *(stage for stage in [self._correction_of(revision)] if stage))

    def _correction_of(self, revision: int) -> Stage | None:
        if self.correction is None:
            return None
        return corrections.stage(self.plan, self.correction, corrections.stage_name(revision))

    def stage(self, name: str) -> Stage:
        """The stage of this name, which may be that of its correction."""
        if self.correction is not None and corrections.is_correction(name):
            return corrections.stage(self.plan, self.correction, name)
        return self.plan.stage(name)

    def template(self, stage: Stage, language: Language) -> Template:
        """Raises KeyError if the audience speaks a language the stage was not written in (the checks refuse that)."""
        return self.templates[
            stage.template + "." + language
        ]  # added: an f-string formats an enum at four times the cost


def load_content(workspace: Workspace, path: Path, text: str | None = None) -> Content:
    """A plan and what it uses, from the files of a workspace; `text` stands for the plan file if it is given. Raises PlanError,
    TemplateError."""
    plan, data = read_plan(path) if text is None else plan_of_text(text, str(path))
    names = [stage.template for stage in plan.stages]
    languages = [Language(language) for language in workspace.settings.company.languages]
    facts = {
        language.value: {"company": workspace.settings.company.name} | workspace.settings.blanks.get(language.value, {})
        for language in languages
    }
    files = read_files(workspace.templates, names, languages)
    return content_from_text(canonical({"plan": data, "templates": files, "facts": facts}), plan)


def with_correction(workspace: Workspace, content: Content, correction: Correction) -> Content:
    """The same, putting something right: with the text that says so, the workspace's own or ours. Raises TemplateError."""
    data = json.loads(content.text)
    languages = [Language(language) for language in workspace.settings.company.languages]
    ours = {f"{correction.template}.{language}": _usual_text(content, correction, language) for language in languages}
    usual = {key: text for key, text in ours.items() if text}
    data["templates"] |= usual | read_files(workspace.templates, [correction.template], languages)
    return content_from_text(canonical(data | {"correction": correction_to_data(correction)}), content.plan)


def _usual_text(content: Content, correction: Correction, language: Language) -> str:
    """The text of a correction for whoever wrote none; empty where they named one of their own."""
    if correction.template != correction.kind:
        return ""
    phrases, key = load_phrases("campaigns"), correction.kind.value.replace("-", "_")
    fields = {name: f"{{{{ {name} }}}}" for name in ("name", "company", "effective_date", "link")}
    subject, sms, body = (phrases.say(f"{key}.{part}", language, **fields) for part in ("subject", "sms", "body"))
    if not content.plan.message_class.mandatory:
        sms += phrases.say("stop.sms", language)
        body += phrases.say("stop.mail", language, unsubscribe="{{ unsubscribe }}")
    return f'---\nsubject: "{subject}"\nsms: "{sms}"\n---\n{body}\n'


def content_from_text(text: str, plan: Plan | None = None) -> Content:
    """The content as it was kept. Raises PlanError, TemplateError."""
    data = json.loads(text)
    plan = plan or plan_from_data(data["plan"])
    facts: dict[str, dict[str, str]] = data["facts"]
    templates = {}
    for key, source in data["templates"].items():
        name, _, word = key.rpartition(".")
        templates[key] = _template(read_source(source, name, Language(word)), facts.get(word, {}))
    return Content(plan, templates, facts, text, correction_from_data(data.get("correction")))


def _template(source: Source, facts: Mapping[str, str]) -> Template:
    footer = load_phrases("campaigns").say("mail.footer", source.language, company=facts.get("company", ""))
    same = {name: text for name, text in facts.items() if text and name not in PERSONAL}
    return Template(source, VARIABLES | frozenset(facts), footer, same)


def values_for(content: Content, subscriber: Subscriber, links: Links, today: date) -> Values:
    """Every variable that has a value for this person, dates and amounts as they are written where they live."""
    facts = content.facts.get(subscriber.language, {})
    said = Said(facts, links, content.plan.effective_date, today)
    return {name: text for name, text in facts.items() if text} | personal(subscriber, said, PERSONAL)


def message_for(
    content: Content, stage: Stage, person: Person, way: Way, links: Links, today: date
) -> MailMessage | TextMessage:
    """The message of a stage for one person on one channel. Raises TemplateError if they lack a value it needs."""
    return letter_for(content, stage, person, way, links, today).whole()


def letter_for(content: Content, stage: Stage, person: Person, way: Way, links: Links, today: date) -> Letter:
    """The same, not written out: a form that many share and this person's values. Raises TemplateError."""
    subscriber = person.subscriber
    template = content.template(stage, subscriber.language)
    said = Said(content.facts.get(subscriber.language, {}), links, content.plan.effective_date, today)
    variant, plain = template.choose(in_order(subscriber, said, template.names))
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
    parts = address.split("/", 3)
    return parts[2].partition(":")[0] if len(parts) > 2 else "localhost"


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
