"""A rehearsal runs the whole calendar at once, on sandbox channels, and leaves nothing a campaign could trip over."""

from datetime import datetime
from pathlib import Path

import pytest

from campaigns import checks, runner
from campaigns.batch import Drains
from campaigns.finding import Severity
from campaigns.rehearsal import rehearse
from campaigns.tick import tick
from channels.contract import Capabilities
from channels.courier import Courier
from channels.pacer import Pacer
from channels.sandbox import Sandbox
from records.clock import ManualClock
from records.content import MailMessage
from records.database import Database
from records.hours import Window
from records.ids import new_id
from records.settings import load_workspace
from records.store import sandbox
from records.types import CampaignState, ChannelName, Language, MessageState
from tests.campaigns.world import AUTHOR, PLAN, World, add_people, make_world, person

FAROLITO = Path(__file__).parents[2] / "examples" / "farolito"


def _sandbox_courier(db: Database, clock: ManualClock) -> Drains:
    def log(channel: ChannelName, address: str, key: str, body: str) -> str:
        with db.write() as tx:
            sandbox.log(tx, channel, address, key, body, clock.now())
        return new_id("sbx")

    mail = Capabilities(max_text=200_000, buttons=False, subject=True, kinds=frozenset({"chat", "mail", "text"}))
    plain = Capabilities(max_text=4_000, buttons=False)
    channels = {
        ChannelName.EMAIL: Sandbox(ChannelName.EMAIL, mail, log),
        ChannelName.SMS: Sandbox(ChannelName.SMS, plain, log),
        ChannelName.TELEGRAM: Sandbox(ChannelName.TELEGRAM, plain, log),
    }
    return Courier(db, channels, clock, Window.parse("09:00", "20:00"), "rehearsal", Pacer({}))


@pytest.fixture
def world(lite: Database, tmp_path: Path, now: datetime) -> World:
    return make_world(lite, tmp_path / "w", now)


def test_a_rehearsal_runs_to_the_end_twice_and_touches_no_real_campaign(world: World) -> None:
    for _ in range(2):
        done = rehearse(
            world.db, world.workspace, world.path, AUTHOR, world.now, lambda clock: _sandbox_courier(world.db, clock)
        )
        assert done.finished
        assert done.status.total(MessageState.SENT) == done.drained.sent == 90
        assert done.ended > done.began
    assert tick(world.db, done.ended) == []
    runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    assert runner.status(world.db, "mudanza").state is CampaignState.SUBMITTED
    with world.db.read() as tx:
        mail = sandbox.listed(tx, channel=ChannelName.EMAIL, limit=1)[0].content
    assert isinstance(mail, MailMessage)
    headers = dict(mail.headers)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<https://farolito.example/u/")
    assert headers["List-Id"] == "<mudanza.farolito.example>"
    assert (headers["Auto-Submitted"], headers["Precedence"]) == ("auto-generated", "bulk")


def test_the_sample_campaign_is_fit_to_be_submitted_and_reads_well(
    lite: Database, tmp_path: Path, now: datetime
) -> None:
    workspace = load_workspace(FAROLITO)
    add_people(lite, [person(number, renewal_date=now.date()) for number in range(20)], now)
    path = workspace.campaigns / "mudanza-2027.yaml"
    findings = runner.check(lite, workspace, path, datetime.fromisoformat("2027-01-10T10:00:00Z"))
    assert not checks.refused(findings), [(one.where, one.what(Language.EN)) for one in findings]
    shown = runner.preview(lite, workspace, path, "s0001", now)
    assert [one.stage for one in shown] == ["anuncio", "recordatorio", "hecho"]
    for one in shown:
        assert isinstance(one.content, MailMessage)
        assert "89,00" in one.content.text
        assert "{{" not in one.content.html
        assert "rlv7q" not in one.content.html + one.content.text + one.content.subject


def test_a_preview_says_why_a_person_gets_nothing(world: World) -> None:
    add_people(world.db, [person(900, moved_at=world.now)], world.now)
    shown = runner.preview(world.db, world.workspace, world.path, "s0900", world.now)
    assert {one.why_not for one in shown} == {"already_moved"}


def test_a_plan_that_breaks_a_rule_is_refused_with_what_to_do(world: World) -> None:
    world.path.write_text(PLAN.replace("share: 80%", "share: 70%"))
    with pytest.raises(runner.Refused, match="add up to 90%") as caught:
        runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    assert [finding.code for finding in caught.value.findings if finding.severity is Severity.ERROR] == ["shares"]
