"""Which earlier versions a correction concerns, and what an edit has to go on putting right."""

from datetime import UTC, date, datetime

import pytest

from campaigns import correction as corrections
from campaigns.errors import NotAllowed
from records.revisions import (
    Correction,
    CorrectionKind,
    Revision,
    correction_from_data,
    correction_to_data,
)

AT = datetime(2027, 2, 1, tzinfo=UTC)
A, B, C = date(2027, 3, 1), date(2027, 4, 15), date(2027, 5, 1)


def _revision(
    number: int, day: date, hashed: str = "", correction: Correction | None = None, *, out: bool = False
) -> Revision:
    return Revision(number, hashed or f"{number}" * 24, day, "ana", "blas", AT, "", correction, (), AT if out else None)


def test_what_waits_for_approval_goes_along_with_what_is_handed_in_after_it() -> None:
    history = (_revision(1, A), _revision(2, A))
    moved = corrections.of_date(B, history, "new-date")
    mended = corrections.of_text("222222", B, history, "new-text", moved)
    assert corrections.withdrawn(mended, history) == (1, 2)  # also whoever was told A, though only 2 was wrong
    assert corrections.of_text("222222", B, history, "new-text", mended) == mended
    text_first = corrections.of_text("111111", A, history, "new-text")
    both = corrections.of_date(A, history, "new-date", text_first)
    assert corrections.withdrawn(both, history) == (1,)
    assert corrections.withdrawn(corrections.of_text("222222", A, history, "new-text", moved), history) == (2,)


def test_a_new_date_concerns_everyone_who_was_told_another() -> None:
    moved = corrections.of_date(B, (_revision(1, A),), "new-date")
    assert corrections.withdrawn(moved, (_revision(1, A),)) == (1,)
    history = (_revision(1, A), _revision(2, B, correction=moved))
    again = corrections.of_date(C, history, "new-date")
    assert again.dates == (A, B)
    assert corrections.withdrawn(again, history) == (1, 2)


def test_a_date_that_comes_back_concerns_only_those_who_were_told_the_one_between() -> None:
    history = (_revision(1, A), _revision(2, B, correction=corrections.of_date(B, (_revision(1, A),), "new-date")))
    back = corrections.of_date(A, history, "new-date")
    assert corrections.withdrawn(back, history) == (2,)


def test_a_wrong_text_concerns_its_readers_and_those_an_unfinished_correction_had_still_to_tell() -> None:
    first = _revision(1, A)
    mended = corrections.of_text("111111", A, (first,), "new-text")
    assert mended.hashes == (first.content_hash,)
    history = (first, _revision(2, A, correction=mended))
    assert corrections.withdrawn(corrections.of_text("222222", A, history, "new-text"), history) == (1, 2)
    finished = (first, _revision(2, A, correction=mended, out=True))
    assert corrections.withdrawn(corrections.of_text("222222", A, finished, "new-text"), finished) == (2,)


def test_a_mended_text_takes_an_unfinished_new_date_along() -> None:
    moved = corrections.of_date(B, (_revision(1, A),), "new-date")
    history = (_revision(1, A), _revision(2, B, correction=moved))
    mended = corrections.of_text("222222", B, history, "new-text")
    assert mended.dates == (A,)
    assert corrections.withdrawn(mended, history) == (1, 2)


def test_an_edit_goes_on_with_what_was_not_finished_and_with_nothing_else() -> None:
    moved = corrections.of_date(B, (_revision(1, A),), "new-date")
    history = (_revision(1, A), _revision(2, B, correction=moved))
    assert corrections.carried(B, None, history) == moved
    assert corrections.carried(B, None, (history[0], _revision(2, B, correction=moved, out=True))) is None
    assert corrections.carried(A, None, ()) is None
    waiting = Correction(CorrectionKind.NEW_TEXT, "mine", (), ("x",))
    assert corrections.carried(B, waiting, history) == waiting


@pytest.mark.parametrize(
    ("hashed", "why"), [("999999", "No approved content"), ("111", "too short"), ("", "too short")]
)
def test_a_hash_nobody_knows_is_refused_in_a_sentence(hashed: str, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        corrections.of_text(hashed, A, (_revision(1, A),), "new-text")


def test_a_hash_that_two_contents_share_the_beginning_of_is_refused() -> None:
    history = (_revision(1, A, "aaaaaaaa1"), _revision(2, A, "aaaaaaaa2"))
    with pytest.raises(NotAllowed, match="too short"):
        corrections.of_text("aaaaaaaa", A, history, "new-text")


def test_a_correction_is_kept_word_for_word() -> None:
    one = Correction(CorrectionKind.NEW_DATE, "nueva-fecha", (A, B), ("x", "y"))
    assert correction_from_data(correction_to_data(one)) == one
    assert correction_from_data(None) is None
