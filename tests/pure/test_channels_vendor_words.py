"""The table of what vendors say: whole, sourced, and true to the rule that only the address's own faults shut an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import vendor_words
from channels.contract import Reach, Refusal, Refused, RetryLater
from channels.vendor_words import Row, Scope, kinds

ALL = [
    *vendor_words.rows("smtp"),
    *vendor_words.rows("dsn"),
    *vendor_words.rows("arf"),
    *(row for status in (400, 401, 403) for row in vendor_words.rows("telegram", status)),
    *vendor_words.rows("twilio"),
    *vendor_words.rows("slack"),
]


def test_every_neutral_word_is_hard_or_soft_and_concerns_somebody() -> None:
    assert set(kinds()) == set(Refusal)
    hard = {word for word, kind in kinds().items() if kind.hard}
    assert hard == {Refusal.BAD_ADDRESS, Refusal.BLOCKED, Refusal.OPTED_OUT, Refusal.COMPLAINED}
    assert all(kinds()[word].scope is Scope.ADDRESS for word in hard)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.says)
def test_every_row_has_a_source_and_an_answer(row: Row) -> None:
    assert row.source
    answer = row.answer("as it was said")
    assert isinstance(answer, RetryLater) == (row.means in ("slow_down", "trouble"))
    assert answer.detail == "as it was said"


def test_no_word_stands_twice_for_the_same_place() -> None:
    for vendor in ("twilio", "slack", "dsn", "arf"):
        said = [row.says for row in vendor_words.rows(vendor)]
        assert len(said) == len(set(said)), vendor
    places = [(row.says, step) for row in vendor_words.rows("smtp") for step in row.at or ("everywhere",)]
    assert len(places) == len(set(places))


MAIL = [
    ("recipient", 550, "5.1.1 no such user", Refusal.BAD_ADDRESS),
    ("recipient", 550, "5.7.1 relaying denied", Refusal.CREDENTIALS),
    ("recipient", 550, "5.7.26 unauthenticated", Refusal.CREDENTIALS),
    ("recipient", 550, "5.7.509 DMARC", Refusal.CREDENTIALS),
    ("body", 550, "5.7.1 spam", Refusal.CONTENT),
    ("recipient", 552, "5.2.2 over quota", Refusal.FULL),
    ("recipient", 550, "no such user", Refusal.BAD_ADDRESS),
    ("sender", 553, "not yours", Refusal.CREDENTIALS),
    ("recipient", 559, "5.9.9 what is this", Refusal.UNKNOWN),
    ("recipient", 421, "4.7.28 unusual rate", Reach.DESTINATION),
    ("recipient", 421, "too many", Reach.DESTINATION),
    ("open", 421, "4.3.2 busy", Reach.SENDER),
    ("open", 421, "busy", Reach.SENDER),
    ("recipient", 450, "4.2.1 receives too quickly", Reach.MESSAGE),
    ("recipient", 450, "4.7.1 greylisted", Reach.MESSAGE),
    ("recipient", 450, "later", Reach.DESTINATION),
    ("recipient", 451, "local error", Reach.DESTINATION),
    ("recipient", 452, "4.3.1 no room", Reach.SENDER),
    ("open", 454, "4.7.0 throttled", Reach.SENDER),
]


@pytest.mark.parametrize(("step", "code", "words", "expected"), MAIL)
def test_a_mail_servers_no(step: str, code: int, words: str, expected: Refusal | Reach) -> None:
    answer = vendor_words.smtp(step, code, words, "d")
    assert (answer.reason if isinstance(answer, Refused) else answer.reach) is expected


@pytest.mark.parametrize("code", [421, 450, 451, 452, 454])
@pytest.mark.parametrize("step", ["open", "sender", "recipient", "body"])
def test_what_slows_us_down_is_no_failure(step: str, code: int) -> None:
    answer = vendor_words.smtp(step, code, "slow down", "d")
    assert isinstance(answer, RetryLater)
    assert answer.asked


@given(st.sampled_from(["recipient", "body"]), st.integers(0, 999))
def test_a_policy_refusal_never_blames_the_address(step: str, detail: int) -> None:
    answer = vendor_words.smtp(step, 550, f"5.7.{detail} policy", "d")
    assert isinstance(answer, Refused)
    blamed = kinds()[answer.reason].scope is Scope.ADDRESS
    assert blamed == (detail in (13, 17))  # the account is gone, or somebody else's


@pytest.mark.parametrize(
    ("status", "description", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", Refusal.BLOCKED),
        (403, "Forbidden: user is deactivated", Refusal.BAD_ADDRESS),
        (403, "Forbidden: bot can't initiate conversation with a user", Refusal.BLOCKED),
        (403, "Forbidden: a reason of tomorrow", Refusal.BLOCKED),
        (400, "Bad Request: chat not found", Refusal.BAD_ADDRESS),
        (400, "Bad Request: PEER_ID_INVALID", Refusal.BAD_ADDRESS),
        (400, "Bad Request: message is too long", Refusal.CONTENT),
        (400, "Bad Request: a reason of tomorrow", Refusal.UNKNOWN),
        (401, "Unauthorized", Refusal.CREDENTIALS),
    ],
)
def test_telegrams_descriptions(status: int, description: str, reason: Refusal) -> None:
    assert vendor_words.telegram(status, description, "d").reason is reason
