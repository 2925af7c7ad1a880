"""Builds the parts of the Farolito example that are not written by hand, and checks the parts that are.

From the Markdown sources beside this file it writes the two versions of the terms (Word for 2024, PDF for 2027, in
Spanish and English) and an invented list of 500 subscribers. Running it twice gives the same bytes. It writes nothing
unless every check passes: see :func:`problems`.

    python build.py
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import random
import re
import sys
import tomllib
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from xml.sax.saxutils import escape

import docx
import jinja2
import phonenumbers
from docx.shared import Cm
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate
from ruamel.yaml import YAML

SOURCES = Path(__file__).resolve().parent
WORKSPACE = SOURCES.parent / "farolito"

ORDINALS = (
    *("PRIMERA", "SEGUNDA", "TERCERA", "CUARTA", "QUINTA", "SEXTA", "SÉPTIMA", "OCTAVA", "NOVENA", "DÉCIMA"),
    *("UNDÉCIMA", "DUODÉCIMA", "DECIMOTERCERA", "DECIMOCUARTA", "DECIMOQUINTA", "DECIMOSEXTA", "DECIMOSÉPTIMA"),
    "DECIMOCTAVA",
)

# ---------------------------------------------------------------------------------------------------------- the terms


@dataclass(frozen=True)
class Clause:
    """One numbered clause: its topic, its title, and its paragraphs with their own numbers or letters."""

    number: int
    topic: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """One version of the terms in one language."""

    version: str
    language: str
    title: str
    in_force: str
    intro: str
    clauses: tuple[Clause, ...]

    def clause(self, topic: str) -> Clause:
        """The clause on a topic; raises KeyError if there is none."""
        for clause in self.clauses:
            if clause.topic == topic:
                return clause
        raise KeyError(topic)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The YAML front matter of a Markdown text and what follows it."""
    _, head, body = text.split("---\n", 2)
    return {str(key): str(value) for key, value in YAML(typ="safe").load(head).items()}, body


def read_terms(path: Path) -> Terms:
    """Reads one source file; raises ValueError if its clauses are not numbered 1, 2, 3..."""
    head, body = split_front_matter(path.read_text(encoding="utf-8"))
    intro, *sections = re.split(r"^## ", body, flags=re.MULTILINE)
    clauses = []
    for expected, section in enumerate(sections, start=1):
        heading, *paragraphs = [line for line in section.splitlines() if line]
        found = re.fullmatch(r"(\d+)\. (.+) \{#(\w+)\}", heading)
        if found is None or int(found[1]) != expected:
            raise ValueError(f"{path.name}: clause {expected} expected, found {heading!r}")
        clauses.append(Clause(expected, found[3], found[2], tuple(paragraphs)))
    return Terms(head["version"], head["language"], head["title"], head["in_force"], intro.strip(), tuple(clauses))


def is_lettered(paragraph: str) -> bool:
    """Whether a paragraph is an item such as ``a) ...``."""
    return re.match(r"[a-z]\) ", paragraph) is not None


def docx_bytes(terms: Terms) -> bytes:
    """The terms as a Word file with real headings; the same bytes every time."""
    label = {"es": "Cláusula {n}.ª {title}", "en": "Clause {n}. {title}"}[terms.language]
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = terms.title, "Farolito", terms.language
    properties.created = properties.modified = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    document.add_heading(terms.title, level=0)
    document.add_paragraph(terms.in_force)
    document.add_paragraph(terms.intro)
    for clause in terms.clauses:
        document.add_heading(label.format(n=clause.number, title=clause.title), level=1)
        for text in clause.paragraphs:
            paragraph = document.add_paragraph(text)
            if is_lettered(text):
                paragraph.paragraph_format.left_indent = Cm(1)
    raw = io.BytesIO()
    document.save(raw)
    return without_clock(raw.getvalue())


def without_clock(archive: bytes) -> bytes:
    """The same zip archive with every entry dated 1980, so that it does not depend on when it was made."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            new.writestr(entry, old.read(name), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
    return target.getvalue()


def pdf_bytes(terms: Terms) -> bytes:
    """The terms as a PDF with a page number at the foot of each page; the same bytes every time."""
    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=15, spaceAfter=6, alignment=TA_JUSTIFY)
    item = ParagraphStyle("item", parent=body, leftIndent=1 * cm)
    heading = ParagraphStyle("heading", parent=body, fontName="Times-Bold", spaceBefore=10, keepWithNext=1, alignment=0)
    title = ParagraphStyle("title", parent=heading, fontSize=17, leading=22)
    page_word = {"es": "Página", "en": "Page"}[terms.language]

    def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawString(2.5 * cm, 1.3 * cm, f"Farolito · {terms.version}")
        canvas.drawRightString(A4[0] - 2.5 * cm, 1.3 * cm, f"{page_word} {document.page}")

    story: list[Flowable] = [Paragraph(escape(terms.title), title)]
    story += [Paragraph(escape(text), body) for text in (terms.in_force, terms.intro)]
    for clause in terms.clauses:
        story.append(Paragraph(escape(pdf_heading(clause, terms.language)), heading))
        story += [Paragraph(escape(text), item if is_lettered(text) else body) for text in clause.paragraphs]
    raw = io.BytesIO()
    page = SimpleDocTemplate(
        raw,
        pagesize=A4,
        leftMargin=2.5 * cm,
        rightMargin=2.5 * cm,
        topMargin=2.2 * cm,
        bottomMargin=2.4 * cm,
        title=terms.title,
        author="Farolito",
        lang=terms.language,
        invariant=1,
    )
    page.build(story, onFirstPage=footer, onLaterPages=footer)
    return raw.getvalue()


def pdf_heading(clause: Clause, language: str) -> str:
    """How the 2027 version titles a clause: ``SÉPTIMA.- Precio`` in Spanish, ``7. Price`` in English."""
    return f"{ORDINALS[clause.number - 1]}.- {clause.title}" if language == "es" else f"{clause.number}. {clause.title}"


# ---------------------------------------------------------------------------------------------------- the subscribers


@dataclass(frozen=True)
class Country:
    """What the sample needs to know of a country. ``phone`` is a made-up range that still counts as valid."""

    code: str
    people: int
    english: float
    zones: Mapping[str, int]
    currency: str
    phone: str
    texts: bool
    methods: Mapping[str, int]


@dataclass(frozen=True)
class Subscriber:
    """One row of the sample, in the order of its columns."""

    id: str
    name: str
    language: str
    country: str
    locale: str
    time_zone: str
    email: str
    phone: str
    telegram: str
    plan: str
    price: str
    currency: str
    renewal_date: dt.date
    next_charge_date: dt.date
    payment_method: str
    contract: str
    cutover_date: dt.date
    consent_email: str
    consent_sms: str
    consent_telegram: str
    consent_web: str

    def reachable(self) -> bool:
        """Whether we may write about the subscription on at least one channel where there is an address."""
        chat = (self.telegram, self.consent_telegram)
        pairs = [(self.email, self.consent_email), (self.phone, self.consent_sms), chat, (self.id, self.consent_web)]
        return any(address and "service" in consent for address, consent in pairs)


SEED = 20270301
TOTAL = 500
PLANS = {"mensual": 60, "anual": 22, "familiar": 18}
PRICES = {
    "EUR": {"mensual": "8.99", "anual": "89.00", "familiar": "13.99"},
    "GBP": {"mensual": "7.99", "anual": "79.00", "familiar": "12.49"},
    "MXN": {"mensual": "149.00", "anual": "1490.00", "familiar": "229.00"},
    "USD": {"mensual": "9.99", "anual": "99.00", "familiar": "15.49"},
    "COP": {"mensual": "32900.00", "anual": "329000.00", "familiar": "51900.00"},
}
WORLD_METHODS = {"card": 58, "paypal": 22, "apple_pay": 10, "google_pay": 8, "transfer": 2}
SPAIN_METHODS = {"card": 44, "sepa": 20, "paypal": 14, "apple_pay": 7, "google_pay": 5, "bizum": 8, "transfer": 2}
IRELAND_METHODS = {"card": 50, "sepa": 20, "paypal": 15, "apple_pay": 8, "google_pay": 7}
# The ranges set aside for fiction: in the United Kingdom the mobile one is not accepted by phonenumbers, so its people
# have a London landline from the fiction range, and no text messages.
COUNTRIES = (
    Country("ES", 310, 0.06, {"Europe/Madrid": 85, "Atlantic/Canary": 12, "Africa/Ceuta": 3}, "EUR",
            "+34600000{:03}", True, SPAIN_METHODS),
    Country("MX", 60, 0.03, {"America/Mexico_City": 65, "America/Monterrey": 15, "America/Tijuana": 12,
                             "America/Cancun": 8}, "MXN", "+525500000{:03}", True, WORLD_METHODS),
    Country("CO", 35, 0.0, {"America/Bogota": 1}, "COP", "+573000000{:03}", True, WORLD_METHODS),
    Country("AR", 25, 0.0, {"America/Argentina/Buenos_Aires": 75, "America/Argentina/Cordoba": 25}, "USD",
            "+5491100000{:03}", True, WORLD_METHODS),
    Country("GB", 30, 0.85, {"Europe/London": 1}, "GBP", "+44207946{:04}", False, WORLD_METHODS),
    Country("US", 25, 0.6, {"America/New_York": 45, "America/Chicago": 20, "America/Denver": 10,
                            "America/Los_Angeles": 25}, "USD", "+120255501{:02}", True, WORLD_METHODS),
    Country("IE", 15, 0.8, {"Europe/Dublin": 1}, "EUR", "+353850000{:03}", True, IRELAND_METHODS),
)  # fmt: skip
# How many people move on each day: a first small group, a second, and the rest in two halves.
CUTOVERS = {dt.date(2027, 3, 2): 25, dt.date(2027, 3, 9): 150, dt.date(2027, 3, 16): 165, dt.date(2027, 3, 23): 160}
QUIET_DAYS = 3
UNREACHABLE = 12
TEXT_ONLY = 20
DOMAINS = ("correo.example", "buzon.example", "mail.example", "inbox.example")
GIVEN = {
    "es": "Adela Alba Amaya Andrés Ángela Aurelio Begoña Bruno Candela Celia Ciro Clara Delia Elías Elvira Emilio "
    "Fabián Fátima Gael Graciela Héctor Inés Iván Jimena Julián Lía Lorenzo Lucía Mateo Nerea Noé Olalla Óscar Paz "
    "Raúl Rocío Saúl Sofía Tomás Úrsula Valentín Vega Ximena Yago",
    "en": "Ada Alfie Beth Cora Dylan Edith Ewan Fern Gareth Hazel Imogen Ivor Jude Keira Leah Maeve Niall Orla Percy "
    "Quinn Rhys Saoirse Tessa Una Wren",
}
FAMILY = {
    "es": "Abril Almendro Arroyo Bellido Bosque Cañada Castaño Cerezo Cordero Del Río Encina Espino Fuentes Granado "
    "Hierro Iglesias Jardín Laguna Llano Manzano Marina Montaña Naranjo Nieves Olmo Palacios Pino Prado Quintana "
    "Robledo Rosal Salinas Sierra Tejo Toril Uceda Valle Vega Yuste Zarza",
    "en": "Ashdown Barrow Birch Brook Clover Daley Elmwood Fielding Frost Glen Hawthorn Kestrel Larkin Marsh Meadows "
    "O'Dell Plover Rowan Sedge Thorne Wicklow Yarrow",
}


def pick(rng: random.Random, weights: Mapping[str, int]) -> str:
    """One of the keys, by weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def words(text: str) -> list[str]:
    """The names of a list; ``Del Río`` counts as one."""
    return [name.replace("_", " ") for name in text.replace("Del Río", "Del_Río").split()]


def invent_name(rng: random.Random, language: str) -> str:
    """A name put together by chance: two family names in Spanish, one in English."""
    given, family = words(GIVEN[language]), words(FAMILY[language])
    return " ".join([rng.choice(given), *rng.sample(family, 2 if language == "es" else 1)])


def mailbox(name: str, number: int, domain: str) -> str:
    """An address for a name, unlike any other because it carries the person's number."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    local = ".".join(re.findall(r"[a-z]+", plain)[:2])
    return f"{local}.{number}@{domain}"


def invent_locale(language: str, country: str) -> str:
    """The person's language as it is written in their country; English in a Spanish-speaking country is British."""
    if language == "en" and country not in {"GB", "US", "IE"}:
        return "en-GB"
    if language == "es" and country in {"GB", "IE"}:
        return "es-ES"
    return f"{language}-{country}"


def purposes(rng: random.Random, marketing: float, survey: float) -> str:
    """``service``, and by chance the other purposes."""
    chosen = [("service", 1.0), ("marketing", marketing), ("survey", survey)]
    return ";".join(purpose for purpose, share in chosen if rng.random() < share)


def month_before(day: dt.date) -> dt.date:
    """The same day of the month before, or its last day."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def first_charge(rng: random.Random, plan: str, cutover: dt.date) -> dt.date:
    """The first charge after the move, in 2027. No charge, this or the one before, is within three days of the move."""
    if plan == "anual":
        return cutover + dt.timedelta(days=rng.randint(QUIET_DAYS + 1, (dt.date(2027, 12, 31) - cutover).days))
    while True:
        day = cutover + dt.timedelta(days=rng.randint(QUIET_DAYS + 1, 27))
        if (cutover - month_before(day)).days > QUIET_DAYS:
            return day


def invent_subscriber(
    rng: random.Random, number: int, country: Country, serial: int, cutover: dt.date, consent: str
) -> Subscriber:
    """One person. ``consent`` is ``none``, ``text`` (no e-mail, but text messages) or ``usual``."""
    language = "en" if rng.random() < country.english else "es"
    name = invent_name(rng, language)
    method = pick(rng, country.methods)
    plan = "anual" if method == "transfer" else pick(rng, PLANS)
    charge = first_charge(rng, plan, cutover)
    phone = country.phone.format(serial) if consent == "text" or rng.random() < 0.8 else ""
    telegram = str(rng.randint(10**9, 5 * 10**9)) if rng.random() < 0.15 else ""
    email_consent = purposes(rng, 0.45, 0.35)
    text_consent = purposes(rng, 0.25, 0.1) if phone and country.texts and rng.random() < 0.6 else ""
    chat_consent = purposes(rng, 0.3, 0.3) if telegram and rng.random() < 0.9 else ""
    web_consent = purposes(rng, 0.2, 0.4) if rng.random() < 0.5 else ""
    if consent == "none":
        email_consent = text_consent = chat_consent = web_consent = ""
    elif consent == "text":
        email_consent, text_consent = "", text_consent or "service"
    return Subscriber(
        id=f"F-{number:04}",
        name=name,
        language=language,
        country=country.code,
        locale=invent_locale(language, country.code),
        time_zone=pick(rng, country.zones),
        email=mailbox(name, number, rng.choice(DOMAINS)),
        phone=phone,
        telegram=telegram,
        plan=plan,
        price=PRICES[country.currency][plan],
        currency=country.currency,
        renewal_date=charge,
        next_charge_date=charge,
        payment_method=method,
        contract="terms-2024",
        cutover_date=cutover,
        consent_email=email_consent,
        consent_sms=text_consent,
        consent_telegram=chat_consent,
        consent_web=web_consent,
    )


def invent_subscribers() -> list[Subscriber]:
    """The whole sample, always the same."""
    rng = random.Random(SEED)
    places = [(country, serial) for country in COUNTRIES for serial in range(country.people)]
    rng.shuffle(places)
    cutovers = [day for day, people in CUTOVERS.items() for _ in range(people)]
    rng.shuffle(cutovers)
    order = rng.sample([index for index, (country, _) in enumerate(places) if country.texts], UNREACHABLE + TEXT_ONLY)
    special = {index: "none" if rank < UNREACHABLE else "text" for rank, index in enumerate(order)}
    return [
        invent_subscriber(rng, index + 1, country, serial, cutover, special.get(index, "usual"))
        for index, ((country, serial), cutover) in enumerate(zip(places, cutovers, strict=True))
    ]


def csv_bytes(people: Sequence[Subscriber]) -> bytes:
    """The sample as CSV in UTF-8."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(field.name for field in fields(Subscriber))
    writer.writerows(astuple(person) for person in people)
    return target.getvalue().encode()


# --------------------------------------------------------------------------------------------------------- the checks

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


def main() -> int:
    """Checks everything, writes the files, and says what it did. Returns 1, and writes nothing, if a check fails."""
    blanks = tomllib.loads((WORKSPACE / "relevo.toml").read_text(encoding="utf-8"))["blanks"]
    terms = [read_terms(path) for path in sorted(SOURCES.glob("terms-*.md"))]
    people = invent_subscribers()
    if found := problems(blanks, terms, people):
        print("\n".join(found), file=sys.stderr)
        return 1
    files = {WORKSPACE / "subscribers.csv": csv_bytes(people)}
    for document in terms:
        stem = WORKSPACE / "content" / "contracts" / f"{document.version}.{document.language}"
        if document.version == "terms-2024":
            files[stem.with_name(f"{stem.name}.docx")] = docx_bytes(document)
        else:
            files[stem.with_name(f"{stem.name}.pdf")] = pdf_bytes(document)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{path.relative_to(WORKSPACE)}  {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
