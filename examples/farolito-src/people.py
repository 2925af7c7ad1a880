"""Five hundred invented subscribers, the same ones each time."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields


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
