"""What must hold of the example before any of it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import jinja2
import phonenumbers
from people import QUIET_DAYS, TOTAL, UNREACHABLE, Subscriber
from terms import Terms, split_front_matter

WORKSPACE = Path(__file__).resolve().parent.parent / "farolito"

Blanks = Mapping[str, Mapping[str, str]]
"""The value of each blank, by language and name."""

BLANK = re.compile(r"\[\[(\w+)\]\]")
ENTRY = re.compile(r"^##? .+ \{#([\w-]+)\}$", re.MULTILINE)
# Where each number that the answers give must be found, between brackets, in the terms: blank, version, topic.
AGREEMENTS = (
    ("grace_days", "terms-2027", "payment"),
    ("old_grace_days", "terms-2024", "payment"),
    ("notice_days", "terms-2027", "notice"),
    ("old_notice_days", "terms-2024", "notice"),
    ("reminder_days", "terms-2027", "renewal"),
    ("refund_days", "terms-2027", "penalty"),
    ("refund_days", "terms-2027", "payment"),
    ("refund_days", "terms-2027", "change"),
    ("refund_days", "terms-2027", "withdrawal"),
    ("old_refund_days", "terms-2024", "penalty"),
    ("old_refund_days", "terms-2024", "payment"),
    ("leave_free_days", "terms-2024", "change"),
    ("leave_free_days", "terms-2027", "change"),
    ("change_notice_days", "terms-2024", "change"),
    ("change_notice_days", "terms-2027", "change"),
    ("change_notice_days", "terms-2027", "price"),
    ("withdrawal_days", "terms-2027", "withdrawal"),
    ("sepa_notice_days", "terms-2027", "payment"),
    ("exit_fee", "terms-2027", "penalty"),
    ("old_exit_fee", "terms-2024", "penalty"),
    ("family_seats", "terms-2027", "purpose"),
)
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
SMS_LIMIT = 160
LONGEST_DATES = {
    "es": {
        "cutover_date": "31 de marzo de 2027",
        "next_charge_date": "30 de septiembre de 2027",
        "renewal_date": "30 de septiembre de 2027",
    },
    "en": {
        "cutover_date": "March 31, 2027",
        "next_charge_date": "September 30, 2027",
        "renewal_date": "September 30, 2027",
    },
}


def blanks_missing(blanks: Blanks) -> Iterator[str]:
    """Every blank that a text uses and relevo.toml does not fill in that language."""
    for path in sorted((WORKSPACE / "content").rglob("*.md")):
        language = path.suffixes[-2].lstrip(".")
        for name in sorted(set(BLANK.findall(path.read_text(encoding="utf-8"))) - blanks[language].keys()):
            yield f"{path.relative_to(WORKSPACE)}: no value for [[{name}]] in [blanks.{language}]"
    if blanks["es"].keys() != blanks["en"].keys():
        yield f"relevo.toml: filled in one language only: {sorted(blanks['es'].keys() ^ blanks['en'].keys())}"


def translations_missing() -> Iterator[str]:
    """Every file whose entries, or the blanks within an entry's answer, differ between the two languages."""
    for spanish in sorted((WORKSPACE / "content").rglob("*.es.md")):
        english = spanish.with_name(spanish.name.replace(".es.md", ".en.md"))
        ours, theirs = answers(spanish), answers(english)
        if list(ours) != list(theirs):
            yield f"{spanish.name}: entries differ from {english.name}"
        for entry in ours.keys() & theirs.keys():
            if set(BLANK.findall(ours[entry])) != set(BLANK.findall(theirs[entry])):
                yield f"{spanish.name}: the answer to {entry} does not use the same blanks as in {english.name}"


def answers(path: Path) -> dict[str, str]:
    """The text under each heading that has an identifier, without the other ways to ask."""
    pieces = ENTRY.split(path.read_text(encoding="utf-8"))
    bodies = ("\n".join(line for line in body.splitlines() if not line.startswith(">")) for body in pieces[2::2])
    return dict(zip(pieces[1::2], bodies, strict=True))


def disagreements(blanks: Blanks, terms: Sequence[Terms]) -> Iterator[str]:
    """Every number in the answers that is not in the clause it comes from."""
    for document in terms:
        for name, version, topic in AGREEMENTS:
            value = blanks[document.language][name]
            if version == document.version and f"({value})" not in " ".join(document.clause(topic).paragraphs):
                yield f"{version}.{document.language}: clause on {topic} does not say ({value}), the value of {name}"


def long_texts(blanks: Blanks) -> Iterator[str]:
    """Every SMS that does not fit in one message or uses a letter that makes it cost double."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    for path in sorted((WORKSPACE / "templates").glob("*.md")):
        language = path.suffixes[-2].lstrip(".")
        head, body = split_front_matter(path.read_text(encoding="utf-8"))
        known = sample_values(language, blanks[language])
        for needed in (True, False):
            for text in (head["subject"], body):
                environment.from_string(text).render(known, action_needed=needed)
            sms = environment.from_string(head["sms"]).render(known, action_needed=needed)
            if len(sms) > SMS_LIMIT or not set(sms) <= GSM_7:
                yield f"{path.name}: SMS of {len(sms)} characters, outside GSM-7: {sorted(set(sms) - GSM_7)}: {sms}"


def sample_values(language: str, blanks: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable that a template may use, except ``action_needed``; the long ones at their longest."""
    link = "https://farolito.example/m/Ab3dEf7hIj"
    own = {"name": "Olalla", "plan": "anual", "price": blanks["price_annual"], "payment_method": "Bizum"}
    return LONGEST_DATES[language] | dict(blanks) | own | {"link": link, "unsubscribe": link}


def odd_people(people: Sequence[Subscriber]) -> Iterator[str]:
    """Everything in the sample that breaks what it promises."""
    if len(people) != TOTAL or len({person.email for person in people}) != TOTAL:
        yield "subscribers: not 500 people with an address each"
    if sum(not person.reachable() for person in people) != UNREACHABLE:
        yield "subscribers: the number of people we cannot reach is not the one intended"
    for person in people:
        if person.phone and not phonenumbers.is_valid_number(phonenumbers.parse(person.phone)):
            yield f"{person.id}: {person.phone} is not a valid phone number"
        if abs((person.next_charge_date - person.cutover_date).days) <= QUIET_DAYS:
            yield f"{person.id}: moves too close to a charge"


def problems(blanks: Blanks, terms: Sequence[Terms], people: Sequence[Subscriber]) -> list[str]:
    """Everything wrong with the example; empty if it may be built."""
    if missing := list(blanks_missing(blanks)):
        return missing  # the other checks need every blank
    return [
        *translations_missing(),
        *disagreements(blanks, terms),
        *long_texts(blanks),
        *odd_people(people),
    ]
