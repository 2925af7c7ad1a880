"""Cells of the subscribers file: read, refused with a sentence that carries no personal data, and escaped."""

import codecs
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import account_numbers
from subscribers.columns import BY_NAME, COLUMNS, EXPORT_ORDER
from subscribers.csv_rows import ParsedRow, RowError, parse_row
from subscribers.csv_text import Line, decode, escape, lines_of, read_header, separator_of, unescape
from subscribers.errors import BadFile

GOOD = {"id": "s-1", "language": "es", "country": "ES", "time_zone": "Europe/Madrid"}


def parsed(**cells: str) -> ParsedRow | tuple[RowError, ...]:
    row = GOOD | cells
    return parse_row(Line(7, tuple(row.values())), tuple(row))


def wrong(**cells: str) -> list[str]:
    row = parsed(**cells)
    assert not isinstance(row, ParsedRow)
    return [error.column for error in row]


def refused(**cells: str) -> RowError:
    row = parsed(**cells)
    assert not isinstance(row, ParsedRow)
    (error,) = row
    return error


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("language", "EN", "en"),
        ("country", "mx", "MX"),
        ("locale", "es_mx", "es-MX"),
        ("locale", "", "es-ES"),
        ("email", "Ana@Example.COM", "ana@example.com"),
        ("email", "ana@españa.example", "ana@xn--espaa-rta.example"),
        ("phone", "600 11 22 33", "+34600112233"),
        ("phone", "+52 55 1234 5678", "+525512345678"),
        ("phone", "'+34600112233", "+34600112233"),
        ("telegram", "77001122", "77001122"),
        ("payment_method", "Apple Pay", "apple_pay"),
        ("payment_method", "SEPA Direct Debit", "sepa"),
        ("consent_email", "marketing; Service;", frozenset({"marketing", "service"})),
        ("consent_sms", "", frozenset()),
        ("renewal_date", "", None),
        ("name", "A\u006e\u0303a", "Aña"),
        ("name", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_a_good_cell_is_read(column: str, text: str, value: object) -> None:
    row = parsed(**{column: text})
    assert isinstance(row, ParsedRow)
    assert row.values[column] == value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("id", ""),
        ("id", "x" * 81),
        ("id", "a\nb"),
        ("language", "fr"),
        ("language", ""),
        ("country", "Spain"),
        ("country", "ZZ"),
        ("locale", "en-US"),
        ("locale", "es"),
        ("time_zone", "Madrid"),
        ("time_zone", ""),
        ("email", "ana@localhost"),
        ("email", "ana at example.com"),
        ("email", "a@example.com\nBcc: b@example.com"),
        ("email", "ñandú@example.com"),
        ("phone", "12"),
        ("phone", "call me"),
        ("telegram", "@ana"),
        ("telegram", "٣٤٥"),
        ("currency", "EURO"),
        ("renewal_date", "01/03/2027"),
        ("renewal_date", "2027-02-30"),
        ("renewal_date", "20270301"),
        ("renewal_date", "0001-01-01"),
        ("consent_email", "news"),
        ("name", "Ana\nBcc: everyone"),
        ("name", "Ana\0"),
        ("plan", "x" * 81),
        ("contract", "4111 1111 1111 1111"),
        ("loyalty", "ES91 2100 0418 4502 0005 1332"),
        ("loyalty", "x" * 2_001),
        ("loyalty", "a\0b"),
        ("", "text"),
    ],
)
def test_a_bad_cell_is_named_with_what_to_do(column: str, text: str) -> None:
    error = refused(**{column: text})
    assert (error.row, error.column) == (7, column or "a column without a name")
    assert error.what
    assert error.do


def test_every_wrong_cell_of_a_row_is_named() -> None:
    cells = {
        "country": "??",
        "email": "nobody",
        "plan": "x" * 81,
        "renewal_date": "soon",
        "": "text",
        "loyalty": "a\0b",
    }
    row = parsed(**cells)
    assert not isinstance(row, ParsedRow)
    assert {error.row for error in row} == {7}
    assert [error.column for error in row] == [
        *("country", "email", "plan", "renewal_date", "a column without a name", "loyalty")
    ]
    assert "'soon' is not a date" in str(row[3])


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"country": "??", "phone": "12", "price": "8,x", "currency": "EUR"}, ["country"]),
        ({"language": "fr", "locale": "en-US", "phone": "12"}, ["language", "phone"]),
        ({"locale": "en-US", "price": "8,x", "currency": "EUR"}, ["locale"]),
        ({"currency": "EURO", "price": "8,x"}, ["currency"]),
    ],
)
def test_what_hangs_on_a_wrong_cell_is_not_judged(cells: dict[str, str], named: list[str]) -> None:
    assert wrong(**cells) == named


def test_a_column_stands_below_those_it_needs() -> None:
    for place, column in enumerate(COLUMNS):
        assert set(column.needs) <= {above.name for above in COLUMNS[:place]}


@given(st.dictionaries(st.sampled_from((*BY_NAME, "loyalty", "")), st.sampled_from(("", "?", "es", "12", "a\0b"))))
def test_a_row_is_whole_or_each_wrong_column_is_named_once(cells: dict[str, str]) -> None:
    row = parsed(**cells)
    if isinstance(row, ParsedRow):
        assert set(row.values) | set(row.fields) == set(GOOD) | set(cells) | {"locale"}
    else:
        names = [error.column for error in row]
        assert names
        assert len(names) == len(set(names))


@pytest.mark.parametrize("column", ["email", "phone", "telegram", "name", "loyalty"])
def test_an_error_never_repeats_personal_data(column: str) -> None:
    secret = "Zenobia 4111111111111111"
    error = refused(**{column: secret})
    assert "Zenobia" not in str(error)
    assert "4111" not in str(error)


def test_a_price_needs_its_currency_and_its_locale() -> None:
    assert wrong(price="8,99") == ["price"]
    spain = parsed(price="1.234,56", currency="eur")
    mexico = parsed(price="1,234.56", currency="MXN", country="MX")
    assert isinstance(spain, ParsedRow)
    assert isinstance(mexico, ParsedRow)
    assert spain.values["price"] == mexico.values["price"] == 123456


def test_a_row_of_another_length_is_refused() -> None:
    row = parse_row(Line(3, ("s-1", "es")), tuple(GOOD))
    assert not isinstance(row, ParsedRow)
    (error,) = row
    assert "2 cells" in error.what


def test_every_column_of_the_file_is_read_and_written() -> None:
    assert set(EXPORT_ORDER) == set(BY_NAME)
    assert len(COLUMNS) == len(BY_NAME)


# ---------------------------------------------------------------- the text of the file

TEXT = "id,name\r\ns-1,Añé\r\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
)
def test_encodings_with_a_mark_are_read(data: bytes) -> None:
    assert decode(data) == TEXT


@pytest.mark.parametrize("data", [TEXT.encode("latin-1"), TEXT.encode("utf-16-le"), codecs.BOM_UTF16_LE + b"i\0d"])
def test_an_encoding_that_must_be_guessed_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile, match="CSV UTF-8"):
        decode(data)


def test_a_workbook_is_called_one() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(BadFile, match=r"is a workbook .* save the sheet as `CSV UTF-8`"):
        decode(data.getvalue())


@pytest.mark.parametrize(("header", "separator"), [("id;name", ";"), ("id,name", ","), ("id\tname", "\t"), ("id", ",")])
def test_the_separator_is_the_header_s(header: str, separator: str) -> None:
    assert separator_of(f"{header}\n1;2,3,4\t5") == separator


def test_records_are_numbered_as_in_a_spreadsheet() -> None:
    lines = list(lines_of('id,name\r\n\r\na,"x\ny"\nb,"q""q"\r'))
    assert [(line.number, line.cells) for line in lines] == [
        (1, ("id", "name")),
        (3, ("a", "x\ny")),
        (4, ("b", 'q"q')),
    ]


@pytest.mark.parametrize("text", ['id,name\na,"open\nb,c\nd,e\n', 'id,name\na,"x" y\n'])
def test_a_quote_gone_wrong_is_refused_with_the_line_it_begins_on(text: str) -> None:
    with pytest.raises(BadFile, match="begins on line 2"):
        list(lines_of(text))


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([f"c{number}" for number in range(5_000)], "5000 columns"),
        (["id", "ID"], "'id' stands twice"),
        (["name"], "no column id"),
        (["id", "a\0"], "NUL"),
    ],
)
def test_a_header_that_cannot_be_taken(names: list[str], says: str) -> None:
    with pytest.raises(BadFile, match=says):
        read_header(names, ("id", "name"), ("id",))


@given(st.text(max_size=12) | st.text("'=+-@\t\r＝ a", max_size=5))
def test_an_escaped_cell_never_runs_and_is_read_back(cell: str) -> None:
    shown = escape(cell)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    assert unescape(shown) == cell


# ---------------------------------------------------------------- card numbers and IBANs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my card 4111-1111-1111-1111 ok", "a card number"),
        ("378282246310005", "a card number"),
        ("4111111111111112", ""),
        ("es91 2100 0418 4502 0005 1332", "an IBAN"),
        ("GB82WEST12345698765432", "an IBAN"),
        ("GB83WEST12345698765432", ""),
        ("ORDER-2027-000123", ""),
    ],
)
def test_account_numbers_are_told_from_other_digits(text: str, found: str) -> None:
    assert account_numbers.found_in(text) == found
