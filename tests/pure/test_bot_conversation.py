"""The policy of one conversation, as tables and as a machine that tries every order of events."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import settings as depth
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.actions import (
    Action,
    AddToCase,
    Ask,
    ClaimCase,
    How,
    OpenCase,
    OptOut,
    PostToDesk,
    RelayToSubscriber,
    ReleaseCase,
    ReopenCase,
    ResolveCase,
    Say,
)
from bot.conversation import decide
from bot.events import (
    CaseOverdue,
    ChatStarted,
    ChoiceTaken,
    Event,
    MessageReceived,
    PassagesFound,
    PersonWanted,
    StaffClaimed,
    StaffReleased,
    StaffReopened,
    StaffResolved,
    StaffWrote,
)
from bot.handing import hand_over, headline_of, summary_in, summary_of
from bot.saving import changed
from knowledge.passages import Found, Kind
from records.phrases import load_phrases
from records.types import CaseState, Decision, Language, Reason, decision_of
from tests.pure.talks import CERTAIN, NOW, POLICY, answer_of, case, heard, only, passage, said, talk


@pytest.mark.parametrize(
    ("right", "answerable", "reason"),
    [
        (0.99, 0.99, Reason.ANSWERED),
        (CERTAIN, 0.9, Reason.ANSWERED),
        (CERTAIN - 0.01, 0.9, Reason.CHOICES),
        (0.1, POLICY.floor, Reason.CHOICES),
        (0.1, POLICY.floor - 0.01, Reason.NO_SOURCE),
    ],
)
def test_three_tiers(right: float, answerable: float, reason: Reason) -> None:
    found = Found((passage("No cambia."),), right, answerable)
    assert said(decide(talk(), PassagesFound("q", found), NOW)).reason is reason


def test_no_passage_and_no_title_never_make_an_answer() -> None:
    assert said(decide(talk(), PassagesFound("q", Found((), 0.99, 0.99)), NOW)).reason is Reason.NO_SOURCE
    untitled = Found((passage("x", ""),), 0.3, 0.9)
    assert said(decide(talk(), PassagesFound("q", untitled), NOW)).reason is Reason.LOW_CONFIDENCE


@pytest.mark.parametrize("how", [How.ASKED, How.PICKED, How.WHOLE])
def test_what_is_in_no_other_language_is_said_in_its_own_announced_and_with_a_person(how: How) -> None:
    found = Found((replace(passage("No cambia."), alone=True),), 0.99, 0.99)
    english = replace(talk(), language=Language.EN)
    turn = said(decide(english, PassagesFound("q", found, how), NOW))
    assert turn.text.startswith("I only have this in Spanish:")
    assert turn.text.endswith("\n\nNo cambia.")
    assert [choice.data for choice in turn.choices] == ["person"]


@pytest.mark.parametrize("how", [How.ASKED, How.PICKED, How.WHOLE])
def test_what_may_be_in_their_language_too_is_never_said_in_another(how: How) -> None:
    found = Found((passage("No cambia."),), 0.99, 0.99)
    english = replace(talk(), language=Language.EN)
    assert said(decide(english, PassagesFound("q", found, how), NOW)).reason is not Reason.ANSWERED


def test_a_vip_is_not_asked_back() -> None:
    found = Found((passage("x"),), 0.3, 0.9)
    assert said(decide(talk(vip=True), PassagesFound("q", found), NOW)).reason is Reason.VIP


def test_a_cancellation_is_stamped_and_the_code_told() -> None:
    actions = decide(talk(), heard("quiero darme de baja"), NOW)
    (opened,) = only(actions, OpenCase)
    assert isinstance(opened, OpenCase)
    assert opened.kind is Reason.CANCELLATION
    assert "R-7K3P" in said(actions).text
    assert "2027" in said(actions).text


def test_a_weightier_matter_becomes_the_kind_of_the_open_case_but_a_lighter_one_does_not() -> None:
    (heavier,) = only(decide(talk(case=case()), heard("me habéis cobrado dos veces"), NOW), AddToCase)
    held = talk(case=case(kind=Reason.DOUBLE_CHARGE))
    (lighter,) = only(decide(held, heard("esto es una vergüenza"), NOW), AddToCase)
    assert isinstance(heavier, AddToCase)
    assert isinstance(lighter, AddToCase)
    assert (heavier.kind, lighter.kind) == (Reason.DOUBLE_CHARGE, Reason.DOUBLE_CHARGE)


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (Reason.DOUBLE_CHARGE, Reason.FRAUD),
        (Reason.CANCELLATION, Reason.CANCELLATION),
        (Reason.COMPLAINT, Reason.COMPLAINT),
    ],
)
def test_a_fraud_comes_before_money_taken_but_never_in_place_of_a_dated_act(kind: Reason, after: Reason) -> None:
    text = "alguien está usando mi tarjeta, me han robado"
    (added,) = only(decide(talk(case=case(kind=kind)), heard(text), NOW), AddToCase)
    assert isinstance(added, AddToCase)
    assert added.kind is after


def test_a_new_matter_of_an_open_case_is_met_in_its_own_words_and_one_told_before_is_added() -> None:
    text = "alguien está usando mi tarjeta, me han robado"
    new, again = (said(decide(talk(case=case(kind=kind)), heard(text), NOW)) for kind in (Reason.PERSON, Reason.FRAUD))
    assert "llama ya a tu banco" in new.text
    assert "R-2222" in new.text
    assert "añadido a tu caso R-2222" in again.text


def test_one_line_of_a_case_is_what_gave_it_its_kind() -> None:
    summary = "Sin fuente: «¿hay coro?»\nCobro doble: «me habéis cobrado dos veces»"
    first, later = (replace(case(kind=kind), summary=summary) for kind in (Reason.NO_SOURCE, Reason.DOUBLE_CHARGE))
    assert headline_of(first, Language.ES) == "«¿hay coro?»"
    assert headline_of(later, Language.ES) == "«me habéis cobrado dos veces»"
    assert headline_of(replace(later, kind=Reason.FRAUD), Language.ES) == "Sin fuente: «¿hay coro?»"
    assert headline_of(later, Language.EN) == "«me habéis cobrado dos veces»"
    assert headline_of(replace(later, kind=Reason.FRAUD), Language.EN) == "No source: «¿hay coro?»"


@pytest.mark.parametrize("said", ["", "do you have a choir?", "uno: dos\nFraude\nSin fuente: tres", "«Fraude»\nFraude"])
def test_a_summary_names_its_kinds_as_its_reader_does_and_keeps_the_words_said(said: str) -> None:
    kinds = [Reason(key.removeprefix("kind.")) for key in load_phrases("bot").texts[Language.ES] if key[:5] == "kind."]
    assert len(kinds) > 20

    def written(language: Language, *reasons: Reason) -> str:
        desk = replace(talk(), policy=replace(POLICY, staff_language=language))
        return "\n".join((summary_of(desk, reasons[0], said, reasons[1:]), summary_of(desk, reasons[1], said, ())))

    for pair in pairwise(kinds):
        spanish, english = written(Language.ES, *pair), written(Language.EN, *pair)
        assert spanish != english
        assert summary_in(spanish, Language.EN) == summary_in(english, Language.EN) == english
        assert summary_in(english, Language.ES) == spanish


def test_a_summary_in_other_words_is_shown_as_it_stands() -> None:
    for summary in ("Quiere hablar", "Sin fuente + otra cosa: «¿hay coro?»", "", "\n: \n + "):
        assert summary_in(summary, Language.EN) == summary


def test_an_opt_out_and_a_cancellation_in_one_message_are_both_done() -> None:
    actions = decide(talk(), heard("quiero darme de baja y no me mandéis más mensajes"), NOW)
    assert only(actions, OptOut)
    assert said(actions).reason is Reason.CANCELLATION


@pytest.mark.parametrize("text", ["", "???", "👍", "hola"])
def test_what_says_nothing_opens_no_case(text: str) -> None:
    actions = decide(talk(), heard(text), NOW)
    assert said(actions).reason is Reason.SMALL_TALK
    assert not only(actions, OpenCase)


def test_every_reason_of_a_case_can_be_said_in_both_languages() -> None:
    for reason in Reason:
        if decision_of(reason) is Decision.HANDOFF:
            for language in Language:
                assert "R-7K3P" in said(hand_over(replace(talk(), language=language), reason, "x", NOW)).text


TEXTS = st.sampled_from(
    [
        "hola", "gracias", "¿por qué cambiáis?", "algo del precio", "quiero hablar con una persona", "quiero darme de baja",
        "BAJA", "ALTA", "no me escribáis más", "me habéis cobrado dos veces", "¿cuánto pago?", "ana@example.com", "123456",
        "1", "2", "5", "asdf", "¿cómo va mi caso?", "esto es una vergüenza", "",
        "¿qué pasa con mi descuento? ¿y sube el precio?", "¿cuánto pago y además puedo usar PayPal?", "¿y con PayPal?",
        "¿y si no?", "siguiente", "atrás", "¿sube el precio? quiero darme de baja",
    ]
)  # fmt: skip
FINDS = st.sampled_from(
    [
        Found((passage("Cambiamos por ti."),), 0.97, 0.99),
        Found((passage("A", "A"), passage("B", "B")), 0.4, 0.6),
        Found((), 0.0, 0.0),
        Found((passage("C", ""),), 0.2, 0.9),
        Found((replace(passage("Paso.", "Guía", "g#1"), kind=Kind.TUTORIAL),), 0.97, 0.99),
        Found((passage("Sí."),), 0.97, 0.99, variants=(passage("No.", path="otra"),)),
    ]
)


class Conversations(RuleBasedStateMachine):
    """Applies what `decide` says to a small world, and looks at what each step did."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = talk()
        self.now = NOW
        self.made = 0
        self.found = Found((), 0.0, 0.0)

    def play(self, event: Event) -> tuple[Action, ...]:
        waiting, done = [event], []
        asked_before = bool(self.talk.conversation.memory.get("failures"))
        while waiting:
            self.talk = replace(self.talk, target=self.talk.case or self.talk.target)
            for action in decide(self.talk, waiting.pop(0), self.now):
                done.append(action)
                conversation = changed(self.talk.conversation, action, self.now)
                self.talk = replace(self.talk, conversation=conversation)
                if isinstance(action, Ask):
                    waiting.append(answer_of(action, self.found))
        for action in done:
            self.world(action)
        self.check(tuple(done))
        for turn in only(tuple(done), Say):
            assert isinstance(turn, Say)
            assert not (turn.reason is Reason.CHOICES and asked_before), "asked back twice"
        return tuple(done)

    def world(self, action: Action) -> None:
        one = self.talk.case
        match action:
            case OpenCase(kind, summary, promised):
                assert one is None, "two open cases in one conversation"
                self.made += 1
                opened = replace(case(kind=kind), id=f"cas_{self.made}", summary=summary, promised_at=promised)
                self.talk = replace(self.talk, case=opened)
            case AddToCase(case_id, line):
                assert one is not None
                assert case_id == one.id
                self.talk = replace(self.talk, case=replace(one, summary=f"{one.summary}\n{line}"))
            case ClaimCase(_, staff):
                assert one is not None
                taken = replace(one, state=CaseState.CLAIMED, claimed_by=staff, claimed_at=self.now)
                self.talk = replace(self.talk, case=taken)
            case ReleaseCase() | ReopenCase():
                target = self.talk.target
                assert target is not None
                self.talk = replace(self.talk, case=replace(target, state=CaseState.OPEN, claimed_by=""))
            case ResolveCase():
                assert one is not None
                self.talk = replace(self.talk, case=None, target=replace(one, state=CaseState.RESOLVED))
            case _:
                pass

    def check(self, actions: tuple[Action, ...]) -> None:
        turns = [action for action in actions if isinstance(action, Say)]
        assert len(turns) <= 1, "one thing at a time"
        for turn in turns:
            assert turn.text.strip()
            assert bool(turn.citations) == (turn.reason is Reason.ANSWERED)
            assert len([choice for choice in turn.choices if choice.data.startswith("pick:")]) <= 3
            assert all(len(choice.data.encode()) <= 64 for choice in turn.choices)
        if only(actions, OpenCase) or only(actions, AddToCase):
            assert turns, "a hand-over without a word about it"

    def is_held(self) -> bool:
        return self.talk.case is not None and self.talk.case.state is CaseState.CLAIMED

    @rule(text=TEXTS, found=FINDS, spoken=st.sampled_from([Language.ES, Language.ES, Language.EN, None]))
    def write(self, text: str, found: Found, spoken: Language | None) -> None:
        self.found = found
        held = self.is_held()
        actions = self.play(MessageReceived(text, spoken))
        if held:
            assert not only(actions, Say), "the bot spoke while a person holds the case"
            assert [post.text for post in only(actions, PostToDesk) if isinstance(post, PostToDesk)] == [text]
        else:
            assert only(actions, Say), "shouting into a void"

    @rule(
        data=st.sampled_from(
            ["stop:messages", "stop:subscription", "pick:1", "pick:9", "step:next", "more:x", "prove", "again", "zzz"]
        ),
        label=st.sampled_from(["", "A"]),
    )
    def tap(self, data: str, label: str) -> None:
        held = self.is_held()
        assert bool(only(self.play(ChoiceTaken(data, label)), Say)) is not held

    @rule()
    def ask_for_a_person(self) -> None:
        self.play(PersonWanted())
        assert self.talk.case is not None

    @rule(link=st.sampled_from(["none", "good", "bad"]))
    def start(self, link: str) -> None:
        self.play(ChatStarted(link))  # type: ignore[arg-type]  # drawn from the three words it takes

    @rule(staff=st.sampled_from(["marta", "luis"]))
    def claim(self, staff: str) -> None:
        before = self.talk.case
        self.play(StaffClaimed(staff))
        if before is not None and before.state is CaseState.CLAIMED:
            assert self.talk.case == before

    @rule(staff=st.sampled_from(["marta", "luis"]), internal=st.booleans())
    def staff_writes(self, staff: str, internal: bool) -> None:
        holds = self.is_held() and self.talk.case is not None and self.talk.case.claimed_by == staff
        relayed = only(self.play(StaffWrote(staff, "hola", internal)), RelayToSubscriber)
        assert bool(relayed) == (holds and not internal)

    @rule()
    def release(self) -> None:
        self.play(StaffReleased("marta"))
        assert not self.is_held()

    @rule()
    def resolve(self) -> None:
        self.play(StaffResolved("marta"))
        assert self.talk.case is None

    @precondition(lambda self: self.talk.case is None)
    @rule()
    def reopen(self) -> None:
        self.play(StaffReopened("marta"))

    @precondition(lambda self: self.is_held())
    @rule()
    def nobody_answers(self) -> None:
        assert said(self.play(CaseOverdue())).text
        assert not self.is_held()

    @invariant()
    def memory_stays_small(self) -> None:
        assert len(str(self.talk.conversation.memory)) < 4_000


TestConversations = Conversations.TestCase
TestConversations.settings = depth(max_examples=40, stateful_step_count=25)
