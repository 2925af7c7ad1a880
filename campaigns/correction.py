"""Putting right what was said: which earlier revisions it concerns, and the stage that tells their readers. Pure."""

from collections.abc import Sequence
from datetime import date

from campaigns.errors import NotAllowed
from campaigns.plan import Anchor, Plan, Stage
from records.revisions import Correction, CorrectionKind, Revision

_PREFIX = "correction:"
SHORTEST_HASH = 6
"""Signs of a content hash that name it; all of them are shown where they are needed."""


def stage_name(revision: int) -> str:
    """The stage in which the readers of withdrawn revisions hear of this one: its own, so nobody hears it twice."""
    return f"{_PREFIX}{revision}"


def is_correction(stage: str) -> bool:
    return stage.startswith(_PREFIX)


def stage(plan: Plan, correction: Correction, name: str = _PREFIX) -> Stage:
    """What tells them, at once, on any channel of the plan. Conditions of the plan do not apply: who heard it is told."""
    return Stage(name, Anchor.WAVE, 0, plan.channels, correction.template)


def of_date(day: date, history: Sequence[Revision], template: str, waiting: Correction | None = None) -> Correction:
    """`day` holds from now on: whoever was ever told another one hears it. Of the text, what an earlier correction had still
    to tell goes along, also one that was handed in and not decided on."""
    others = {one.effective_date for one in history} - {day}
    hashes = dict.fromkeys((*_unfinished(history).hashes, *(waiting or _NOTHING).hashes))
    return Correction(CorrectionKind.NEW_DATE, template, tuple(sorted(others)), tuple(hashes))


def of_text(
    hashed: str, day: date, history: Sequence[Revision], template: str, waiting: Correction | None = None
) -> Correction:
    """The content with this hash was wrong. What an earlier correction had still to tell goes along, of a day, too.

    Raises NotAllowed if no approved content has that hash, or more than one has.
    """
    before, asked = _unfinished(history), waiting or _NOTHING
    hashes = dict.fromkeys((*before.hashes, *asked.hashes, _whole(hashed, history)))
    dates = sorted({*before.dates, *asked.dates} - {day})
    return Correction(CorrectionKind.NEW_TEXT, template, tuple(dates), tuple(hashes))


def carried(day: date, waiting: Correction | None, history: Sequence[Revision]) -> Correction | None:
    """What a plan that is merely edited has to go on putting right: what was handed in and not decided on, or what was
    approved and has not reached everyone."""
    if waiting is not None:
        return waiting
    if not history or not history[-1].unfinished:
        return None
    before = _unfinished(history)
    return Correction(before.kind, before.template, _without(before.dates, day), before.hashes)


def withdrawn(correction: Correction | None, history: Sequence[Revision]) -> tuple[int, ...]:
    """The revisions whose readers must hear of the next one."""
    if correction is None:
        return ()
    return tuple(
        one.revision
        for one in history
        if one.effective_date in correction.dates or one.content_hash in correction.hashes
    )


_NOTHING = Correction(CorrectionKind.NEW_TEXT, "")


def _unfinished(history: Sequence[Revision]) -> Correction:
    last = history[-1] if history else None
    return last.correction if last is not None and last.unfinished and last.correction else _NOTHING


def _without(dates: Sequence[date], day: date) -> tuple[date, ...]:
    return tuple(one for one in dates if one != day)


def _whole(hashed: str, history: Sequence[Revision]) -> str:
    wanted = hashed.strip().lower()
    found = sorted({one.content_hash for one in history if one.content_hash.startswith(wanted)})
    if len(wanted) < SHORTEST_HASH or len(found) > 1:
        raise NotAllowed(f"{hashed!r} is too short to name one content; write more of its hash.")
    if not found:
        raise NotAllowed(
            f"No approved content of this campaign has the hash {hashed!r}; `relevo campaign status` lists them."
        )
    return found[0]
