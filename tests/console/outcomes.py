"""A campaign whose first wave opened a week ago, with what became of its people."""

import json
from datetime import datetime, timedelta

from campaigns.content import content_from_text
from campaigns.runner import put_submitted
from records.database import Database
from records.store import audiences, outcomes
from records.store import campaigns as store
from records.store.campaigns import OpenWave
from records.store.outcomes import OutcomeKind, PersonOutcome
from tests.campaigns.world import add_people, person

PLAN = {
    "campaign": "mudanza",
    "class": "service",
    "effective_date": "2027-03-01",
    "audience": {"all": True},
    "opens": "-21d",
    "waves": [{"name": "piloto", "share": "50%", "soak": "3d"}, {"name": "resto", "share": "50%", "soak": "2d"}],
    "stages": [{"name": "aviso", "anchor": "wave", "offset": "0d", "channels": ["email"], "template": "aviso"}],
}
TEMPLATE = "---\nsubject: Tu suscripción se muda\n---\nHola, {{ name }}. [Tus preferencias]({{ unsubscribe }})\n"
PEOPLE, IN_WAVE = 100, 50


def begin(db: Database, now: datetime, *, known: bool = True) -> str:
    """Of the 50 in the open wave 20 have moved, 2 of 10 first payments failed, 9 have left; of the 50 who wait, 1. Unless
    `known` nothing was imported."""
    text = json.dumps({"plan": PLAN, "templates": {"aviso.es": TEMPLATE}, "facts": {"es": {"company": "Farolito"}}})
    campaign_id = put_submitted(db, content_from_text(text), "ana@farolito.example", now).id
    add_people(db, [person(number) for number in range(PEOPLE)], now)
    ids, day = [f"s{number:04}" for number in range(PEOPLE)], now.date() - timedelta(days=2)
    became = {
        OutcomeKind.MOVED: ids[:20],
        OutcomeKind.FIRST_CHARGE_FINE: ids[:8],
        OutcomeKind.FIRST_CHARGE_FAILED: ids[8:10],
        OutcomeKind.CANCELLED: [*ids[20:29], ids[-1]],
    }
    with db.write() as tx:
        audiences.freeze(tx, campaign_id, [(one, 0, "") for one in ids[:IN_WAVE]])
        store.open_wave(tx, campaign_id, OpenWave(0, now - timedelta(days=7), IN_WAVE, 0))
        if known:
            outcomes.add(tx, [PersonOutcome(one, kind, day) for kind, some in became.items() for one in some], now)
    return campaign_id
