"""Every page for everybody: axe finds nothing to mend, by day and by night, and no page scrolls sideways in a hand.

All rules of axe-core: WCAG A and AA, and its best practices. In a hand a page is 360 points wide, the narrowest in common use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from campaigns import runner
from console.wiring import House, rehearse
from records.clock import ManualClock
from records.phrasings import Origin, Phrasing
from records.store import campaigns as store
from records.store import candidates, cases, conversations, knowledge, subscribers
from records.store.cases import NewCase
from records.store.conversations import NewTurn
from records.store.knowledge import StoredChunk
from records.types import Author, ChannelName, Language, Purpose, Reason, Role
from subscribers.links import make_link
from tests.conftest import NOW
from tests.console.browser import ScriptedBot, open_browser, serve
from tests.console.conftest import PASSWORD, make_account
from tests.console.outcomes import begin
from tests.journeys.company import PLAN, people_house

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
HAND, DESK = 360, 1280


@dataclass(frozen=True)
class Look:
    """How somebody looks at a page. `width` in points."""

    language: Language
    width: int
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


LOOKS = (
    Look(Language.ES, HAND, "dark"),
    Look(Language.EN, DESK, "light"),
)


@dataclass(frozen=True)
class Rooms:
    """A house with something on every page, served; and who may see it all."""

    house: House
    home: str
    email: str
    person: str
    campaign: str


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    folder, now = tmp_path_factory.mktemp("readable"), NOW
    house = people_house(folder / "w", 12, now, ManualClock(now))
    campaign = _announcement(house, now)
    _questions(house, now)
    begin(house.db, now)
    with house.db.read() as tx:
        person = subscribers.all_ids(tx)[0]
    with serve(house) as home, ScriptedBot(house):
        yield Rooms(house, home, make_account(house, Role.ADMIN), person, campaign)
    house.close()


def _announcement(house: House, now: datetime) -> str:
    """Rehearsed, so that the outbox is full, and waiting for its second person."""
    plan = house.workspace.campaigns / f"{PLAN}.yaml"
    rehearse(house, plan, "marketer@farolito.example", lambda _: None)
    return runner.submit(house.db, house.workspace, plan, "marketer@farolito.example", now).id


def _questions(house: House, now: datetime) -> None:
    """A case with some talk, and words that wait to be learned."""
    entry = StoredChunk("e" * 24, "faq/a.es.md", "pausa", "¿Puedo pausar?", "Sí.", "es", "faq", (), "", {})
    with house.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.WEB, "web_0000000000000000000009", now)
        for at, (author, words) in enumerate(((Author.SUBSCRIBER, "¿Hay alguien?"), (Author.BOT, "Ahora mismo."))):
            conversations.add_turn(tx, NewTurn(f"t{at}", talk.id, author, words, now + timedelta(seconds=at)))
        cases.open(tx, NewCase("cas_1", "AB12", talk.id, None, Reason.PERSON, Language.ES, "Quiere hablar", now), now)
        number = knowledge.begin(tx, now)
        knowledge.finish(tx, number, [], [entry])
        knowledge.point(tx, number)
        candidates.propose(
            tx, Phrasing(entry.source, entry.path, Language.ES, "parar un mes"), Origin.CHOICE, talk.id, "", now
        )


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with open_browser() as opened:
        yield opened


@pytest.fixture(params=LOOKS, ids=str)
def page(request: pytest.FixtureRequest, browser: "Browser") -> "Iterator[Page]":
    look: Look = request.param
    context = browser.new_context(
        locale=f"{look.language}-ES",
        color_scheme=look.scheme,
        reduced_motion="reduce",  # what is still fading in has the colours of nothing
        viewport={"width": look.width, "height": 800},
    )
    yield context.new_page()
    context.close()


def fault_of(page: "Page") -> str:
    """What axe would have mended, with where; and whether the page is too wide for a hand."""
    found = Axe().run(page).response["violations"]
    told = [
        f"{page.url} {one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]
    wide = page.viewport_size
    page.set_viewport_size({"width": HAND, "height": 800})
    beyond = page.evaluate("document.documentElement.scrollWidth") - HAND
    if wide is not None:
        page.set_viewport_size(wide)
    return "\n".join(told + [f"{page.url} is {beyond} points too wide for a hand"] * (beyond > 0))


def test_the_chat_and_the_pages_of_a_letters_links(rooms: Rooms, page: "Page") -> None:
    page.goto(rooms.home)
    page.locator("textarea, input[type=text]").first.fill("¿Cuándo me cobran?")
    page.keyboard.press("Enter")
    page.locator("summary", has_text="¿Cuándo se cobra?").wait_for()
    faults = [fault_of(page)]
    link = make_link(
        rooms.house.secret, rooms.person, ChannelName.EMAIL, "unsubscribe", rooms.house.clock.now(), 30, Purpose.SERVICE
    )
    for path in (f"/u/{link}", "/u/nothing", "/nowhere"):
        page.goto(rooms.home + path)
        faults.append(fault_of(page))
    assert "\n".join(filter(None, faults)) == ""


def test_the_pages_of_staff(rooms: Rooms, page: "Page") -> None:
    page.goto(f"{rooms.home}/console/login")
    faults = [fault_of(page)]
    page.locator("input[name=email]").fill(rooms.email)
    page.locator("input[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with rooms.house.db.read() as tx:
        every = [f"campaigns/{one.id}" for one in store.listed(tx, rehearsal=True)]
    assert every
    every += [f"{one}/{part}" for one in every for part in ("report", "missed")]
    places = (
        "inbox",
        "inbox/cas_1",
        "campaigns",
        f"campaigns/{rooms.campaign}",
        *every,
        "outcomes",
        "outbox",
        "learning",
    )
    for place in places:
        page.goto(f"{rooms.home}/console/{place}")
        assert page.locator("main").count() == 1, place
        faults.append(fault_of(page))
    assert "\n".join(filter(None, faults)) == ""
