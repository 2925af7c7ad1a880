"""What may become of a campaign, and who may do it. Pure: a table over states and acts, then the rules of persons."""

from dataclasses import dataclass
from enum import StrEnum

from campaigns.errors import NotAllowed
from records.types import CampaignState


class Act(StrEnum):
    SUBMIT = "submitted"
    RESCHEDULE = "rescheduled"
    CORRECT = "corrected"
    APPROVE = "approved"
    REJECT = "rejected"
    PAUSE = "paused"
    RESUME = "resumed"
    GO_ON = "waved_on"
    RETRY = "retried"
    CANCEL = "cancelled"
    FINISH = "done"


@dataclass(frozen=True)
class Standing:
    """Where a campaign stands. `content_hash` is what was submitted; `approved_hash` what the approval was given for."""

    name: str
    state: CampaignState
    author: str
    content_hash: str
    approved_hash: str = ""

    @property
    def may_send(self) -> bool:
        """True only while approved, for exactly this content, by a second person."""
        return self.state is CampaignState.APPROVED and self.approved_hash == self.content_hash != ""


_S = CampaignState
_ALLOWED: dict[Act, dict[CampaignState, CampaignState]] = {
    Act.SUBMIT: dict.fromkeys((_S.DRAFT, _S.SUBMITTED, _S.REJECTED, _S.APPROVED, _S.PAUSED), _S.SUBMITTED),
    Act.RESCHEDULE: dict.fromkeys((_S.SUBMITTED, _S.REJECTED, _S.APPROVED, _S.PAUSED, _S.DONE), _S.SUBMITTED),
    Act.CORRECT: dict.fromkeys((_S.SUBMITTED, _S.REJECTED, _S.APPROVED, _S.PAUSED, _S.DONE), _S.SUBMITTED),
    Act.APPROVE: {_S.SUBMITTED: _S.APPROVED},
    Act.REJECT: {_S.SUBMITTED: _S.REJECTED},
    Act.PAUSE: {_S.APPROVED: _S.PAUSED},
    Act.RESUME: {_S.PAUSED: _S.APPROVED},
    Act.GO_ON: {_S.APPROVED: _S.APPROVED},
    Act.RETRY: {_S.APPROVED: _S.APPROVED, _S.PAUSED: _S.PAUSED, _S.DONE: _S.APPROVED},
    Act.CANCEL: dict.fromkeys((_S.DRAFT, _S.SUBMITTED, _S.REJECTED, _S.APPROVED, _S.PAUSED), _S.CANCELLED),
    Act.FINISH: {_S.APPROVED: _S.DONE},
}
_NEEDS_REASON = frozenset({Act.REJECT, Act.PAUSE, Act.RESUME, Act.GO_ON, Act.RETRY})


def allows(state: CampaignState, act: Act) -> bool:
    """Does this act come of a campaign in this state? Who may do it, and with what, is `decide`'s."""
    return state in _ALLOWED[act]


def decide(standing: Standing, act: Act, actor: str, *, reason: str = "", content_hash: str = "") -> CampaignState:
    """The state after the act. `content_hash` is what the actor has before them (asked when approving).

    Raises NotAllowed saying why and what to do.
    """
    name = standing.name
    if not allows(standing.state, act):
        raise NotAllowed(f"Campaign {name!r} is {standing.state}; it cannot be {act} from there.")
    if not actor.strip():
        raise NotAllowed(f"Campaign {name!r} can only be {act} by a named person; say who with --by.")
    if act in _NEEDS_REASON and not reason.strip():
        raise NotAllowed(f"Campaign {name!r} can only be {act} with a reason; say why.")
    if act is Act.APPROVE:
        _check_approval(standing, actor, content_hash)
    if act in (Act.RESUME, Act.RETRY) and standing.approved_hash != standing.content_hash:
        raise NotAllowed(f"Campaign {name!r} has no approval of its present content; submit it again.")
    return _ALLOWED[act][standing.state]


def _check_approval(standing: Standing, actor: str, content_hash: str) -> None:
    if actor.strip().casefold() == standing.author.strip().casefold():
        raise NotAllowed(f"Campaign {standing.name!r} was submitted by {actor}; a second person has to approve it.")
    if content_hash != standing.content_hash:
        raise NotAllowed(
            f"Campaign {standing.name!r} has been edited since it was submitted. Submit it again, then approve that."
        )
