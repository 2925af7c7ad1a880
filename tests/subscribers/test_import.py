"""A subscribers file is taken row by row with a sentence for each bad one, whole, and twice with the same result."""

import threading
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.database import Database
from records.store import subscribers as register
from records.types import ChannelName, Consent, Contact, Purpose
from subscribers.csv_export import export_csv
from subscribers.csv_import import ImportReport, import_csv
from subscribers.errors import BadFile
from tests.subscribers.people import person

EMAIL, TELEGRAM = ChannelName.EMAIL, ChannelName.TELEGRAM
HEADER = (
    "id,name,language,country,time_zone,email,phone,telegram,plan,price,currency,renewal_date,next_charge_date,"
    "payment_method,contract,cutover_date,consent_email,consent_sms,consent_telegram,consent_web,loyalty"
)
ANA = (
    's-1,Ana Ruiz,es,ES,Europe/Madrid,Ana@x.example,600112233,7700,anual,"1.234,50",EUR,2027-05-01,2027-04-01,'
    "card,terms-2024,2027-03-10,service;marketing,service,,,gold"
)
BOB = "s-2,Bob,en,US,America/New_York,bob@x.example,,,monthly,8.99,USD,,,paypal,,,service,,,,"


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *rows)).encode()


def row(subscriber_id: str, **cells: str) -> str:
    values = {"id": subscriber_id, "language": "es", "country": "ES", "time_zone": "Europe/Madrid"} | cells
    return ",".join(values.get(name, "") for name in HEADER.split(","))


def granted(db: Database, subscriber_id: str = "s-1") -> set[tuple[str, str]]:
    with db.read() as tx:
        return {(word.channel, word.purpose) for word in register.consents_of(tx, subscriber_id) if word.granted}


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.refused


def test_a_file_becomes_people(db: Database, now: datetime) -> None:
    assert counts(import_csv(db, file(ANA, BOB), now)) == (2, 0, 0, 0)
    with db.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana == person(
            "s-1",
            locale="es-ES",
            price_minor=123450,
            renewal_date=date(2027, 5, 1),
            next_charge_date=date(2027, 4, 1),
            cutover_date=date(2027, 3, 10),
            updated_at=now,
            fields={"loyalty": "gold"},
        )
        addresses = {contact.channel: contact.address for contact in register.contacts_of(tx, "s-1")}
        assert addresses == {"email": "ana@x.example", "sms": "+34600112233", "telegram": "7700"}
    assert granted(db) == {("email", "service"), ("email", "marketing"), ("sms", "service")}


def test_the_same_file_again_changes_nothing(db: Database, now: datetime) -> None:
    import_csv(db, file(ANA, BOB), now)
    assert counts(import_csv(db, file(ANA, BOB), now + timedelta(days=1))) == (0, 0, 2, 0)
    with db.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert ana.updated_at == now
        assert len(register.consent_history(tx, "s-1")) == 3


def test_two_further_dates_are_read_written_and_emptied(db: Database, now: datetime) -> None:
    header = "id,language,country,time_zone,term_end_date,deadline_date"
    report = import_csv(
        db,
        file("s-1,es,ES,Europe/Madrid,2027-12-31,2027-05-15", "s-2,es,ES,Europe/Madrid,31/12/2027,", header=header),
        now,
    )
    assert [str(error) for error in report.errors] == [
        "row 3, term_end_date: '31/12/2027' is not a date; write year-month-day, like 2027-03-01."
    ]
    with db.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert (ana.term_end_date, ana.deadline_date, ana.fields) == (date(2027, 12, 31), date(2027, 5, 15), {})
        exported = export_csv(tx).encode()
    assert counts(import_csv(db, exported, now)) == (0, 0, 1, 0)
    assert counts(import_csv(db, file("s-1,es,ES,Europe/Madrid", header=header.partition(",term")[0]), now)) == (
        0,
        0,
        1,
        0,
    )
    import_csv(db, file("s-1,es,ES,Europe/Madrid,,2027-05-16", header=header), now)
    with db.read() as tx:
        ana = register.get(tx, "s-1")
    assert ana is not None
    assert (ana.term_end_date, ana.deadline_date) == (None, date(2027, 5, 16))


def test_what_a_second_file_changes(db: Database, now: datetime) -> None:
    import_csv(db, file(ANA, BOB), now)
    changed = ANA.replace("service;marketing", "service").replace("600112233", "").replace("gold", "")
    assert counts(import_csv(db, file(changed, BOB, row("s-3")), now)) == (1, 1, 1, 0)
    with db.read() as tx:
        assert [contact.channel for contact in register.contacts_of(tx, "s-1")] == [EMAIL, TELEGRAM]
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert ana.fields == {}
    assert granted(db) == {("email", "service"), ("sms", "service")}


def test_a_later_withdrawal_outlives_every_later_file(db: Database, now: datetime) -> None:
    import_csv(db, file(ANA), now)
    with db.write() as tx:
        register.opt_out(tx, EMAIL, "ana@x.example", "reply", now + timedelta(hours=1))
    assert counts(import_csv(db, file(ANA), now + timedelta(days=1))) == (0, 0, 1, 0)
    moved = ANA.replace("Ana@x.example", "ana@new.example")
    assert counts(import_csv(db, file(moved), now + timedelta(days=2))) == (0, 1, 0, 0)
    assert granted(db) == {("sms", "service")}


def test_columns_the_file_lacks_leave_what_is_on_record(lite: Database, now: datetime) -> None:
    import_csv(lite, file(ANA), now)
    short = file("s-1,es,ES,Europe/Madrid,2027-03-20", header="id,language,country,time_zone,cutover_date")
    assert counts(import_csv(lite, short, now)) == (0, 1, 0, 0)
    with lite.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert (ana.cutover_date, ana.name, ana.price_minor) == (date(2027, 3, 20), "Ana Ruiz", 123450)
        assert len(register.contacts_of(tx, "s-1")) == 3
    assert len(granted(lite)) == 3


def test_a_chat_the_person_bound_outlives_an_empty_cell(lite: Database, now: datetime) -> None:
    import_csv(lite, file(BOB), now)
    with lite.write() as tx:
        register.bind_contact(tx, Contact("s-2", TELEGRAM, "9900"))
    assert counts(import_csv(lite, file(BOB), now)) == (0, 0, 1, 0)


def test_a_check_writes_nothing(db: Database, now: datetime) -> None:
    assert counts(import_csv(db, file(ANA, "broken"), now, check_only=True)) == (1, 0, 0, 1)
    with db.read() as tx:
        assert register.count(tx) == 0


def test_each_wrong_cell_has_one_sentence_and_the_good_rows_are_kept(db: Database, now: datetime) -> None:
    rows = (ANA, row("s-3", language="fr", country="??"), BOB, row("s-1"), row("s-4", email="nobody"), row("s-5"))
    report = import_csv(db, file(*rows), now)
    assert counts(report) == (3, 0, 0, 3)
    assert [(error.row, error.column) for error in report.errors] == [
        *((3, "language"), (3, "country"), (5, "id"), (6, "email"))
    ]
    assert str(report.errors[0]) == "row 3, language: 'fr' is not a language we write; write es or en."
    with db.read() as tx:
        assert register.all_ids(tx) == ("s-1", "s-2", "s-5")


def test_nobody_moves_within_three_days_of_a_charge(lite: Database, now: datetime) -> None:
    days = ("2027-03-28", "2027-03-29", "2027-04-01", "2027-04-04", "2027-04-05")
    rows = [row(day, cutover_date=day, next_charge_date="2027-04-01") for day in days]
    report = import_csv(lite, file(*rows, row("s-1", cutover_date="2027-04-01")), now)
    assert {error.column for error in report.errors} == {"cutover_date"}
    with lite.read() as tx:
        assert register.all_ids(tx) == ("2027-03-28", "2027-04-05", "s-1")


def test_a_date_on_record_counts_too(lite: Database, now: datetime) -> None:
    import_csv(lite, file(ANA), now)
    late = file("s-1,es,ES,Europe/Madrid,2027-04-02", header="id,language,country,time_zone,cutover_date")
    assert counts(import_csv(lite, late, now)) == (0, 0, 0, 1)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_encodings(lite: Database, now: datetime, separator: str) -> None:
    rows = separator.join(("id", "name", "language", "country", "time_zone", "consent_email"))
    rows += "\n" + separator.join(("s-1", "Iñaki", "es", "ES", "Europe/Madrid", '"service;survey"'))
    assert counts(import_csv(lite, rows.encode("utf-16"), now)) == (1, 0, 0, 0)
    assert granted(lite) == {("email", "service"), ("email", "survey")}


def test_a_file_that_cannot_be_read_changes_nothing(lite: Database, now: datetime) -> None:
    unreadable = (
        b"",
        b"\n\n",
        file(ANA).decode().replace("Ruiz", "Ibáñez").encode("latin-1"),
        file(ANA, 's-9,"open', BOB),
        file(header=",".join(f"c{number}" for number in range(5_000))),
        file(header="id,name"),
        b"\x00\x01\x02" * 50,
    )
    for data in unreadable:
        with pytest.raises(BadFile):
            import_csv(lite, data, now)
    with lite.read() as tx:
        assert register.count(tx) == 0


def test_progress_ends_at_the_last_row(lite: Database, now: datetime) -> None:
    heard: list[tuple[int, int]] = []
    worse = row("s-3", language="fr", country="??")
    import_csv(lite, file(ANA, BOB, worse), now, progress=lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, 3)
    assert heard[-1] == (3, 3)


def test_two_imports_at_once_end_as_one(db: Database, now: datetime) -> None:
    rows = [row(f"s-{number}", name=f"N {number}", consent_email="service") for number in range(200)]
    reports: list[ImportReport] = []

    def work(order: Iterable[str]) -> None:
        reports.append(import_csv(db, file(*order), now))

    threads = [threading.Thread(target=work, args=(order,)) for order in (rows, reversed(rows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(report.errors) for report in reports] == [0, 0]
    with db.read() as tx:
        assert register.count(tx) == 200
        assert len(register.consent_history(tx, "s-7")) == 1


def test_an_export_is_read_back_as_unchanged(db: Database, now: datetime) -> None:
    trap = row("s-3", name="=HYPERLINK(1)", plan="@x", loyalty="'-1", price="1500", currency="JPY")
    import_csv(db, file(ANA, BOB, trap), now)
    with db.read() as tx:
        text = export_csv(tx)
    assert "'=HYPERLINK(1)" in text
    assert ",'+34600112233," in text
    assert counts(import_csv(db, text.encode(), now)) == (0, 0, 3, 0)


def test_an_export_shows_no_consent_that_was_withdrawn(lite: Database, now: datetime) -> None:
    import_csv(lite, file(ANA), now)
    with lite.write() as tx:
        register.opt_out(tx, EMAIL, "ana@x.example", "reply", now)
        text = export_csv(tx)
    assert "marketing" not in text


Word = tuple[bool, int, str]
words = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3), st.sampled_from(("file", "own", "own", "stop"))), min_size=1, max_size=6
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said * 2))))
def test_consent_ends_the_same_in_any_order_and_any_number_of_times(
    lite: Database, now: datetime, words: tuple[list[Word], list[Word]]
) -> None:
    """The latest of the person's own words stands, of two at one moment the withdrawal; files change nothing of it."""
    said, heard = words
    with lite.write() as tx:
        subscriber_id = f"s-{register.count(tx)}"
        address = f"{subscriber_id}@x.example"
        register.save(tx, person(subscriber_id), (Contact(subscriber_id, EMAIL, address),), (), now)
        for grants, hour, kind in heard:
            at = now + timedelta(hours=hour)
            if kind == "file":
                contact = Contact(subscriber_id, EMAIL, address)
                register.save(tx, person(subscriber_id), (contact,), (Consent(EMAIL, Purpose.SERVICE, grants),), at)
            elif kind == "own":
                register.set_consent(tx, subscriber_id, EMAIL, Purpose.SERVICE, grants, "preferences", at)
            else:
                register.opt_out(tx, EMAIL, address, "reply", at)
        stands = {word.purpose: word.granted for word in register.consents_of(tx, subscriber_id)}
    own = [(hour, kind == "own" and grants) for grants, hour, kind in said if kind != "file"]
    if own:
        last = max(hour for hour, _ in own)
        assert stands[Purpose.SERVICE] == all(grants for hour, grants in own if hour == last)
