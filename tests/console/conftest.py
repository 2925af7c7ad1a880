"""One workspace on SQLite with every channel's own adapter, opened by the real wiring; nothing leaves this machine."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from console.access import add_account
from console.sample import sample_folder
from console.web import create_app
from console.wiring import House, open_house
from records.clock import ManualClock
from records.store import cases, conversations
from records.store.cases import NewCase
from records.types import Case, ChannelName, Language, Reason, Role
from tests.answers.sample import sample_house
from tests.blank import with_records
from tests.console.campaign_page import submitted
from tests.console.command_line import run

PASSWORD = "correct horse battery"
SETTINGS = """
secret_key = "a secret of at least thirty-two characters"
public_url = "https://relevo.example"
telegram_token = "123:abc"
telegram_secret = "telegram-secret"
telegram_mode = "webhook"
twilio_account_sid = "AC00000000000000000000000000000001"
twilio_auth_token = "twilio-token"
twilio_from = "+34600000000"
slack_bot_token = "xoxb-1"
slack_signing_secret = "slack-signing-secret"
slack_channel = "C1"
[company]
name = "Farolito"
"""


@pytest.fixture
def clock(now: datetime) -> ManualClock:
    return ManualClock(now)


@pytest.fixture
def house(tmp_path: Path, clock: ManualClock) -> Iterator[House]:
    (tmp_path / "relevo.toml").write_text(SETTINGS, encoding="utf-8")
    opened = open_house(with_records(tmp_path), clock)
    yield opened
    opened.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """A browser nobody has signed in with; follows no redirects, so that a test sees them."""
    with TestClient(create_app(house), base_url="https://relevo.example", follow_redirects=False) as browser:
        yield browser


@dataclass
class Staff:
    """A browser with somebody signed in."""

    client: TestClient
    email: str

    def form_token(self, path: str) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.client.get(path).text)
        assert found is not None
        return found[1]


def make_account(house: House, role: Role) -> str:
    email = f"{role.value}@farolito.example"
    add_account(house.db, email, role.value.title(), role, PASSWORD, house.clock.now())
    return email


def sign_in(client: TestClient, email: str) -> Staff:
    client.cookies.clear()
    token = Staff(client, email).form_token("/console/login")
    answer = client.post("/console/login", data={"email": email, "password": PASSWORD, "form_token": token})
    assert answer.status_code == 303
    return Staff(client, email)


@pytest.fixture
def support(house: House, client: TestClient) -> Staff:
    return sign_in(client, make_account(house, Role.SUPPORT))


@pytest.fixture
def case(house: House, now: datetime) -> Case:
    with house.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.WEB, "web_0000000000000000000001", now)
        new = NewCase("cas_1", "AB12", talk.id, None, Reason.PERSON, Language.ES, "Quiere <b>hablar</b>", now)
        return cases.open(tx, new, now)


@pytest.fixture
def campaign_id(house: House) -> str:
    return submitted(house, make_account(house, Role.MARKETER))


# ---------------------------------------------------------------- the command line

CLOCK = 'clock = "2027-01-18T09:30:00Z"\n'
PEOPLE = 40
PLAN = (sample_folder() / "campaigns" / "mudanza-2027.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company on a January morning, its documents read, its first people imported."""
    folder = tmp_path_factory.mktemp("cli") / "w"
    sample_house(folder).close()
    settings = folder / "relevo.toml"
    settings.write_text(CLOCK + settings.read_text(encoding="utf-8"), encoding="utf-8")
    people = folder / "people.csv"
    rows = (folder / "subscribers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    people.write_text("".join(rows[: PEOPLE + 1]), encoding="utf-8")
    assert run(folder, "subscribers", "import", people).code == 0
    return folder


@pytest.fixture(scope="module")
def staff(sample: Path) -> Path:
    """The sample with three accounts, each signed in on the command line."""
    secret = sample / "password"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    for name, role in (("ana", "admin"), ("blas", "approver"), ("mar", "marketer")):
        email = f"{name}@farolito.example"
        added = run(sample, "account", "add", email, "--role", role, "--password-file", secret)
        assert (added.code, added.out) == (0, f"{email} may sign in as {role}\n")
        signed = run(sample, "login", email, "--password-file", secret)
        assert signed.out.startswith(f"signed in as {email} ({role}) until ")
    return sample


@pytest.fixture
def plan(staff: Path, request: pytest.FixtureRequest) -> Path:
    """A plan of the test's own: the sample's, under the test's name."""
    name = request.node.name.removeprefix("test_")[:50].replace("_", "-")
    path = staff / "campaigns" / f"{name}.yaml"
    path.write_text(PLAN.replace("campaign: mudanza-2027", f"campaign: {name}"), encoding="utf-8")
    return path
