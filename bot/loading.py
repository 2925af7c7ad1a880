"""What the deciders need to know, read from the records. Reads only; a person's data through its one door."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.by_mail import is_unproven
from bot.events import (
    ChoiceTaken,
    CodeVerdict,
    Meant,
    OwnRecord,
    Policy,
    RatingGiven,
    RecordMissing,
    RecordRead,
    Talk,
    ThumbGiven,
)
from bot.handing import SILENT_KINDS
from bot.identity import code_in
from bot.own_record import DOOR
from bot.taps import Tap
from knowledge.scope import Scope
from knowledge.terms import WEIGHED, Conflict, conflicts, term_from_plain
from records.database import Tx
from records.errors import NotFound
from records.ids import fingerprint
from records.ledger import SentMessage
from records.needs import Need, action_needed
from records.phrasings import Phrasing, Written
from records.store import cases, codes, contracts, conversations, knowledge, messages, subscribers
from records.store.knowledge import StoredChunk
from records.types import (
    Author,
    Case,
    CaseState,
    ChannelName,
    Contact,
    Conversation,
    Language,
    Proof,
    Reason,
    Subscriber,
    Turn,
)
from subscribers.access import access_record

_CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
_TRUE = frozenset({"1", "yes", "true", "si", "sí", "vip"})
_KNOWN_BY_ADDRESS = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM)
_SENT_SHOWN = 5


@dataclass(frozen=True)
class CodeWord:
    """What digits in a message are worth, and whose they prove somebody to be."""

    verdict: CodeVerdict = "none"
    subscriber_id: str = ""


def load_talk(
    tx: Tx, conversation: Conversation, policy: Policy, now: datetime, cause: str, target: Case | None = None
) -> Talk:
    """The conversation with what stands beside it. `cause` names what happened: ids of what it may make derive from it."""
    known = _known(tx, conversation, now)
    person = _person(tx, known, now)
    proven = person is not None
    case_id = f"cas_{fingerprint('case', cause)}"
    return Talk(
        conversation=known,
        policy=policy,
        language=known.language or (person.language if person else policy.staff_language),
        case=cases.open_of(tx, conversation.id),
        target=target,
        vip=person is not None and person.fields.get("vip", "").casefold() in _TRUE,
        next_case_id=case_id,
        next_case_code=_free_code(tx, case_id),
        proven=proven,
        scope=_scope(person if known.proof is Proof.VERIFIED else None, policy, now),
    )


def _scope(person: Subscriber | None, policy: Policy, now: datetime) -> Scope:
    """What answers may be chosen by: a person's own facts only once they are proven, else the desk's day alone."""
    if person is None:
        return Scope(on=now.astimezone(ZoneInfo(policy.hours.time_zone)).date())
    return Scope(
        contract=person.contract,
        country=person.country,
        moved=person.moved_at is not None and person.moved_at <= now,
        on=now.astimezone(ZoneInfo(person.time_zone)).date(),
        facts=tuple(sorted({**person.fields, "plan": person.plan}.items())),
    )


def proof_now(conversation: Conversation, now: datetime) -> Proof:
    """What the proof is still worth."""
    if not conversation.subscriber_id or (conversation.proof_until is not None and conversation.proof_until <= now):
        return Proof.ANONYMOUS
    return conversation.proof


def judge_code(tx: Tx, conversation: Conversation, text: str, secret: str, now: datetime) -> CodeWord:
    """Whether the digits in this text are the code we sent; the comparison takes the same time whatever they are."""
    offered = code_in(text)
    if not offered or conversation.memory.get("proof_step") != "code":
        return CodeWord()
    on_file = codes.get(tx, conversation.id)
    if on_file is None or not on_file.alive(now):
        return CodeWord("dead")
    right = hmac.compare_digest(on_file.code_hash, hash_code(secret, conversation.id, offered))
    return CodeWord("right", on_file.subscriber_id) if right and on_file.subscriber_id else CodeWord("wrong")


def hash_code(secret: str, conversation_id: str, code: str) -> str:
    return hmac.new(secret.encode(), f"code:{conversation_id}:{code}".encode(), hashlib.sha256).hexdigest()


def read_record(
    tx: Tx, conversation: Conversation, question: str, topics: tuple[str, ...], now: datetime
) -> RecordRead | RecordMissing:
    """What the proof opens of these topics."""
    subscriber_id, proof = conversation.subscriber_id, proof_now(conversation, now)
    if not subscriber_id:
        return RecordMissing(question, topics)
    contact = _contact(tx, conversation)
    try:
        facts = _facts(tx, subscriber_id, proof, topics, contact)
    except NotFound:
        return RecordMissing(question, topics)
    record = OwnRecord(
        facts=facts,
        need=_need(tx, facts, subscriber_id, proof, contact, now),
        sent=_sent(tx, subscriber_id, proof, contact) if "sent" in facts else (),
        cases=_cases(tx, conversation, subscriber_id, proof),
        on=max((person.updated_at for person in facts.values()), default=now),
    )
    return RecordRead(question, topics, record)


def read_conflicts(tx: Tx, source: str) -> tuple[Conflict, ...]:
    """Where the clauses of a contract say different things, by the terms that a person confirmed or that were read surely."""
    return conflicts([term_from_plain(plain) for plain in contracts.trusted_terms(tx, source, WEIGHED)])


def _facts(
    tx: Tx, subscriber_id: str, proof: Proof, topics: tuple[str, ...], contact: Contact | None
) -> dict[str, Subscriber]:
    facts: dict[str, Subscriber] = {}
    for topic in topics:
        opened = access_record(tx, subscriber_id, proof, DOOR[topic], contact=contact)
        if isinstance(opened, Subscriber):
            facts[topic] = opened
    return facts


def _need(
    tx: Tx, facts: dict[str, Subscriber], subscriber_id: str, proof: Proof, contact: Contact | None, now: datetime
) -> Need:
    """Whether the person must act; asked for only where the answer says so."""
    if not {"must_act", "payment"} & set(facts):
        return Need.AUTOMATIC
    person = access_record(tx, subscriber_id, proof, DOOR["must_act"], contact=contact)
    if not isinstance(person, Subscriber):
        return Need.AUTOMATIC
    on = person.next_charge_date or person.cutover_date or now.date()
    return action_needed(person.payment_method, person.fields, on)


def _sent(tx: Tx, subscriber_id: str, proof: Proof, contact: Contact | None) -> tuple[SentMessage, ...]:
    """What campaigns sent; with a link only what went to that same contact."""
    everything = messages.history_of(tx, subscriber_id, 50)
    return tuple(
        one
        for one in everything
        if one.campaign_name and (proof is Proof.VERIFIED or (contact is not None and one.channel is contact.channel))
    )[:_SENT_SHOWN]


def _cases(tx: Tx, conversation: Conversation, subscriber_id: str, proof: Proof) -> tuple[Case, ...]:
    if proof is Proof.VERIFIED:
        return cases.open_of_subscriber(tx, subscriber_id)
    own = cases.open_of(tx, conversation.id)
    return (own,) if own else ()


def _contact(tx: Tx, conversation: Conversation) -> Contact | None:
    """The contact a link was sent to, or the address the person writes from."""
    channel = conversation.memory.get("link_channel") or conversation.channel.value
    contacts = subscribers.contacts_of(tx, conversation.subscriber_id or "")
    return next((contact for contact in contacts if contact.channel.value == channel), None)


def _known(tx: Tx, conversation: Conversation, now: datetime) -> Conversation:
    """Whoever writes from an address that is one subscriber's alone has shown as much as a link shows, unless anybody could
    have written that address there."""
    nobody = replace(conversation, proof=Proof.ANONYMOUS, proof_until=None)
    if is_unproven(conversation):
        return nobody
    if proof_now(conversation, now) is not Proof.ANONYMOUS:
        return conversation
    if conversation.channel not in _KNOWN_BY_ADDRESS:
        return nobody
    people = subscribers.by_contact(tx, conversation.channel, conversation.address)
    if len(people) != 1:
        return nobody
    return replace(nobody, subscriber_id=people[0].id, proof=Proof.LINKED)


def _person(tx: Tx, conversation: Conversation, now: datetime) -> Subscriber | None:
    if proof_now(conversation, now) is Proof.ANONYMOUS or not conversation.subscriber_id:
        return None
    return subscribers.get(tx, conversation.subscriber_id)


def _free_code(tx: Tx, case_id: str) -> str:
    """`R-` and four signs nobody confuses when reading them aloud; a fifth and more when those are taken."""
    number = int(fingerprint("code", case_id), 16)
    for length in range(4, 12):
        code = "R-" + "".join(_CODE_LETTERS[number // 31**place % 31] for place in range(length))
        owner_is_free = cases.code_is_free(tx, code)
        if owner_is_free:
            return code
    raise NotFound(f"no free code for case {case_id!r}")


def own_tap(tx: Tx, talk: Talk, tap: Tap) -> Tap:
    """A thumb or rating counts only for an answer or resolved case of this very conversation; else it is a tap gone stale."""
    here = talk.conversation.id
    match tap:
        case ThumbGiven():
            turn = conversations.turn_of_answer(tx, tap.answer_id)
            if turn is None or turn.conversation_id != here:
                return ChoiceTaken("gone", "")
            return replace(tap, about=_meant_by_answer(tx, turn))
        case RatingGiven():
            case = cases.get(tx, tap.case_id)
            fits = case is not None and case.conversation_id == here and case.state is CaseState.RESOLVED
            return tap if fits else ChoiceTaken("gone", "")
        case _:
            return tap


def _meant_by_answer(tx: Tx, answer: Turn) -> Meant | None:
    """The question that led to an answer, and the one entry it came from; None when it came from elsewhere."""
    asked = conversations.before(tx, answer, Author.SUBSCRIBER)
    places = {(citation.source, citation.path) for citation in answer.citations}
    if asked is None or len(places) != 1:
        return None
    return _meant(knowledge.entry(tx, *places.pop()), asked.text)


def written_for_case(tx: Tx, talk: Talk, case: Case) -> Written | None:
    """The question that led to a case because nothing answered it, and all that staff wrote to the person since."""
    question = _question_of(tx, talk, case) if case.kind in SILENT_KINDS else ""
    replies = [event.text for event in cases.events_of(tx, case.id) if event.what == "reply"]
    return Written(question, "\n\n".join(replies), case.language) if question and replies else None


def _question_of(tx: Tx, talk: Talk, case: Case) -> str:
    asked = str(talk.conversation.memory.get("asked") or "") if case.kind is Reason.REPEATED_FAILURE else ""
    return asked or conversations.last_said(tx, case.conversation_id, Author.SUBSCRIBER, case.opened_at)


def meant_by_case(tx: Tx, talk: Talk, case: Case, entry_id: str) -> Meant | None:
    """The question that led to a case, and the entry that staff say would have answered it."""
    question = _question_of(tx, talk, case)
    return _meant(knowledge.entry_of(tx, entry_id), question) if question else None


def _meant(entry: StoredChunk | None, question: str) -> Meant | None:
    if entry is None:
        return None
    return Meant(Phrasing(entry.source, entry.path, Language(entry.language), question), entry.title)


def claimed_cases(tx: Tx) -> tuple[Case, ...]:
    return cases.listed(tx, CaseState.CLAIMED, limit=10_000)
