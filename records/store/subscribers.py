"""The register: who they are, where they can be reached, and what they agreed to hear.

Consent is a stream of dated words, each kept in an append-only log beside the row that says where it stands. Whatever the
order in which words arrive, the person's latest one stands; of two at one moment the withdrawal stands; and a file
(`IMPORT_ORIGIN`) never overrules what a person said themselves.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, not_, or_, select, update

from records.database import Tx, insert_into, insert_new
from records.errors import NotFound
from records.ids import fingerprint
from records.prepared import Prepared, among
from records.store.shut_addresses import ERASED, OPT_OUT, lift_opt_out, normal_address, suppress
from records.tables import consent_log, consents, contacts, subscribers, used_links
from records.types import (
    IMPORT_ORIGIN,
    ChannelName,
    Consent,
    ConsentWord,
    Contact,
    Language,
    Purpose,
    Registration,
    Subscriber,
)

_IDS_AT_ONCE = 5_000

_CHANNELS = {channel.value: channel for channel in ChannelName}
_PURPOSES = {purpose.value: purpose for purpose in Purpose}
_LANGUAGES = {language.value: language for language in Language}
"""Looked up for every row of a whole audience: a fifth of the cost of calling the enumeration."""


# ---------------------------------------------------------------- reading


def get(tx: Tx, subscriber_id: str) -> Subscriber | None:
    """The subscriber of this id, or None."""
    row = tx.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).one_or_none()
    return None if row is None else _subscriber(row)


def all_ids(tx: Tx) -> tuple[str, ...]:
    """Every id, sorted."""
    return tuple(tx.scalars(select(subscribers.c.id).order_by(subscribers.c.id)))


def field_of_many(tx: Tx, ids: Sequence[str], name: str) -> dict[str, str]:
    """What a further column of the file says about these people; only those it says something about."""
    value = subscribers.c.fields[name].as_string()
    query = select(subscribers.c.id, value).where(subscribers.c.id.in_(list(ids)), value.is_not(None), value != "")
    return {row[0]: row[1] for row in tx.execute(query)}


def date_ranges(tx: Tx) -> dict[str, tuple[date, date]]:
    """The earliest and latest date of anyone who has one, by the anchor that hangs on it."""
    columns = {
        "cutover": subscribers.c.cutover_date,
        "renewal": subscribers.c.renewal_date,
        "next_charge": subscribers.c.next_charge_date,
        "term_end": subscribers.c.term_end_date,
        "deadline": subscribers.c.deadline_date,
    }
    edges = [edge for column in columns.values() for edge in (func.min(column), func.max(column))]
    row = tuple(tx.execute(select(*edges)).one())
    pairs = dict(zip(columns, zip(row[::2], row[1::2], strict=True), strict=True))
    return {name: (first, last) for name, (first, last) in pairs.items() if first is not None}


def count(tx: Tx) -> int:
    return tx.scalar(select(func.count()).select_from(subscribers)) or 0


def many(tx: Tx, ids: Sequence[str]) -> dict[str, Subscriber]:
    """The subscribers that exist among `ids`, by id."""
    return {row[0]: _subscriber(row) for row in _of_people(tx, _MANY, ids)}


def by_contact(tx: Tx, channel: ChannelName, address: str) -> tuple[Subscriber, ...]:
    """Everyone reached at this address, by id; several people may share one."""
    statement = (
        select(subscribers)
        .join(contacts, contacts.c.subscriber_id == subscribers.c.id)
        .where(contacts.c.channel == channel.value, contacts.c.address == normal_address(channel, address))
        .order_by(subscribers.c.id)
    )
    return tuple(_subscriber(row) for row in tx.execute(statement))


def contacts_of(tx: Tx, subscriber_id: str) -> tuple[Contact, ...]:
    return contacts_of_many(tx, (subscriber_id,)).get(subscriber_id, ())


def contacts_of_many(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[Contact, ...]]:
    """The contacts of each, ordered by channel; people without any are absent."""
    return {
        person: tuple(Contact(person, channel, ways[channel]) for channel in sorted(ways))
        for person, ways in addresses_of_many(tx, ids).items()
    }


def addresses_of_many(tx: Tx, ids: Sequence[str]) -> dict[str, dict[ChannelName, str]]:
    """The address of each on each channel; people without any are absent."""
    found: defaultdict[str, dict[ChannelName, str]] = defaultdict(dict)
    for person, channel, address in _of_people(tx, _ADDRESSES, ids):
        found[person][_CHANNELS[channel]] = address
    return found


def consents_of(tx: Tx, subscriber_id: str) -> tuple[Consent, ...]:
    return consents_of_many(tx, (subscriber_id,)).get(subscriber_id, ())


def consents_of_many(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[Consent, ...]]:
    """Where each person's consents stand; what was never spoken of is absent and counts as not granted."""
    found: defaultdict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for person, *word in _of_people(tx, _STANDING, ids):
        found[person].append(tuple(word))
    return {person: _consents(tuple(words)) for person, words in found.items()}


def consent_words_of_many(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[ConsentWord, ...]]:
    """Like `consents_of_many`, with when and from where, ordered by channel and purpose."""
    found: defaultdict[str, list[ConsentWord]] = defaultdict(list)
    for person, channel, purpose, granted, at, origin in _of_people(tx, _WORDS, ids):
        found[person].append(ConsentWord(ChannelName(channel), Purpose(purpose), granted, at, origin))
    return {key: tuple(sorted(group, key=_by_channel)) for key, group in found.items()}


def consent_history(tx: Tx, subscriber_id: str) -> tuple[ConsentWord, ...]:
    """Every word ever recorded about this person's consents, oldest first."""
    statement = (
        select(consent_log)
        .where(consent_log.c.subscriber_id == subscriber_id)
        .order_by(consent_log.c.at, consent_log.c.id)
    )
    return tuple(
        ConsentWord(ChannelName(row.channel), Purpose(row.purpose), row.granted, row.at, row.origin)
        for row in tx.execute(statement)
    )


# ---------------------------------------------------------------- writing the register


def save(
    tx: Tx,
    subscriber: Subscriber,
    contacts: Sequence[Contact],
    consents: Sequence[Consent],
    now: datetime,
) -> None:
    """Write one person; see `save_many`."""
    save_many(tx, (Registration(subscriber, tuple(contacts), tuple(consents)),), now)


def save_many(tx: Tx, people: Sequence[Registration], now: datetime) -> None:
    """Add or overwrite these people, a few statements for all of them.

    Their contacts become exactly the ones given. Consents are the word of a file: they never overrule what a person said
    themselves. `moved_at` of None leaves a recorded move as it is. `updated_at` becomes `now`.
    """
    if not people:
        return
    people = sorted(people, key=lambda person: person.subscriber.id)
    _write_subscribers(tx, [person.subscriber for person in people], now)
    _write_contacts(tx, people)
    _write_file_consents(tx, people, now)


def mark_moved(tx: Tx, subscriber_id: str, now: datetime) -> bool:
    """Record that this person's move is done; False when it was already. Raises NotFound."""
    pending = (subscribers.c.id == subscriber_id) & subscribers.c.moved_at.is_(None)
    if tx.execute(update(subscribers).where(pending).values(moved_at=now, updated_at=now)).rowcount:
        return True
    if get(tx, subscriber_id) is None:
        raise NotFound(f"no subscriber {subscriber_id!r}: import them first, or check the id.")
    return False


def bind_contact(tx: Tx, contact: Contact) -> None:
    """Make this the person's address on its channel (a Telegram chat opened through their own link)."""
    _upsert_many(tx, contacts, [_contact_row(contact)], ("subscriber_id", "channel"))


def erase(tx: Tx, subscriber_id: str, now: datetime) -> None:
    """Remove the person from the register. Their addresses stay shut as hashes, the consent log under a name that leads
    to nobody. Raises NotFound."""
    if get(tx, subscriber_id) is None:
        raise NotFound(f"no subscriber {subscriber_id!r}: nothing to erase.")
    for contact in contacts_of(tx, subscriber_id):
        suppress(tx, contact.channel, contact.address, ERASED, now)
    nameless = f"erased:{fingerprint('erased', subscriber_id)}"
    tx.execute(update(consent_log).where(consent_log.c.subscriber_id == subscriber_id).values(subscriber_id=nameless))
    tx.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))


# ---------------------------------------------------------------- consent


def set_consent(
    tx: Tx, subscriber_id: str, channel: ChannelName, purpose: Purpose, granted: bool, origin: str, now: datetime
) -> None:
    """Record a person's own word at `now`. An earlier word arriving late, or the same one again, changes nothing."""
    _record_words(tx, [_word_row(subscriber_id, channel, purpose, granted, origin, now)])


def opt_out(tx: Tx, channel: ChannelName, address: str, origin: str, now: datetime) -> None:
    """Withdraw every purpose on this channel for everyone at this address, and shut the address."""
    _word_for_everyone(tx, channel, address, tuple(Purpose), False, origin, now)
    suppress(tx, channel, address, OPT_OUT, now)


def opt_in(
    tx: Tx,
    channel: ChannelName,
    address: str,
    origin: str,
    now: datetime,
    purposes: Sequence[Purpose] = (Purpose.SERVICE,),
) -> None:
    """Take back an earlier opt-out and grant `purposes`. An address shut for any other reason stays shut."""
    lift_opt_out(tx, channel, address, now)
    _word_for_everyone(tx, channel, address, purposes, True, origin, now)


# ---------------------------------------------------------------- links


def use_link(tx: Tx, token_id: str, now: datetime) -> bool:
    """Spend a single-use link; False when it was spent before."""
    return insert_new(tx, used_links, {"token_id": token_id, "at": now}) == 1


# ---------------------------------------------------------------- inside


def _subscriber(row: Any) -> Subscriber:
    # The columns of the table stand in the order of the noun's fields (held by a test): by name it took twice as long.
    person, name, language, *rest = row
    return Subscriber(person, name, _LANGUAGES[language], *rest)


def _of(person: ColumnElement[str], *selected: Any) -> Prepared:
    return Prepared(lambda dialect: select(*selected).where(among(dialect, person, "people")))


_MANY = _of(subscribers.c.id, subscribers)
_ADDRESSES = _of(contacts.c.subscriber_id, contacts)
_WORDS = _of(consents.c.subscriber_id, consents)
_STANDING = _of(
    consents.c.subscriber_id, consents.c.subscriber_id, consents.c.channel, consents.c.purpose, consents.c.granted
)


def _of_people(tx: Tx, query: Prepared, ids: Sequence[str]) -> Iterator[list[Any]]:
    for start in range(0, len(ids), _IDS_AT_ONCE):
        yield from query.typed_rows(tx, {"people": list(ids[start : start + _IDS_AT_ONCE])})


@lru_cache(maxsize=10_000)
def _consents(words: tuple[tuple[str, str, bool], ...]) -> tuple[Consent, ...]:
    """A whole audience agrees to the same few things."""
    found = (Consent(_CHANNELS[channel], _PURPOSES[purpose], granted) for channel, purpose, granted in words)
    return tuple(sorted(found, key=_by_channel))


def _by_channel(word: Consent | ConsentWord) -> tuple[str, str]:
    return word.channel, word.purpose


def _upsert_many(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> None:
    if not rows:
        return
    statement = insert_into(tx, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    if table is subscribers:  # a save that does not know of a move never takes one back
        changed["moved_at"] = func.coalesce(changed["moved_at"], table.c.moved_at)
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))


def _write_subscribers(tx: Tx, people: Sequence[Subscriber], now: datetime) -> None:
    rows = [vars(person) | {"language": person.language.value, "updated_at": now} for person in people]
    _upsert_many(tx, subscribers, rows, ("id",))


def _contact_row(contact: Contact) -> dict[str, str]:
    return {
        "subscriber_id": contact.subscriber_id,
        "channel": contact.channel.value,
        "address": normal_address(contact.channel, contact.address),
    }


def _write_contacts(tx: Tx, people: Sequence[Registration]) -> None:
    ids = [person.subscriber.id for person in people]
    wanted = {(contact.subscriber_id, contact.channel) for person in people for contact in person.contacts}
    gone = [
        (contact.subscriber_id, contact.channel)
        for group in contacts_of_many(tx, ids).values()
        for contact in group
        if (contact.subscriber_id, contact.channel) not in wanted
    ]
    for subscriber_id, channel in gone:
        tx.execute(
            delete(contacts).where(contacts.c.subscriber_id == subscriber_id, contacts.c.channel == channel.value)
        )
    rows = [_contact_row(contact) for person in people for contact in person.contacts]
    _upsert_many(tx, contacts, rows, ("subscriber_id", "channel"))


def _word_row(
    subscriber_id: str, channel: ChannelName, purpose: Purpose, granted: bool, origin: str, now: datetime
) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber_id,
        "channel": channel.value,
        "purpose": purpose.value,
        "granted": granted,
        "at": now,
        "origin": origin,
    }


def _write_file_consents(tx: Tx, people: Sequence[Registration], now: datetime) -> None:
    rows = [
        _word_row(person.subscriber.id, word.channel, word.purpose, word.granted, IMPORT_ORIGIN, now)
        for person in people
        for word in person.consents
    ]
    if not rows:
        return
    # The condition stands in the statement, so that an opt-out committed a moment ago by another process still wins.
    statement = insert_into(tx, consents)
    statement = statement.on_conflict_do_update(
        index_elements=["subscriber_id", "channel", "purpose"],
        set_={name: statement.excluded[name] for name in ("granted", "at", "origin")},
        where=and_(consents.c.origin == IMPORT_ORIGIN, consents.c.granted != statement.excluded.granted),
    ).returning(consents.c.subscriber_id, consents.c.channel, consents.c.purpose, consents.c.granted)
    heard = [dict(row._mapping) | {"at": now, "origin": IMPORT_ORIGIN} for row in tx.execute(statement, rows)]
    if heard:
        tx.execute(consent_log.insert(), heard)


def _word_for_everyone(
    tx: Tx,
    channel: ChannelName,
    address: str,
    purposes: Sequence[Purpose],
    granted: bool,
    origin: str,
    now: datetime,
) -> None:
    people = by_contact(tx, channel, address)
    _record_words(
        tx, [_word_row(person.id, channel, purpose, granted, origin, now) for person in people for purpose in purposes]
    )


def _record_words(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert_into(tx, consents)
    new, old = statement.excluded, consents.c
    later = or_(old.origin == IMPORT_ORIGIN, old.at < new.at, and_(old.at == new.at, not_(new.granted)))
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "channel", "purpose"],
            set_={name: new[name] for name in ("granted", "at", "origin")},
            where=later,
        ),
        list(rows),
    )
    known = _logged(tx, rows)
    fresh = [row for row in rows if _log_key(row) not in known]
    if fresh:
        tx.execute(consent_log.insert(), fresh)


def _log_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("subscriber_id", "channel", "purpose", "granted", "at", "origin"))


def _logged(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    ids = sorted({row["subscriber_id"] for row in rows})
    moments = {row["at"] for row in rows}
    statement = select(consent_log).where(consent_log.c.subscriber_id.in_(ids), consent_log.c.at.in_(moments))
    return {_log_key(dict(row._mapping)) for row in tx.execute(statement)}
