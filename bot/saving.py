"""What was decided, written down: conversation, turns, case and outbox rows in the caller's one transaction."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import singledispatchmethod

from bot.actions import (
    Action,
    AddToCase,
    AskRating,
    Bind,
    ClaimCase,
    CountWrongCode,
    DropCode,
    KeepNote,
    OpenCase,
    OptIn,
    OptOut,
    PostToDesk,
    Propose,
    ProposeEntry,
    RecordFeedback,
    RelayToSubscriber,
    ReleaseCase,
    Remember,
    ReopenCase,
    ResolveCase,
    Say,
    SendCode,
    Speak,
    TakeBack,
)
from bot.by_mail import heading_of
from bot.desk import LAST_TURNS, draw_card
from bot.events import Policy, Talk
from bot.loading import hash_code
from bot.replies import phrase
from channels.outbox import put_reply
from records.content import ChatMessage, MailMessage, ThreadPost
from records.database import Tx
from records.ids import fingerprint, new_code
from records.redact import mask, mask_personal
from records.store import candidates, cases, codes, conversations, feedback, own_entries, subscribers
from records.store.cases import NewCase
from records.store.conversations import NewTurn
from records.types import Author, ChannelName, Contact, Conversation, Language, Proof

MOST_LIVE_CODES = 3
"""Open codes one subscriber may have in all conversations: nobody's mailbox is filled by strangers."""

PROOF_LASTS: dict[ChannelName, timedelta] = {
    ChannelName.TELEGRAM: timedelta(days=90),
    ChannelName.WEB: timedelta(hours=12),
    ChannelName.EMAIL: timedelta(hours=12),
    ChannelName.SMS: timedelta(hours=12),
}
"""How long a code proves who somebody is; a Telegram chat is bound to one device account, a browser may be shared."""

_ORIGIN = "bot"


@dataclass(frozen=True)
class Cause:
    """What made this happen. Every id and key made now derives from it, so that a second time makes nothing new."""

    channel: ChannelName
    external_id: str

    @property
    def name(self) -> str:
        return f"{self.channel.value}:{self.external_id}"

    def turn_id(self, side: str) -> str:
        return f"trn_{fingerprint(self.name, side)}"

    @property
    def answer_id(self) -> str:
        return f"ans_{fingerprint(self.name, 'answer')}"


def changed(conversation: Conversation, action: Action, now: datetime) -> Conversation:
    """The conversation after an action that only touches the conversation itself."""
    match action:
        case Remember(facts):
            memory = {**conversation.memory, **dict(facts)}
            return replace(conversation, memory={key: value for key, value in memory.items() if value is not None})
        case Speak(language):
            return replace(conversation, language=language)
        case Bind(subscriber_id):
            until = now + PROOF_LASTS.get(conversation.channel, timedelta(hours=12))
            return replace(conversation, subscriber_id=subscriber_id, proof=Proof.VERIFIED, proof_until=until)
        case _:
            return conversation


class Saver:
    """Writes one decision. Made for one transaction and one cause."""

    def __init__(
        self, tx: Tx, talk: Talk, cause: Cause, now: datetime, *, desk: bool, secret: str, language: Language
    ) -> None:
        self._tx, self._talk, self._cause, self._now = tx, talk, cause, now
        self._desk, self._secret, self._language = desk, secret, language
        self._posts = 0
        self._case_changed = ""

    @property
    def _policy(self) -> Policy:
        return self._talk.policy

    def save(self, actions: Iterable[Action]) -> None:
        for action in actions:
            self._do(action)
        if self._case_changed and self._desk:
            self._redraw(self._case_changed)

    def heard(self, text: str) -> None:
        """The person's own turn."""
        self._turn("in", Author.SUBSCRIBER, text)

    @singledispatchmethod
    def _do(self, action: object) -> None:
        """Actions without a record of their own (memory, silence, lookups) need nothing here."""

    @_do.register
    def _(self, action: Say) -> None:
        answer_id = self._cause.answer_id if action.rateable else ""
        turn_id = self._cause.turn_id("out")
        conversations.add_turn(
            self._tx,
            NewTurn(
                id=turn_id,
                conversation_id=self._talk.conversation.id,
                author=Author.BOT,
                text=action.text,
                at=self._now,
                citations=action.citations,
                choices=action.choices,
                answer_id=answer_id,
                reason=action.reason.value,
            ),
        )
        content = ChatMessage(
            action.text,
            self._language.value,
            "bot",
            action.citations,
            action.choices,
            answer_id,
            turn_id,
            heading_of(self._talk.conversation),
        )
        self._send(content, turn_id)

    @_do.register
    def _(self, action: RelayToSubscriber) -> None:
        turn_id = self._cause.turn_id("out")
        text = mask(action.text)
        self._turn("out", Author.STAFF, text, staff=action.staff)
        cases.add_event(self._tx, action.case_id, "reply", action.staff, text, self._now, self._cause.name)
        cases.staff_spoke(self._tx, action.case_id, self._now)
        heading = heading_of(self._talk.conversation)
        content = ChatMessage(text, self._language.value, "staff", turn_id=turn_id, heading=heading)
        self._send(content, turn_id, action.case_id)
        if self._cause.channel is not ChannelName.SLACK:
            self._post(action.case_id, action.staff, text)

    @_do.register
    def _(self, action: KeepNote) -> None:
        cases.add_event(self._tx, action.case_id, "note", action.staff, mask(action.text), self._now, self._cause.name)

    @_do.register
    def _(self, action: PostToDesk) -> None:
        self._post(action.case_id, action.author, action.text, action.whisper_to)

    @_do.register
    def _(self, action: OpenCase) -> None:
        talk = self._talk
        proven = talk.conversation.subscriber_id if talk.proven else None
        case = NewCase(
            id=talk.next_case_id,
            code=talk.next_case_code,
            conversation_id=talk.conversation.id,
            subscriber_id=proven,
            kind=action.kind,
            language=self._language,
            summary=action.summary,
            promised_at=action.promised_at,
        )
        self._case_changed = cases.open(self._tx, case, self._now).id

    @_do.register
    def _(self, action: AddToCase) -> None:
        cases.add_to(self._tx, action.case_id, action.line, self._now)
        cases.raise_kind(self._tx, action.case_id, action.kind, action.promised_at)
        self._case_changed = action.case_id
        self._post(action.case_id, phrase("desk.person", self._policy.staff_language), action.line)

    @_do.register
    def _(self, action: ClaimCase) -> None:
        self._case_changed = cases.claim(self._tx, action.case_id, action.staff, self._now, self._cause.name).id

    @_do.register
    def _(self, action: ReleaseCase) -> None:
        self._case_changed = cases.release(self._tx, action.case_id, action.actor, action.promised_at, self._now).id

    @_do.register
    def _(self, action: ResolveCase) -> None:
        self._case_changed = cases.resolve(self._tx, action.case_id, action.staff, self._now, self._cause.name).id

    @_do.register
    def _(self, action: ReopenCase) -> None:
        case = cases.reopen(self._tx, action.case_id, action.actor, action.promised_at, self._now, self._cause.name)
        self._case_changed = case.id

    @_do.register
    def _(self, action: AskRating) -> None:
        cases.add_event(self._tx, action.case_id, "rating_asked", "", "", self._now)

    @_do.register
    def _(self, action: RecordFeedback) -> None:
        conversation_id = self._talk.conversation.id
        comment = mask(action.comment)
        feedback.record(self._tx, action.about, action.about_id, conversation_id, action.value, comment, self._now)

    @_do.register
    def _(self, action: Propose) -> None:
        talk = self._talk.conversation
        candidates.propose(self._tx, action.said, action.origin, talk.id, talk.subscriber_id or "", self._now)

    @_do.register
    def _(self, action: ProposeEntry) -> None:
        own_entries.propose(self._tx, action.case_id, action.staff, action.written, self._now)

    @_do.register
    def _(self, action: TakeBack) -> None:
        candidates.take_back(self._tx, action.source, action.path, self._talk.conversation.id)

    @_do.register
    def _(self, _action: OptOut) -> None:
        conversation = self._talk.conversation
        subscribers.opt_out(self._tx, conversation.channel, conversation.address, _ORIGIN, self._now)

    @_do.register
    def _(self, _action: OptIn) -> None:
        conversation = self._talk.conversation
        subscribers.opt_in(self._tx, conversation.channel, conversation.address, _ORIGIN, self._now)

    @_do.register
    def _(self, action: SendCode) -> None:
        people = subscribers.by_contact(self._tx, ChannelName.EMAIL, action.email)
        owner = people[0].id if len(people) == 1 else ""
        allowed = bool(owner) and codes.live_for(self._tx, owner, self._now) < MOST_LIVE_CODES
        code, conversation_id = new_code(), self._talk.conversation.id
        hashed = hash_code(self._secret, conversation_id, code)
        codes.put(self._tx, conversation_id, owner if allowed else "", hashed, self._now)
        if allowed:
            self._mail_code(action.email, code)

    @_do.register
    def _(self, _action: CountWrongCode) -> None:
        codes.count_wrong(self._tx, self._talk.conversation.id)

    @_do.register
    def _(self, _action: DropCode) -> None:
        codes.drop(self._tx, self._talk.conversation.id)

    @_do.register
    def _(self, action: Bind) -> None:
        conversation = self._talk.conversation
        if conversation.channel is ChannelName.TELEGRAM:
            contact = Contact(action.subscriber_id, ChannelName.TELEGRAM, conversation.address)
            subscribers.bind_contact(self._tx, contact)

    def _mail_code(self, email: str, code: str) -> None:
        company, language = self._policy.company, self._language
        text = phrase("proof.mail_text", language, code=code, company=company)
        paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))
        subject = phrase("proof.mail_subject", language, code=code, company=company)
        put_reply(
            self._tx,
            channel=ChannelName.EMAIL,
            address=email,
            content=MailMessage(subject, text, paragraphs, language.value),
            key=f"code:{fingerprint(self._cause.name, 'code')}",
            now=self._now,
        )

    def _turn(self, side: str, author: Author, text: str, staff: str = "") -> None:
        turn = NewTurn(self._cause.turn_id(side), self._talk.conversation.id, author, text, self._now, staff=staff)
        conversations.add_turn(self._tx, turn)

    def _send(self, content: ChatMessage, key: str, case_id: str = "") -> None:
        conversation = self._talk.conversation
        put_reply(
            self._tx,
            channel=conversation.channel,
            address=conversation.address,
            content=content,
            key=key,
            now=self._now,
            conversation_id=conversation.id,
            case_id=case_id,
            subscriber_id=conversation.subscriber_id or "",
        )

    def _post(self, case_id: str, author: str, text: str, whisper_to: str = "", thread: str = "") -> None:
        if not self._desk:
            return
        self._posts += 1
        self._to_desk(
            ThreadPost(case_id, thread, author, mask_personal(text), whisper_to), f"post{self._posts}", case_id
        )

    def _redraw(self, case_id: str) -> None:
        case = cases.require(self._tx, case_id)
        conversation = self._talk.conversation
        turns = conversations.turns_of(self._tx, conversation.id, last=LAST_TURNS)
        card = draw_card(case, conversation, turns, self._policy.staff_language, self._policy.hours.time_zone)
        self._to_desk(card, "card", case_id)

    def _to_desk(self, content: ThreadPost | object, what: str, case_id: str) -> None:
        put_reply(
            self._tx,
            channel=ChannelName.SLACK,
            address="",
            content=content,  # type: ignore[arg-type]  # one of the two desk contents
            key=f"{what}:{fingerprint(self._cause.name, what)}",
            now=self._now,
            case_id=case_id,
        )
