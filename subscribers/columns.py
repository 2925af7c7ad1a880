"""The columns of the subscribers file: one row of the table each, in the order in which they are read.

A reader turns the text of a cell into a value, given what the row said so far; it raises BadCell, whose words never repeat
personal data. A cell that is empty becomes the column's `empty`. Every other column of a file becomes a field.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from records.needs import PAYMENT_SYNONYMS
from records.types import ChannelName, Language, Purpose
from subscribers import account_numbers
from subscribers.addresses import read_chat_id, read_email, read_phone
from subscribers.locales import BadAmount, countries, currencies, read_amount, read_locale, time_zones

FIELD_LENGTH = 2_000


class BadCell(ValueError):
    """A cell that cannot be taken: what is wrong and what to do."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do


Reader = Callable[[str, Mapping[str, Any]], Any]


def _alone(read: Callable[[str], Any]) -> Reader:
    """A reader that needs the cell only. Most cells of a file repeat, so what was read lately is kept."""
    kept = lru_cache(maxsize=10_000)(read)

    def read_cell(text: str, _row: Mapping[str, Any]) -> Any:
        return kept(text)

    return read_cell


@dataclass(frozen=True)
class Column:
    """One column: its name, how a cell is read, what an empty one means, whether it must be filled, what it is read by.

    `needs` names the columns whose values the reader looks at: while one of them is wrong, nothing can be said of the cell.
    """

    name: str
    read: Reader
    empty: Any = ""
    required: bool = False
    needs: tuple[str, ...] = ()


def _text(length: int) -> Reader:
    def read(text: str) -> str:
        if len(text) > length:
            raise BadCell(f"has {len(text)} characters, at most {length} fit", "shorten it")
        if not text.isprintable() and any(unicodedata.category(letter) == "Cc" for letter in text):
            raise BadCell("holds a line break or another control character", "write it on one line")
        return read_free(text)

    return _alone(read)


def read_free(text: str) -> str:
    """Any text that carries no card number or IBAN. Raises BadCell."""
    if len(text) > FIELD_LENGTH:
        raise BadCell(f"has {len(text)} characters, at most {FIELD_LENGTH} fit", "shorten it")
    if found := account_numbers.found_in(text):
        raise BadCell(f"holds what looks like {found}", "take it out of the file: such numbers are never stored")
    return unicodedata.normalize("NFC", text)


def _id(text: str, _row: Mapping[str, Any]) -> str:
    if len(text) > 80 or not text.isprintable():
        raise BadCell("is not an id", "write at most 80 printable characters")
    return text


def _language(text: str) -> Language:
    try:
        return Language(text.lower())
    except ValueError:
        raise BadCell(f"{text[:20]!r} is not a language we write", "write es or en") from None


def _country(text: str) -> str:
    if text.upper() not in countries():
        raise BadCell(f"{text[:20]!r} is not a country", "write its two letters, like ES or MX")
    return text.upper()


def _locale(text: str, row: Mapping[str, Any]) -> str:
    found = read_locale(text)
    if found is None:
        raise BadCell(f"{text[:20]!r} is not a locale", "write language and country, like es-MX, or leave it empty")
    if found[0] != row["language"]:
        raise BadCell(f"{text[:20]!r} does not begin with the language {row['language']}", "make the two agree")
    return "-".join(found)


def _time_zone(text: str) -> str:
    if text not in time_zones():
        raise BadCell(f"{text[:40]!r} is not a time zone", "write its IANA name, like Europe/Madrid")
    return text


def _email(text: str, _row: Mapping[str, Any]) -> str:
    address = read_email(text)
    if not address or len(address) > 254:
        raise BadCell("is not an e-mail address", "write one address like name@company.com, or leave it empty")
    return address


def _phone(text: str, row: Mapping[str, Any]) -> str:
    number = read_phone(text, row["country"])
    if not number:
        raise BadCell(
            f"is not a phone number of {row['country']}", "write it with its country code, like +34 600 000 000"
        )
    return number


def _telegram(text: str, _row: Mapping[str, Any]) -> str:
    chat_id = read_chat_id(text)
    if not chat_id:
        raise BadCell("is not a Telegram chat id", "write its digits only, or leave it empty")
    return chat_id


def _currency(text: str) -> str:
    if text.upper() not in currencies():
        raise BadCell(f"{text[:20]!r} is not a currency", "write its three letters, like EUR")
    return text.upper()


def _price(text: str, row: Mapping[str, Any]) -> int:
    if not row["currency"]:
        raise BadCell("has no currency beside it", "fill in the column currency")
    try:
        return read_amount(text, row["locale"], row["currency"])
    except BadAmount as error:
        raise BadCell(error.what[:120], error.do) from None


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else "")
    except ValueError:
        raise BadCell(f"{text[:20]!r} is not a date", "write year-month-day, like 2027-03-01") from None
    if not 1990 <= day.year < 2200:
        raise BadCell(f"{text!r} is in no year we know", "check the year")
    return day


def _payment_method(text: str) -> str:
    plain = re.sub(r"[\s-]+", "_", text.lower())
    return str(_text(40)(PAYMENT_SYNONYMS.get(plain, plain), {}))


def _purposes(text: str) -> frozenset[Purpose]:
    words = [word.strip().lower() for word in text.split(";") if word.strip()]
    for word in words:
        if word not in tuple(Purpose):
            raise BadCell(
                f"{word[:20]!r} is not a purpose", f"write {', '.join(Purpose)}, joined by ';', or leave it empty"
            )
    return frozenset(Purpose(word) for word in words)


CONTACT_COLUMNS = {"email": ChannelName.EMAIL, "phone": ChannelName.SMS, "telegram": ChannelName.TELEGRAM}

CONSENT_COLUMNS = {
    f"consent_{channel.value}": channel
    for channel in (ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM, ChannelName.WEB)
}

EXPORT_ORDER = (
    *("id", "name", "language", "country", "time_zone", "email", "phone", "telegram", "plan", "price", "currency"),
    *("renewal_date", "next_charge_date", "payment_method", "contract", "cutover_date", *CONSENT_COLUMNS, "locale"),
    *("term_end_date", "deadline_date"),
)

COLUMNS: tuple[Column, ...] = (  # a column stands below those it needs
    Column("id", _id, required=True),
    Column("language", _alone(_language), required=True),
    Column("country", _alone(_country), required=True),
    Column("locale", _locale, needs=("language", "country")),
    Column("time_zone", _alone(_time_zone), required=True),
    Column("name", _text(200)),
    Column("email", _email),
    Column("phone", _phone, needs=("country",)),
    Column("telegram", _telegram),
    Column("plan", _text(80)),
    Column("currency", _alone(_currency)),
    Column("price", _price, empty=0, needs=("locale", "currency")),
    Column("renewal_date", _alone(_date), empty=None),
    Column("next_charge_date", _alone(_date), empty=None),
    Column("payment_method", _alone(_payment_method)),
    Column("contract", _text(120)),
    Column("cutover_date", _alone(_date), empty=None),
    Column("term_end_date", _alone(_date), empty=None),
    Column("deadline_date", _alone(_date), empty=None),
    *(Column(name, _alone(_purposes), empty=frozenset()) for name in CONSENT_COLUMNS),
)
BY_NAME = {column.name: column for column in COLUMNS}
