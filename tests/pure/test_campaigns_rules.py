"""Approval, gates and the choice of channel: the policies, without a database."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Excluded, Person, Way, choose_way
from campaigns.errors import NotAllowed
from campaigns.gates import Signal, Verdict
from campaigns.workflow import Act, Standing, decide
from records.phrases import fields_of, load_phrases
from records.types import CampaignState, ChannelName, Consent, Language, MessageClass, Purpose
from tests.campaigns.world import person

NOW = datetime(2027, 1, 18, 10, tzinfo=UTC)
PEOPLE = ("ana", "ANA ", "blas", "eva")
STEPS = st.lists(
    st.tuples(st.sampled_from(list(Act)), st.sampled_from(PEOPLE), st.sampled_from(("h1", "h2"))), max_size=25
)


@settings(max_examples=500)
@given(STEPS)
def test_no_path_leads_to_sending_without_a_second_persons_approval_of_that_content(
    steps: list[tuple[Act, str, str]],
) -> None:
    standing, given_for = Standing("c", CampaignState.DRAFT, "", ""), ("", "")
    for act, actor, content in steps:
        try:
            state = decide(standing, act, actor, reason="because", content_hash=content)
        except NotAllowed:
            continue
        if act is Act.SUBMIT:
            standing = Standing("c", state, actor, content, standing.approved_hash)
        elif act is Act.APPROVE:
            standing = Standing("c", state, standing.author, standing.content_hash, standing.content_hash)
            given_for = (actor, content)
        else:
            standing = Standing("c", state, standing.author, standing.content_hash, standing.approved_hash)
        if standing.may_send:
            assert given_for[1] == standing.content_hash
            assert given_for[0].strip().casefold() != standing.author.strip().casefold()


@pytest.mark.parametrize("act", [Act.REJECT, Act.PAUSE, Act.RESUME])
def test_stopping_and_going_on_need_a_reason_and_a_name(act: Act) -> None:
    states = {Act.REJECT: CampaignState.SUBMITTED, Act.PAUSE: CampaignState.APPROVED, Act.RESUME: CampaignState.PAUSED}
    standing = Standing("c", states[act], "ana", "h", "h")
    with pytest.raises(NotAllowed, match="reason"):
        decide(standing, act, "blas", reason=" ")
    with pytest.raises(NotAllowed, match="named person"):
        decide(standing, act, " ", reason="x")
    assert decide(standing, act, "blas", reason="x") is not standing.state


@pytest.mark.parametrize("state", [CampaignState.CANCELLED, CampaignState.DONE])
def test_what_has_ended_stays_ended(state: CampaignState) -> None:
    """Except that messages of a campaign that is done may be tried again, and what it said be put right."""
    again = {Act.RETRY, Act.RESCHEDULE, Act.CORRECT} if state is CampaignState.DONE else set()
    for act in set(Act) - again:
        with pytest.raises(NotAllowed):
            decide(Standing("c", state, "ana", "h", "h"), act, "blas", reason="x", content_hash="h")


def _person(*granted: Purpose, suppressed: frozenset[ChannelName] = frozenset()) -> Person:
    contacts = {ChannelName.EMAIL: "a@b.example", ChannelName.SMS: "+34600000000"}
    consents = tuple(Consent(ChannelName.SMS, purpose, True) for purpose in granted)
    return Person(person(1), contacts, consents, suppressed)


def test_the_channel_is_the_first_that_may_be_used() -> None:
    order = (ChannelName.EMAIL, ChannelName.SMS)
    sms = Way(ChannelName.SMS, "+34600000000")
    assert choose_way(order, _person(Purpose.SERVICE), MessageClass.SERVICE) == sms
    assert choose_way(order, _person(Purpose.SERVICE), MessageClass.MARKETING) is Excluded.NO_CONSENT
    assert choose_way(order, _person(), MessageClass.CONTRACT_NOTICE) == Way(ChannelName.EMAIL, "a@b.example")
    assert choose_way((ChannelName.TELEGRAM,), _person(), MessageClass.CONTRACT_NOTICE) is Excluded.NO_CONTACT
    shut = _person(Purpose.SERVICE, suppressed=frozenset({ChannelName.SMS}))
    assert choose_way(order, shut, MessageClass.SERVICE) is Excluded.SUPPRESSED


def test_every_reason_and_verdict_has_words_in_both_languages() -> None:
    texts = load_phrases("campaigns").texts
    assert texts[Language.ES].keys() == texts[Language.EN].keys()
    for key, text in texts[Language.ES].items():
        assert fields_of(text) == fields_of(texts[Language.EN][key]), key
    assert {f"reason.{reason}" for reason in Excluded} <= texts[Language.ES].keys()
    assert {f"warning.{signal}" for signal in Signal} <= texts[Language.ES].keys()
    assert {f"verdict.{signal}" for signal in Signal} <= texts[Language.ES].keys()
    assert len(get_args(Verdict)) == 4
