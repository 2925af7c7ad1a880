"""An announcement over a real SMTP server, from the first wave to the last stage; in `make proof` to 2,000 people."""

import os
import re
from collections import Counter
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from campaigns.ahead import next_moment
from campaigns.batch import BatchRunner
from campaigns.links import personal_links
from campaigns.tick import tick
from campaigns.watch import Watch
from console.wiring import House
from records.clock import ManualClock
from records.store import audiences, batches, messages, subscribers
from records.store import campaigns as store
from records.tables import messages as table
from records.types import CampaignState, ChannelName, MessageState
from tests.journeys.company import PLAN, approve, people_house
from tests.standins.smtp import SmtpStandIn

PEOPLE = int(os.environ.get("RELEVO_ANNOUNCED_TO", "600"))  # a stage of that many still takes several batches
BEGIN = datetime(2027, 1, 14, 9, 0, tzinfo=UTC)


def run_to_the_end(house: House, clock: ManualClock, campaign_id: str) -> None:
    """What a worker does over ten weeks, tick by tick."""
    zone = house.settings.desk.time_zone
    links = personal_links(house.secret, house.settings.public_url)
    batches = BatchRunner(house.db, house.courier("worker-1"), links, house.window, zone, Watch(house.db, house.clock))
    for _ in range(2000):
        for run in tick(house.db, clock.now(), zone):
            batches.run(run.batch_id, clock.now())
        ahead = next_moment(house.db, campaign_id, zone, clock.now())
        if ahead is None:
            return
        clock.advance_to(ahead)
    raise AssertionError("the campaign did not come to an end")


def test_each_intended_person_gets_each_stage_once(tmp_path: Path, smtp: SmtpStandIn) -> None:
    clock = ManualClock(BEGIN)
    house = people_house(tmp_path / "w", PEOPLE, BEGIN, clock, smtp_url=smtp.url, mail_from="hola@farolito.example")
    campaign_id = approve(house, house.workspace.campaigns / f"{PLAN}.yaml", BEGIN)
    run_to_the_end(house, clock, campaign_id)

    with house.db.read() as tx:
        campaign = store.get(tx, campaign_id)
        lines = messages.lines_of(tx, campaign_id, limit=100_000)
        excluded = dict(audiences.excluded_people(tx, campaign_id))
        outcomes = batches.outcome_counts(tx, campaign_id)
        people = subscribers.many(tx, subscribers.all_ids(tx))
        sendings = tx.execute(select(table.c.subscriber_id, table.c.stage, table.c.sending_at, table.c.channel)).all()
    assert campaign is not None
    assert campaign.state is CampaignState.DONE

    # Everyone intended got each stage once; everyone else has a reason.
    stages = ("anuncio", "recordatorio", "hecho")
    got = Counter((line.subscriber_id, line.stage) for line in lines if line.state is MessageState.SENT)
    intended = {(person, stage) for person in people if person not in excluded for stage in stages}
    assert {place: count for place, count in got.items() if count != 1} == {}
    assert len(intended) - len(got) == sum(outcomes.values())
    assert set(got) <= intended
    assert all(reason for reason in excluded.values())
    assert {line.state for line in lines} == {MessageState.SENT}

    # What the server took is what the ledger says it was given.
    mailed = [line for line in lines if line.channel is ChannelName.EMAIL]
    assert len(smtp.taken) == len(mailed)
    assert len({mail.message_id for mail in smtp.taken}) == len(smtp.taken)

    # In each person's language, at a decent hour where they are.
    for person_id, stage, at, _channel in sendings:
        local = at.astimezone(ZoneInfo(people[person_id].time_zone)).time()
        assert time(9) <= local < time(20), (person_id, stage, at)
    languages = _languages(house)
    for mail in smtp.taken[::37]:
        greeting = re.match(r"\s*(Hola|Hello|Hi|Dear)", mail.part("plain"))
        assert greeting is not None
        assert (greeting.group(1) == "Hola") == (languages[mail.recipient] == "es")
    house.close()


def _languages(house: House) -> dict[str, str]:
    with house.db.read() as tx:
        ids = subscribers.all_ids(tx)
        people, contacts = subscribers.many(tx, ids), subscribers.contacts_of_many(tx, ids)
    return {
        contact.address: people[person].language.value
        for person, known in contacts.items()
        for contact in known
        if contact.channel is ChannelName.EMAIL
    }
