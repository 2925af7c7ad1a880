"""A campaign as its page is tested: one that waits for approval, what is done with it, how it stands."""

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from fastapi.testclient import TestClient

from campaigns.content import content_from_text
from campaigns.runner import put_submitted
from console.wiring import House
from records.content import TextMessage
from records.ledger import NewMessage
from records.store import campaigns as store
from records.store import subscribers
from records.types import (
    CampaignState,
    ChannelName,
    Consent,
    Contact,
    Language,
    MessageClass,
    MessageKind,
    Purpose,
    Subscriber,
)

if TYPE_CHECKING:
    from tests.console.conftest import Staff

PLAN = {
    "campaign": "mudanza",
    "class": "service",
    "effective_date": "2027-03-01",
    "audience": {"all": True},
    "opens": "-21d",
    "waves": [{"name": "piloto", "share": "10%", "soak": "3d"}, {"name": "resto", "share": "90%", "soak": "2d"}],
    "stages": [
        {"name": "aviso", "anchor": "wave", "offset": "0d", "channels": ["email", "sms"], "template": "aviso"},
        {"name": "recuerdo", "anchor": "cutover", "offset": "-1d", "channels": ["sms"], "template": "aviso"},
    ],
}
TEMPLATE = """---
subject: Tu suscripción se muda
sms: "Te mudas el {{ cutover_date }}. Responde BAJA para no recibir SMS"
---
Hola, {{ name }}: te mudas el {{ cutover_date }}. [Tus preferencias]({{ unsubscribe }})
"""
MAY = {
    "approve": "approved",
    "reject": "rejected",
    "pause": "paused",
    "resume": "resumed",
    "retry": "retried",
    "cancel": "cancelled",
}


def submitted(house: House, author: str) -> str:
    """A campaign of this author that waits for approval, and Ana, its whole audience; its id."""
    now = house.clock.now()
    ana = Subscriber(
        "F-1", "Ana", Language.ES, "ES", "es-ES", "Europe/Madrid", "mensual", 999, "EUR", None, None, "card", "c",
        date(2027, 3, 1), None, now, {},
    )  # fmt: skip
    contacts = [Contact("F-1", ChannelName.EMAIL, "ana@example.com"), Contact("F-1", ChannelName.SMS, "+34600111222")]
    consents = [Consent(channel, Purpose.SERVICE, True) for channel in (ChannelName.EMAIL, ChannelName.SMS)]
    with house.db.write() as tx:
        subscribers.save(tx, ana, contacts, consents, now)
    text = json.dumps({"plan": PLAN, "templates": {"aviso.es": TEMPLATE}, "facts": {"es": {"company": "Farolito"}}})
    return put_submitted(house.db, content_from_text(text), author, now).id


def state(house: House, campaign_id: str) -> CampaignState:
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    return found.state


def answer_to(
    house: House, staff: "Staff", campaign_id: str, action: str, why: str = "", content_hash: str = ""
) -> tuple[int, str]:
    path = f"/console/campaigns/{campaign_id}"
    with house.db.read() as tx:
        found = store.get(tx, campaign_id)
    assert found is not None
    form = {
        "form_token": staff.form_token("/console/campaigns"),
        "action": MAY[action],
        "why": why,
        "content_hash": content_hash or found.content_hash,
    }
    answer = staff.client.post(f"{path}/act", data=form, headers={"Accept-Language": "es"})
    return answer.status_code, answer.text


def act(house: House, staff: "Staff", campaign_id: str, action: str, why: str = "", content_hash: str = "") -> int:
    return answer_to(house, staff, campaign_id, action, why, content_hash)[0]


def row(campaign_id: str, person: str, channel: ChannelName, now: datetime, batch: str = "") -> NewMessage:
    key = f"{campaign_id}:{person}:{channel}"
    return NewMessage(
        key, MessageKind.CAMPAIGN, channel, "x", TextMessage("Hola", "es"), now, now,
        subscriber_id=person, campaign_id=campaign_id, stage="aviso", message_class=MessageClass.SERVICE, batch_id=batch,
        revision=1,
    )  # fmt: skip


def actions(client: TestClient, campaign_id: str) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', client.get(f"/console/campaigns/{campaign_id}").text)
