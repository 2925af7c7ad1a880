"""What a channel shows of a message: sources, choices, splitting, SMS segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Accepted, Capabilities, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.render import (
    Alphabet,
    Segments,
    clean,
    length_of,
    masked,
    plain,
    render,
    segments,
    send_each,
    split,
)
from records.content import ChatMessage, TextMessage
from records.types import Choice, Citation

SMALL = Capabilities(max_text=60, buttons=False)


def test_an_answer_shows_its_sources_once_and_numbers_its_choices() -> None:
    source = Citation("c.md", "7.2 b", "un mes", "Condiciones")
    page = Citation("faq/pagos.es.md", "", "sí")
    choices = (Choice("c:1", "Cambiar la tarjeta"), Choice("c:2", "Ver la factura"))
    content = ChatMessage("Un mes.", "es", citations=(source, source, page), choices=choices)
    assert plain(content, buttons=False) == (
        "Un mes.\n\nFuente: Condiciones, 7.2 b\nFuente: faq/pagos.es.md\n\n"
        "Responde con el número de tu opción:\n1. Cambiar la tarjeta\n2. Ver la factura"
    )
    assert plain(content, buttons=True) == "Un mes.\n\nFuente: Condiciones, 7.2 b\nFuente: faq/pagos.es.md"


def test_in_english() -> None:
    content = ChatMessage("A month.", "en", citations=(Citation("c.md", "7", "a month", "Terms"),))
    assert plain(content, buttons=True) == "A month.\n\nSource: Terms, 7"


def test_links_stand_in_the_text_where_there_are_no_buttons() -> None:
    content = TextMessage("Te movemos.", "es", (("Mi cuenta", "https://example.com/u/x"),))
    assert plain(content, buttons=False) == "Te movemos.\nMi cuenta: https://example.com/u/x"
    assert plain(content, buttons=True) == "Te movemos."


def test_an_answer_is_split_and_an_approved_text_is_refused() -> None:
    text = "Una frase corta. " * 10
    parts = render(ChatMessage(text, "es"), SMALL)
    assert isinstance(parts, tuple)
    assert all(part.endswith("corta.") for part in parts)
    refused = render(TextMessage(text, "es"), SMALL)
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.UNSUPPORTED
    assert "170" in refused.detail


@pytest.mark.parametrize("text", ["", " \n ", "\0"])
def test_an_empty_message_is_refused(text: str) -> None:
    result = render(TextMessage(text, "es"), SMALL)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CONTENT


def test_a_cut_prefers_paragraphs_then_lines_then_sentences_then_words() -> None:
    assert split("uno dos. tres\n\ncuatro cinco", 20) == ("uno dos. tres", "cuatro cinco")
    assert split("uno dos. tres\ncuatro cinco", 20) == ("uno dos. tres", "cuatro cinco")
    assert split("uno dos tres. cuatro cinco", 20) == ("uno dos tres.", "cuatro cinco")
    assert split("uno dos tres cuatro", 10) == ("uno dos", "tres", "cuatro")
    assert split("a" * 25, 10) == ("a" * 10, "a" * 10, "a" * 5)


def test_a_family_and_an_accent_stay_whole() -> None:
    assert split("aaaaa👨‍👩‍👧", 10) == ("aaaaa", "👨‍👩‍👧")
    assert split("abcde\u0301", 5) == ("abcd", "e\u0301")


def test_a_limit_nothing_fits_in_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split("hola", 1)


_texts = st.text(st.characters(codec="utf-8"), max_size=300) | st.text("ab.\n 👍é\u0301\u200d", max_size=200)


@given(_texts, st.integers(2, 80))
def test_splitting_loses_nothing_but_white_space_and_every_part_fits(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < length_of(part) <= limit for part in parts)


@given(st.text())
def test_clean_text_can_be_encoded_and_is_stable(text: str) -> None:
    once = clean(text)
    assert "\0" not in once
    assert clean(once.encode().decode()) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(Alphabet.GSM7, 1, 0)),
        ("a" * 160, Segments(Alphabet.GSM7, 1, 160)),
        ("a" * 161, Segments(Alphabet.GSM7, 2, 161)),
        ("a" * 306, Segments(Alphabet.GSM7, 2, 306)),
        ("a" * 307, Segments(Alphabet.GSM7, 3, 307)),
        ("€" * 80, Segments(Alphabet.GSM7, 1, 160)),
        ("€" * 81, Segments(Alphabet.GSM7, 2, 162)),
        ("a" * 152 + "€" + "a" * 152, Segments(Alphabet.GSM7, 3, 306)),  # the euro may not straddle
        ("ñ¿¡éÉüÑ", Segments(Alphabet.GSM7, 1, 7)),
        ("á", Segments(Alphabet.UCS2, 1, 1)),
        ("ç", Segments(Alphabet.UCS2, 1, 1)),
        ("Ç", Segments(Alphabet.GSM7, 1, 1)),
        ("ú" * 70, Segments(Alphabet.UCS2, 1, 70)),
        ("ú" * 71, Segments(Alphabet.UCS2, 2, 71)),
        ("ú" * 134, Segments(Alphabet.UCS2, 2, 134)),
        ("ú" * 135, Segments(Alphabet.UCS2, 3, 135)),
        ("👍" * 35, Segments(Alphabet.UCS2, 1, 70)),
        ("ú" * 66 + "👍" + "ú" * 66, Segments(Alphabet.UCS2, 3, 134)),  # nor may a pair
    ],
)
def test_segments(text: str, expected: Segments) -> None:
    assert segments(text) == expected


@given(st.text("a€ú👍", max_size=400))
def test_segments_are_never_fewer_than_the_room_needs(text: str) -> None:
    counted = segments(text)
    single, each = (160, 153) if counted.alphabet is Alphabet.GSM7 else (70, 67)
    least = 1 if counted.length <= single else -(-counted.length // each)
    assert least <= counted.count <= least + counted.length // each


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("550 5.1.1 <ana@example.com> unknown", "550 5.1.1 <…> unknown"),
        ("The number +34 600 111 222 is invalid", "The number … is invalid"),
        ("chat 123456789 not found", "chat … not found"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_vendors_words_are_kept_without_addresses(words: str, shown: str) -> None:
    assert masked(words) == shown


def test_parts_are_sent_in_order_until_one_fails() -> None:
    sent: list[str] = []

    def one(result: SendResult, failing: str) -> SendResult:
        def send(part: str) -> SendResult:
            sent.append(part)
            return result if part == failing else Accepted(part)

        return send_each(("a", "b", "c"), send)

    later = RetryLater(1, "wait")
    assert one(later, "a") == later
    assert one(later, "b") == Unsure("1 of 3 parts were sent; then: wait")
    assert one(later, "none") == Accepted("c")
    assert sent == ["a", "a", "b", "a", "b", "c"]
