"""A case as staff see it: headline, facts, the last words exchanged, the buttons its state allows. Pure."""

from bot.replies import moment_text, phrase
from records.content import CaseCard, Menu
from records.redact import mask_personal
from records.types import Author, Case, CaseState, Choice, Conversation, Language, Turn

LAST_TURNS = 10

_BUTTONS: dict[CaseState, tuple[str, ...]] = {
    CaseState.OPEN: ("claim", "resolve"),
    CaseState.CLAIMED: ("release", "resolve"),
    CaseState.RESOLVED: ("reopen",),
}
_AUTHORS = {Author.SUBSCRIBER: "desk.person", Author.BOT: "desk.bot", Author.STAFF: "desk.staff"}


def draw_card(
    case: Case, conversation: Conversation, turns: tuple[Turn, ...], language: Language, time_zone: str
) -> CaseCard:
    """The card of the case as it stands; redrawn on every change. Personal data is masked: vendors' tools see it."""
    kind = phrase(f"kind.{case.kind.value}", language)
    state = phrase(f"desk.state_{case.state.value}", language)
    return CaseCard(
        case_id=case.id,
        code=case.code,
        headline=phrase("desk.headline", language, kind=kind, state=state),
        fields=_fields(case, conversation, language, time_zone),
        body=_body(case, turns, language),
        buttons=tuple(Choice(name, phrase(f"desk.{name}", language)) for name in _BUTTONS[case.state]),
        menus=(_answered_by(language),) if case.state is CaseState.CLAIMED else (),
    )


def _answered_by(language: Language) -> Menu:
    """Resolving, and naming the entry that would have answered."""
    words = {name: phrase(f"desk.answered_{name}", language) for name in ("by", "ask", "no")}
    return Menu("resolve", words["by"], words["ask"], phrase("desk.resolve", language), words["no"])


def _fields(case: Case, conversation: Conversation, language: Language, time_zone: str) -> tuple[tuple[str, str], ...]:
    promised = moment_text(case.promised_at, case.opened_at, language, time_zone) if case.promised_at else "–"
    values = {
        "promised": promised,
        "holder": case.claimed_by or "–",
        "channel": phrase(f"channel.{conversation.channel.value}", language),
        "language": case.language.value,
        "identity": conversation.proof.value if conversation.subscriber_id else phrase("desk.unidentified", language),
        "subscriber": case.subscriber_id or "–",
    }
    return tuple((phrase(f"desk.field_{name}", language), value) for name, value in values.items())


def _body(case: Case, turns: tuple[Turn, ...], language: Language) -> str:
    said = [f"{phrase(_AUTHORS[turn.author], language)}: {mask_personal(turn.text)}" for turn in turns[-LAST_TURNS:]]
    return "\n".join([mask_personal(case.summary), "", phrase("desk.last_turns", language), *said])
