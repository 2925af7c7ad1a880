"""The floor's own small promises."""

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.clock import ClockAnchor, ManualClock, parse_clock
from records.content import (
    CaseCard,
    ChatMessage,
    Heading,
    MailMessage,
    Menu,
    TextMessage,
    ThreadPost,
    content_from_json,
    content_to_json,
)
from records.errors import SettingsError
from records.hours import Hours, Window, next_allowed, zones_for
from records.ids import fingerprint, new_id, share_of
from records.inbound import Pressed, Said, inbound_from_json, inbound_to_json
from records.settings import load_workspace
from records.types import ChannelName, Choice, Citation

DAY = Window.parse("09:00", "20:00")
moments = st.datetimes(
    min_value=datetime.fromisoformat("2026-01-01"),
    max_value=datetime.fromisoformat("2028-01-01"),
    timezones=st.just(UTC),
)


@given(moments)
def test_without_a_zone_it_is_day_everywhere_we_serve(moment: datetime) -> None:
    allowed = next_allowed(moment, zones_for("Nowhere/At_All", "ZZ"), Hours((DAY,) * 7))
    for zone in ("Europe/Madrid", "America/Tijuana", "America/Argentina/Buenos_Aires"):
        assert time(9) <= allowed.astimezone(ZoneInfo(zone)).time() < time(20)


@pytest.mark.parametrize(
    "text", ["yesterday", "2027-03-01T09:00:00", "2027-03-01T09:00:00Z@fast", "2027-03-01T09:00:00Z@0"]
)
def test_a_clock_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="RELEVO_CLOCK"):
        parse_clock(text)


def test_a_clock_is_read_and_kept() -> None:
    assert parse_clock("2027-03-01T09:00:00Z@600") == (datetime(2027, 3, 1, 9, tzinfo=UTC), 600.0)
    anchor = ClockAnchor(datetime(2027, 3, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), 2.0)
    assert ClockAnchor.from_text(anchor.to_text()) == anchor


def test_a_manual_clock_never_goes_back() -> None:
    clock = ManualClock(datetime(2027, 1, 1, tzinfo=UTC))
    clock.advance_to(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)


@given(st.lists(st.text(), min_size=1), st.text(), st.text())
def test_shares_and_fingerprints_are_stable(parts: list[str], seed: str, member: str) -> None:
    assert fingerprint(*parts) == fingerprint(*parts)
    assert 0 <= share_of(seed, member) < 1


def test_ids_sort_as_they_were_made() -> None:
    ids = [new_id("m") for _ in range(1000)]
    assert sorted(set(ids)) == ids


@given(st.text())
def test_contents_survive_the_ledger(text: str) -> None:
    citation = Citation("faq/x.es.md", "why", text, "t")
    for content in (
        ChatMessage(text, "es", citations=(citation,), choices=(Choice("a", text),), answer_id="ans"),
        ChatMessage(text, "es", heading=Heading(text, "<a@x>", ("<b@x>",))),
        MailMessage(text, text, text, "en", (("List-Id", "x"),)),
        TextMessage(text, "es", (("l", "https://x"),)),
        CaseCard(
            "c",
            "R-1",
            text,
            (("a", text),),
            text,
            (Choice("claim", "x"),),
            menus=(Menu("resolve", text, text, "y", "n"),),
        ),
        ThreadPost("c", "t", "a", text),
    ):
        assert content_from_json(content_to_json(content)) == content


@given(st.text(), moments)
def test_what_came_in_survives_the_inbox(text: str, at: datetime) -> None:
    for inbound in (
        Said(ChannelName.WEB, "e", "a", text, at),
        Said(ChannelName.EMAIL, "e", "a", text, at, Heading(text, "<a@x>", ("<b@x>",)), "<o@x>"),
        Pressed(ChannelName.TELEGRAM, "e", "a", text, at),
    ):
        assert inbound_from_json(inbound_to_json(inbound)) == inbound


@pytest.mark.parametrize(
    ("toml", "names"),
    [
        ("colour = 'red'", "`colour`: is not a setting; check the spelling"),
        ("[company]\nnme = 'x'", "company.nme"),
        ("telegram_mode = 'fax'", "telegram_mode"),
        ("twilio_from = '+34600000000'", "RELEVO_TWILIO_ACCOUNT_SID"),
        ("smtp_url = 'smtp://127.0.0.1:25'", "RELEVO_MAIL_FROM"),
        ("slack_bot_token = 'xoxb-1'\nslack_channel = 'C1'", "RELEVO_SLACK_SIGNING_SECRET"),
        ("clock = '2027-01-01T00:00:00Z'\ntelegram_token = '1:a'", "RELEVO_TELEGRAM_API_URL"),
        ("secret_key = 'short'", "RELEVO_SECRET_KEY"),
        ("x = ", "relevo.toml"),
        ("model = 'gpt'", "RELEVO_MODEL"),
        ("model_url = 'http://127.0.0.1:1/v1'", "RELEVO_MODEL_URL"),
        ("model = 'openai:x'\nmodel_url = 'file:///etc/passwd'", "RELEVO_MODEL_URL"),
        ("model = 'openai:x'\n[model_limits]\nseconds = 0", "model_limits.seconds"),
        ("imap_url = 'imaps://u:p@a'", "RELEVO_IMAP_URL is set without RELEVO_SMTP_URL"),
        ("[company]\nlanguages = ['fr']", "company.languages"),
        ("[desk]\ntime_zone = 'Mars/Olympus'", "desk.time_zone"),
        ("[quiet]\nopens = '21:00'", "`quiet`: quiet hours must open before"),
        ("public_url = 'relevo.example'", "`public_url`: write the whole address"),
        ("database_url = 'mysql://u:p@h/d'", "`database_url`: write postgresql://"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, toml: str, names: str) -> None:
    (tmp_path / "relevo.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError, match=names):
        load_workspace(tmp_path)


def test_a_slash_at_the_end_of_the_public_address_is_not_doubled(tmp_path: Path) -> None:
    (tmp_path / "relevo.toml").write_text("public_url = 'https://relevo.example/'", encoding="utf-8")
    assert load_workspace(tmp_path).settings.public_url == "https://relevo.example"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_address_is_taken_as_providers_give_it(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "relevo.toml").write_text(f"database_url = '{scheme}://u:p@h:5/d?sslmode=require'", encoding="utf-8")
    assert load_workspace(tmp_path).database_url == "postgresql+psycopg://u:p@h:5/d?sslmode=require"


@pytest.mark.parametrize("toml", ["telegram_token = ['hunter2']", "database_url = 'mysql://u:hunter2@h/d'"])
def test_no_secret_stands_in_an_error(tmp_path: Path, toml: str) -> None:
    (tmp_path / "relevo.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_workspace(tmp_path)
    assert "hunter2" not in str(caught.value)


def test_no_secret_stands_in_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "relevo.toml").write_text(
        "telegram_token = '1:hunter2'\n[company]\nname = 'Farolito'", encoding="utf-8"
    )
    shown = repr(load_workspace(tmp_path))
    assert "hunter2" not in shown
    assert "Farolito" in shown


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "relevo.toml").write_text("public_url = 'http://a'\n[desk]\nhours='x'", encoding="utf-8")
    monkeypatch.setenv("RELEVO_PUBLIC_URL", "http://b")
    settings = load_workspace(tmp_path).settings
    assert (settings.public_url, settings.desk.hours) == ("http://b", "x")


def test_the_made_secret_is_kept_and_private(tmp_path: Path) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    workspace = load_workspace(tmp_path)
    assert workspace.secret_key() == workspace.secret_key()
    assert (workspace.state / "secret").stat().st_mode & 0o077 == 0
