"""Card numbers and IBANs are never kept; everything else stays as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.redact import is_card_number, mask, mask_personal, mask_private


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mi tarjeta 4111 1111 1111 1111 vale", "mi tarjeta •••• 1111 vale"),
        ("4111-1111-1111-1111", "•••• 1111"),
        ("378282246310005", "•••• 0005"),
        ("ES91 2100 0418 4502 0005 1332 es mi cuenta", "ES•• •••• 1332 es mi cuenta"),
        ("gb82west12345698765432.", "GB•• •••• 5432."),
    ],
)
def test_what_must_not_be_kept_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "pedido 732201349959",
        "llama al +34 600 123 123",
        "el 20 de febrero de 2027",
        "R-7K3P",
        "0000000000000000",
        "8,99 €",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text


def test_staff_tools_of_others_see_no_contact_data() -> None:
    assert mask_personal("soy ana@example.com, +34 600 123 123") == "soy •••@•••, •••23"


def luhn(body: str) -> str:
    return next(body + digit for digit in "0123456789" if is_card_number(body + digit))


@given(
    st.text("0123456789", min_size=14, max_size=15).filter(lambda body: len(set(body)) > 2),
    st.sampled_from(["", " ", "-"]),
)
def test_no_card_number_survives_however_it_is_grouped(body: str, gap: str) -> None:
    number = luhn(body)
    written = gap.join(number[at : at + 4] for at in range(0, len(number), 4))
    assert number[:10] not in mask(f"es {written} ok").replace(" ", "").replace("-", "")
    assert mask(mask(written)) == mask(written)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("soy Lucía Ejemplo", "soy ••• •••"),
        ("LUCIA, de Ejemplópolis", "•••, de Ejemplópolis"),
        ("DNI 12345678Z, NIE X1234567L, RFC VECJ880326XXX", "DNI •••, NIE •••, RFC •••"),
        ("cliente F-0001, caso R-7K3P, pedido 732201349959", "cliente •••, caso •••, pedido •••59"),
        ("el 1 de marzo de 2027 pagué 8,99 €", "el 1 de marzo de 2027 pagué 8,99 €"),
        ("Lu cobra lo mismo", "Lu cobra lo mismo"),
    ],
)
def test_a_model_sees_neither_names_nor_numbers_of_people(text: str, masked: str) -> None:
    assert mask_private(text, ("Lucía Ejemplo", "Lu")) == masked
