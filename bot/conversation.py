"""One conversation: what was said, what we do about it, when a person takes over. Pure: `decide(talk, event, now)`.

The order is the policy: staff hold the talk -> the person's wish to stop -> acts that belong to a person -> a code they were
asked for -> their own record -> the library -> a question back, once -> a person.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot import acts, answering, asides, identity, learning, several, staffing, steps, taps
from bot.actions import Action, How, Lookup, LookupFollowUp, OptIn, OptOut, ReadRecord, RecordFeedback, Say, Speak
from bot.events import (
    ChatStarted,
    ChoiceTaken,
    Event,
    FollowUpFound,
    Gathered,
    MessageReceived,
    PassagesFound,
    PersonWanted,
    RatingGiven,
    RecordMissing,
    RecordRead,
    Talk,
    ThumbGiven,
    TutorialRead,
)
from bot.follow_up import forget_topic, joined, may_lean, one_message_older, read_follow_up, topic_of
from bot.handing import hand_over
from bot.own_record import tell
from bot.parts import Parts, split_parts
from bot.replies import ACT, person_choice, phrase, remember, say, speak
from bot.rules import Heard, hear
from bot.taps import PICK, Tap, offered_in, tapped_by_text
from records.types import CaseState, Choice, Reason

_WORDS = re.compile(r"\w")
_ASKED_BY_TAP = {"again": How.ASKED, "more:": How.WHOLE, PICK: How.PICKED}


def decide(talk: Talk, event: Event, now: datetime) -> tuple[Action, ...]:
    """What we do about `event`, in order. Never raises for what a person may write."""
    actions = _decide(talk, event, now)
    return (*learning.turned_away(talk, event, actions), *actions)


def _decide(talk: Talk, event: Event, now: datetime) -> tuple[Action, ...]:
    match event:
        case MessageReceived():
            return _message(talk, event, now)
        case ChoiceTaken() | PersonWanted() | ThumbGiven() | RatingGiven():
            return _tap(talk, event, now)
        case ChatStarted():
            return _started(talk, event)
        case PassagesFound():
            return answering.found(talk, event, now)
        case FollowUpFound():
            return answering.found(talk, read_follow_up(talk, event), now)
        case TutorialRead():
            return steps.tell_step(talk, event)
        case Gathered():
            return several.gathered(talk, event, now)
        case RecordRead():
            return _record(talk, event, now)
        case RecordMissing():
            return hand_over(talk, Reason.NO_SOURCE, event.question, now)
        case _:
            return staffing.decide(talk, event, now)


# ---------------------------------------------------------------- what the person writes


def _message(talk: Talk, event: MessageReceived, now: datetime) -> tuple[Action, ...]:
    spoken = event.spoken or talk.language
    switch: tuple[Action, ...] = (Speak(spoken),) if spoken is not talk.conversation.language else ()
    talk = replace(talk, language=spoken)
    heard = hear(event.text)
    stopping: tuple[Action, ...] = (OptOut(),) if heard.stop != "none" else ()
    held = _held(talk, event.text, now)
    if held:
        return (*switch, *stopping, *held)
    tapped = tapped_by_text(talk, event.text)
    if tapped is not None:
        return (*switch, *_tap(talk, tapped, now))
    if event.masked:
        talk, switch = _noting_masking(talk), (*switch, remember(masked=True))
    switch = (*switch, *one_message_older(talk))
    return (*switch, *stopping, *(_stop(talk, heard) or _rest(talk, heard, event, now)))


def _held(talk: Talk, text: str, now: datetime) -> tuple[Action, ...]:
    """While a person holds the case the bot is silent; every word goes to the thread."""
    if talk.case is None or talk.case.state is not CaseState.CLAIMED:
        return ()
    return staffing.relay_to_desk(talk, talk.case, text, now)


def _stop(talk: Talk, heard: Heard) -> tuple[Action, ...]:
    """A wish about messages; the opt-out itself has been put first already."""
    acts = tuple(reason for reason in heard.reasons if reason is not Reason.PERSON)
    if heard.stop == "bare":
        choices = (
            Choice("stop:messages", phrase("choice.only_messages", talk.language)),
            Choice("stop:subscription", phrase("choice.end_subscription", talk.language)),
        )
        return say(talk, "stop.unclear", Reason.UNCLEAR_STOP, choices=choices)
    if heard.stop == "clear" and not acts:
        return say(talk, "stop.done", Reason.OPT_OUT)
    if heard.back:
        return (OptIn(), *say(talk, "stop.back", Reason.SMALL_TALK))
    return ()


def _rest(talk: Talk, heard: Heard, event: MessageReceived, now: datetime) -> tuple[Action, ...]:
    if heard.aside == "waiting" and asides.waits(talk):
        return asides.own_case(talk, event.text, now)
    if heard.reasons:
        return hand_over(talk, heard.reasons[0], event.text, now, heard.reasons[1:])
    proving = identity.proving(talk, event)
    if proving:
        return proving
    aside = asides.met(talk, heard, event.text, now)
    if aside:
        return aside
    way = steps.step_said(event.text)
    if way and (not heard.talk or talk.conversation.memory.get("walk")):
        return steps.walk(talk, way)
    if heard.talk == "greeting" and asides.waits(talk):
        return asides.own_case(talk, event.text, now)
    if heard.talk or not _WORDS.search(event.text):
        return say(talk, f"talk.{heard.talk or 'help'}", Reason.SMALL_TALK, company=talk.policy.company)
    if event.spoken is None:
        return (Lookup(event.text, How.FOREIGN),)
    return _question(talk, heard, event.text, now)


def _question(talk: Talk, heard: Heard, text: str, now: datetime) -> tuple[Action, ...]:
    topic, parts = topic_of(talk), split_parts(text)
    if topic is not None and len(parts.asked) == 1 and not heard.own and may_lean(text):
        return (LookupFollowUp(text, joined(topic, text)),)
    return (forget_topic(), *_new_question(talk, heard, text, parts, now))


def _new_question(talk: Talk, heard: Heard, text: str, parts: Parts, now: datetime) -> tuple[Action, ...]:
    if len(parts.asked) > 1:
        return (several.ask_each(talk, text, parts),)
    if heard.own and talk.proven:
        return (ReadRecord(text, heard.own),)
    if heard.own == ("case",):
        return asides.own_case(talk, text, now)
    if heard.own and heard.own_is_clear:
        return identity.ask_for_proof(talk, text, heard.own)
    return (Lookup(text, own=heard.own),)


def _noting_masking(talk: Talk) -> Talk:
    """The person is told, with the next words said to them, that what they should not have sent was not kept."""
    memory = {**talk.conversation.memory, "masked": True}
    return replace(talk, conversation=replace(talk.conversation, memory=memory))


# ---------------------------------------------------------------- buttons


def _tap(talk: Talk, tap: Tap, now: datetime) -> tuple[Action, ...]:
    match tap:
        case ChoiceTaken():
            return _choice(talk, tap, now)
        case PersonWanted():
            return _held(talk, phrase("choice.person", talk.language), now) or hand_over(talk, Reason.PERSON, "", now)
        case ThumbGiven():
            return _thumb(talk, tap)
        case RatingGiven():
            return _rating(talk, tap)
        case _:
            assert_never(tap)


def _choice(talk: Talk, event: ChoiceTaken, now: datetime) -> tuple[Action, ...]:
    held = _held(talk, event.label, now)
    if held:
        return held
    match event.data:
        case "stop:messages":
            return say(talk, "stop.only_messages", Reason.OPT_OUT)
        case "stop:subscription":
            return hand_over(talk, Reason.CANCELLATION, event.label, now)
        case "prove":
            return identity.go_on_proving(talk)
        case "step:next" | "step:back":
            return steps.walk(talk, event.data)
        case taps.BEYOND:
            return _beyond(talk)
    if event.data.startswith(ACT):
        return _act(talk, event, now)
    how = next((how for start, how in _ASKED_BY_TAP.items() if event.data.startswith(start)), None)
    if how is not None and event.label:
        return (Lookup(event.label, how),)
    return say(talk, "choice_gone", Reason.SMALL_TALK)


def _beyond(talk: Talk) -> tuple[Action, ...]:
    """How many there are to choose from, and the same ones again; it is no failure of ours or theirs."""
    choices = tuple(Choice(data, label) for data, label in offered_in(talk.conversation.memory))
    key = "choice.beyond" if len(choices) > 1 else "choice.beyond_one"
    told = say(talk, key, Reason.CHOICES, choices=choices, count=len(choices))
    return (*told, remember(beyond=True))


def _act(talk: Talk, event: ChoiceTaken, now: datetime) -> tuple[Action, ...]:
    """What they wrote was the act we took it for, or a person is to see it anyway."""
    kind = event.data.removeprefix(ACT)
    reason = Reason(kind) if kind in acts.kinds() else Reason.PERSON
    return hand_over(talk, reason, str(talk.conversation.memory.get("asked") or ""), now)


def _thumb(talk: Talk, event: ThumbGiven) -> tuple[Action, ...]:
    kept = RecordFeedback("answer", event.answer_id, 1 if event.up else -1, event.comment)
    shown = learning.judged(talk, event)
    if event.up:
        return (kept, *shown, *say(talk, "thumb.up", Reason.SMALL_TALK))
    return (kept, *shown, *say(talk, "thumb.down", Reason.SMALL_TALK, choices=(person_choice(talk.language),)))


def _rating(talk: Talk, event: RatingGiven) -> tuple[Action, ...]:
    if not 1 <= event.value <= 5:
        return ()
    key = "rating.good" if event.value >= 4 else "rating.poor"
    choices = () if event.value >= 4 else (person_choice(talk.language),)
    kept = RecordFeedback("case", event.case_id, event.value, event.comment)
    return (kept, *say(talk, key, Reason.SMALL_TALK, choices=choices))


def _started(talk: Talk, event: ChatStarted) -> tuple[Action, ...]:
    if event.link == "bad":
        return say(talk, "started.bad_link", Reason.SMALL_TALK, company=talk.policy.company)
    if talk.conversation.memory.get("greeted"):
        return say(talk, "talk.greeting", Reason.SMALL_TALK, company=talk.policy.company)
    return say(talk, "started.welcome", Reason.SMALL_TALK, company=talk.policy.company)


# ---------------------------------------------------------------- what their record says


def _record(talk: Talk, event: RecordRead, now: datetime) -> tuple[Action, ...]:
    open_topics = tuple(topic for topic in event.topics if topic in event.record.facts)
    if not open_topics:
        return identity.ask_for_proof(talk, event.question, event.topics)
    text = tell(open_topics, event.record, talk.language, now, talk.policy.plan_name)
    forget = remember(failures=0, pending=None, pending_topics=None, proof_step=None)
    return (forget, *speak(talk, Say(text, Reason.OWN_RECORD, confidence=1.0)))
