"""The register as a subscribers file, which `import_csv` reads back as unchanged."""

import csv
import io
from collections.abc import Mapping, Sequence

from records.database import Tx
from records.store import subscribers as register
from records.types import Consent, Contact, Subscriber
from subscribers.columns import CONSENT_COLUMNS, CONTACT_COLUMNS, EXPORT_ORDER
from subscribers.csv_text import escape
from subscribers.locales import write_amount


def export_csv(tx: Tx) -> str:
    """Everyone in the register, by id, in the columns of the import; cells a spreadsheet would run are escaped."""
    ids = register.all_ids(tx)
    people = register.many(tx, ids)
    contacts, consents = register.contacts_of_many(tx, ids), register.consents_of_many(tx, ids)
    further = sorted({name for person in people.values() for name in person.fields})
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([escape(name) for name in (*EXPORT_ORDER, *further)])
    for key in ids:
        cells = _cells(people[key], contacts.get(key, ()), consents.get(key, ()))
        writer.writerow([escape(cells.get(name, "")) for name in (*EXPORT_ORDER, *further)])
    return out.getvalue()


def _cells(person: Subscriber, contacts: Sequence[Contact], consents: Sequence[Consent]) -> Mapping[str, str]:
    addresses = {contact.channel: contact.address for contact in contacts}
    return {
        **person.fields,
        **{name: str(value) for name in EXPORT_ORDER if (value := getattr(person, name, None))},
        **{column: addresses.get(channel, "") for column, channel in CONTACT_COLUMNS.items()},
        **{
            column: ";".join(word.purpose for word in consents if word.granted and word.channel is channel)
            for column, channel in CONSENT_COLUMNS.items()
        },
        "price": write_amount(person.price_minor, person.locale, person.currency) if person.currency else "",
    }
