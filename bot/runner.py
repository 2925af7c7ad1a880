"""The bot: loads a conversation, decides, saves. Everything that arrives goes through `Bot.handle`, any number of times.

Lookups happen outside the write transaction; if the conversation moved meanwhile (a member of staff claimed the case, say),
what was decided is dropped and decided again.

BotError
└── TooBusy      the conversation kept changing while it was being answered; try the delivery again
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.actions import Action, Ask, Say
from bot.by_mail import is_said_again, with_mail
from bot.conversation import decide
from bot.entering import enter, open_link, worth
from bot.events import (
    CaseOverdue,
    ChatStarted,
    ChoiceTaken,
    Event,
    MessageReceived,
    NoteSent,
    PersonWanted,
    Policy,
    RatingGiven,
    StaffClaimed,
    StaffReleased,
    StaffReopened,
    StaffResolved,
    StaffWrote,
    Talk,
    ThumbGiven,
)
from bot.explaining import Step
from bot.fetching import Fetcher
from bot.hours import overdue
from bot.loading import claimed_cases, judge_code, load_talk, meant_by_case, own_tap, written_for_case
from bot.policy import policy_of
from bot.replies import phrase
from bot.saving import Cause, Saver, changed
from bot.taps import offered_in, read_tap
from channels.outbox import put_reply
from knowledge.helper import Helper
from knowledge.language import guess
from knowledge.passages import Library
from records.clock import Clock
from records.content import ThreadPost
from records.database import Database, Tx
from records.errors import NotFound, RelevoError
from records.ids import fingerprint
from records.inbound import Inbound, Pressed, Said, StaffPressed, StaffSaid, Started, Unreachable
from records.redact import mask, was_masked
from records.settings import Settings
from records.store import cases, conversations, messages, shut_addresses
from records.types import (
    Case,
    ChannelName,
    Choice,
    Citation,
    Conversation,
    Decision,
    Language,
    Reason,
    Turn,
    decision_of,
)

ATTEMPTS = 8
NOTE_MARK = "//"

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_FEW_WORDS = 3  # shorter texts do not change the language of a conversation


class BotError(RelevoError):
    """Anything this room raises on purpose."""


class TooBusy(BotError):
    """The conversation kept changing under us."""


class _MovedOn(Exception):
    """The conversation changed between reading and writing."""


@dataclass(frozen=True)
class TurnResult:
    """What one delivery came to. `text` is empty when nothing was said to the subscriber."""

    decision: Decision
    reason: Reason
    text: str
    language: Language
    choices: tuple[Choice, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    steps: tuple[Step, ...] = ()  # how it came about; empty for a delivery that was dealt with before


@dataclass(frozen=True)
class _Decided:
    """The talk as it is afterwards, what is to be done, and how that came about."""

    talk: Talk
    actions: tuple[Action, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Scene:
    """One delivery, ready to be decided. `heard` is the person's own turn, empty for what is not one."""

    cause: Cause
    conversation_id: str
    case_id: str
    heard: str
    read_event: Callable[[Tx, Talk, datetime], Event | None]
    prepare: Callable[[Tx, Conversation, datetime], Conversation] = lambda _tx, conversation, _now: conversation
    arrives: Callable[[Tx, Conversation], Conversation] = lambda _tx, conversation: conversation  # reads only


class Bot:
    """One workspace's bot. Safe for many threads; holds nothing between deliveries."""

    def __init__(
        self,
        db: Database,
        library: Library,
        *,
        clock: Clock,
        desk: bool,
        settings: Settings,
        secret: str,
        helper: Helper | None = None,
    ) -> None:
        self._db, self._clock = db, clock
        self._fetcher = Fetcher(db, library, helper)
        self._desk, self._secret = desk, secret
        self._policy = policy_of(settings)

    def handle(self, inbound: Inbound) -> TurnResult:
        """Deal with one delivery; a second time gives the same and changes nothing. Raises TooBusy."""
        match inbound:
            case Said() | Pressed() | Started():
                return self._play(self._from_person(inbound))
            case Unreachable():
                return self._unreachable(inbound)
            case StaffSaid() | StaffPressed():
                return self._from_staff(inbound)
            case _:
                assert_never(inbound)

    def tick(self, now: datetime) -> int:
        """Put back the claims of whoever has been silent for four working hours; how many."""
        with self._db.read() as tx:
            late = [case for case in claimed_cases(tx) if overdue(case, now, self._policy.hours)]
        for case in late:
            last_word = case.last_staff_at or case.claimed_at
            cause = Cause(ChannelName.CONSOLE, f"overdue:{case.id}:{last_word}")
            scene = _Scene(cause, case.conversation_id, case.id, "", _still_overdue)
            self._play(scene)
        return len(late)

    # ------------------------------------------------------------ from the person

    def _from_person(self, inbound: Said | Pressed | Started) -> _Scene:
        now = self._clock.now()
        cause = Cause(inbound.channel, inbound.external_id)
        with self._db.read() as tx:
            known = conversations.find(tx, inbound.channel, inbound.address)
        if known is None:
            with self._db.write() as tx:
                known = conversations.open_or_get(tx, inbound.channel, inbound.address, now)
        match inbound:
            case Said():
                text = mask(inbound.text)
                masked = was_masked(text)
                kept = _without_code(text) if known.memory.get("proof_step") == "code" else text
                return _Scene(
                    cause,
                    known.id,
                    "",
                    kept,
                    lambda tx, talk, at: (
                        None
                        if is_said_again(tx, inbound, talk.conversation, kept, at)
                        else self._said(tx, talk, text, masked, at)
                    ),
                    arrives=lambda tx, conversation: with_mail(tx, inbound, conversation),
                )
            case Pressed():
                label = dict(offered_in(known.memory)).get(inbound.data, "")
                tap = read_tap(inbound.data, label, inbound.comment)
                text = _tap_text(tap, known, self._policy)
                return _Scene(cause, known.id, "", text, lambda tx, talk, _: own_tap(tx, talk, tap))
            case Started():
                link = open_link(inbound.payload, self._secret, now)
                event = ChatStarted(worth(inbound.payload, link))
                return _Scene(
                    cause,
                    known.id,
                    "",
                    "",
                    lambda *_: event,
                    lambda tx, conversation, at: enter(tx, link, conversation, at),
                )
            case _:
                assert_never(inbound)

    def _said(self, tx: Tx, talk: Talk, text: str, masked: bool, now: datetime) -> MessageReceived:
        word = judge_code(tx, talk.conversation, text, self._secret, now)
        return MessageReceived(text, _spoken(text, talk), masked, word.verdict, word.subscriber_id)

    def _unreachable(self, inbound: Unreachable) -> TurnResult:
        with self._db.write() as tx:
            shut_addresses.suppress(tx, inbound.channel, inbound.address, "blocked", self._clock.now())
        return self._nothing(self._policy.staff_language, Reason.OPT_OUT)

    # ------------------------------------------------------------ from staff

    def _from_staff(self, inbound: StaffSaid | StaffPressed) -> TurnResult:
        with self._db.read() as tx:
            case = self._case_of(tx, inbound)
        if case is None:
            return self._nowhere(inbound)
        cause = Cause(inbound.channel, inbound.external_id)
        return self._play(
            _Scene(cause, case.conversation_id, case.id, "", lambda tx, talk, _: _staff_event(tx, talk, case, inbound))
        )

    def _case_of(self, tx: Tx, inbound: StaffSaid | StaffPressed) -> Case | None:
        case_id = inbound.case_id
        if not case_id and isinstance(inbound, StaffSaid):
            case_id = messages.case_of_provider_id(tx, inbound.channel, inbound.thread)
        return cases.get(tx, case_id) if case_id else None

    def _nowhere(self, inbound: StaffSaid | StaffPressed) -> TurnResult:
        """A thread that is no case's: the author is told that nothing was delivered."""
        text = phrase("desk.no_case", self._policy.staff_language)
        thread = inbound.thread if isinstance(inbound, StaffSaid) else inbound.address
        if self._desk and inbound.channel is ChannelName.SLACK:
            with self._db.write() as tx:
                put_reply(
                    tx,
                    channel=ChannelName.SLACK,
                    address="",
                    content=ThreadPost("", thread, "", text, inbound.staff),
                    key=f"nowhere:{fingerprint(inbound.channel.value, inbound.external_id)}",
                    now=self._clock.now(),
                )
        return replace(self._nothing(self._policy.staff_language, Reason.STAFF_HOLDS), text="")

    # ------------------------------------------------------------ load, decide, save

    def _play(self, scene: _Scene) -> TurnResult:
        for _ in range(ATTEMPTS):
            try:
                return self._play_once(scene)
            except _MovedOn:
                continue
        raise TooBusy(
            f"the conversation kept changing while {scene.cause.name!r} was being answered; it is tried again"
        )

    def _play_once(self, scene: _Scene) -> TurnResult:
        now = self._clock.now()
        with self._db.read() as tx:
            known = self._already(tx, scene)
            talk = self._load(tx, scene, now, lock=False)
            event = None if known else scene.read_event(tx, talk, now)
        if known or event is None:
            return known or self._nothing(talk.language, Reason.STAFF_HOLDS)
        if isinstance(event, ChatStarted):
            return self._play_started(scene, event, now)
        return self._settle(scene, talk, event, now)

    def _settle(self, scene: _Scene, talk: Talk, event: Event, now: datetime) -> TurnResult:
        decided = self._decided(talk, event, now)
        with self._db.write() as tx:
            known = self._already(tx, scene)
            if known:
                return known
            if self._load(tx, scene, now, lock=True) != talk:
                raise _MovedOn
            self._save(tx, scene, decided, now)
        return self._result(decided)

    def _play_started(self, scene: _Scene, event: ChatStarted, now: datetime) -> TurnResult:
        """Coming in needs no lookup, so all of it happens in the one transaction."""
        with self._db.write() as tx:
            known = self._already(tx, scene)
            if known:
                return known
            raw = conversations.lock(tx, scene.conversation_id)
            if raw is None:
                raise NotFound(f"conversation {scene.conversation_id!r} is gone")
            entered = scene.prepare(tx, raw, now)
            talk = load_talk(tx, entered, self._policy, now, scene.cause.name)
            decided = self._decided(talk, event, now)
            self._save(tx, scene, decided, now)
        return self._result(decided)

    def _load(self, tx: Tx, scene: _Scene, now: datetime, *, lock: bool) -> Talk:
        read = conversations.lock if lock else conversations.get
        conversation = read(tx, scene.conversation_id)
        if conversation is None:
            raise NotFound(f"conversation {scene.conversation_id!r} is gone; it may have been erased")
        target = cases.get(tx, scene.case_id) if scene.case_id else None
        return load_talk(tx, scene.arrives(tx, conversation), self._policy, now, scene.cause.name, target)

    def _decided(self, talk: Talk, event: Event, now: datetime) -> _Decided:
        """Everything that follows from the event, and the talk as it is afterwards."""
        waiting: deque[Event] = deque([event])
        done: list[Action] = []
        steps: list[Step] = []
        while waiting:
            happened = waiting.popleft()
            actions = decide(talk, happened, now)
            steps.append(Step(talk, happened, actions))
            for action in actions:
                conversation = changed(talk.conversation, action, now)
                talk = replace(talk, conversation=conversation, language=conversation.language or talk.language)
                if isinstance(action, Ask):
                    waiting.append(self._fetcher.fetch(talk, action, now))
                else:
                    done.append(action)
        return _Decided(talk, tuple(done), tuple(steps))

    def _save(self, tx: Tx, scene: _Scene, decided: _Decided, now: datetime) -> None:
        talk = decided.talk
        saver = Saver(tx, talk, scene.cause, now, desk=self._desk, secret=self._secret, language=talk.language)
        if scene.heard:
            saver.heard(scene.heard)
        saver.save(decided.actions)
        conversations.save(tx, talk.conversation)

    def _already(self, tx: Tx, scene: _Scene) -> TurnResult | None:
        """What this delivery came to the first time, if there was one."""
        said = conversations.turn_of(tx, scene.cause.turn_id("out"))
        if said is not None:
            return _result_of_turn(said, self._policy.staff_language)
        heard = conversations.turn_of(tx, scene.cause.turn_id("in"))
        acted = scene.case_id and cases.event_by_external_id(tx, scene.case_id, scene.cause.name)
        return self._nothing(self._policy.staff_language, Reason.STAFF_HOLDS) if heard or acted else None

    def _result(self, decided: _Decided) -> TurnResult:
        talk = decided.talk
        said = next((action for action in decided.actions if isinstance(action, Say)), None)
        if said is None:
            return replace(self._nothing(talk.language, Reason.STAFF_HOLDS), steps=decided.steps)
        return TurnResult(
            decision_of(said.reason),
            said.reason,
            said.text,
            talk.language,
            said.choices,
            said.citations,
            said.confidence,
            decided.steps,
        )

    def _nothing(self, language: Language, reason: Reason) -> TurnResult:
        return TurnResult(decision_of(reason), reason, "", language)


def _spoken(text: str, talk: Talk) -> Language | None:
    """The language of the text; None for one we do not speak. A word or two do not change a conversation's language."""
    seen = guess(text)
    if seen.other:
        return None
    settled = talk.conversation.language
    if seen.language is None or (settled is not None and len(text.split()) < _FEW_WORDS):
        return settled or seen.language or talk.language
    return seen.language


def _without_code(text: str) -> str:
    """A one-time code proves who somebody is: it is judged, never kept."""
    return _CODE.sub("••••••", text)


def _tap_text(tap: Event, conversation: Conversation, policy: Policy) -> str:
    """A tapped choice is something the person said; a thumb or a rating is not."""
    if isinstance(tap, ChoiceTaken):
        return tap.label or tap.data
    if isinstance(tap, PersonWanted):
        return phrase("choice.person", conversation.language or policy.staff_language)
    assert isinstance(tap, ThumbGiven | RatingGiven)
    return ""


def _staff_event(tx: Tx, talk: Talk, case: Case, inbound: StaffSaid | StaffPressed) -> Event | None:
    if isinstance(inbound, StaffSaid):
        marked = inbound.text.startswith(NOTE_MARK)
        text = inbound.text.removeprefix(NOTE_MARK).strip() if marked else inbound.text
        return StaffWrote(inbound.staff, text, marked)
    name, _, rest = inbound.action.partition(":")
    if name == "send":
        note = cases.event_by_external_id(tx, case.id, rest)
        return NoteSent(inbound.staff, note) if note is not None and note.what == "note" else None
    if name == "resolve":
        if rest:
            return StaffResolved(inbound.staff, meant_by_case(tx, talk, case, rest))
        return StaffResolved(inbound.staff, written=written_for_case(tx, talk, case))
    simple: dict[str, Callable[[str], Event]] = {
        "claim": StaffClaimed,
        "release": StaffReleased,
        "reopen": StaffReopened,
    }
    return simple[name](inbound.staff) if name in simple else None


def _still_overdue(_tx: Tx, talk: Talk, now: datetime) -> Event | None:
    case = talk.target
    return CaseOverdue() if case is not None and overdue(case, now, talk.policy.hours) else None


def _result_of_turn(turn: Turn, language: Language) -> TurnResult:
    reason = Reason(turn.reason) if turn.reason else Reason.STAFF_HOLDS
    spoken = guess(turn.text).language or language
    return TurnResult(decision_of(reason), reason, turn.text, spoken, turn.choices, turn.citations)
