"""What a model costs and sees, and when it is left alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console.doctor import Mark, examine
from console.purse import DailyPurse, is_spent
from console.wiring import House
from knowledge.budget import Breaker, Price, Sparing
from knowledge.helper import Asked, Helper
from knowledge.model import LangchainModel, Reply
from knowledge.passages import Found, Kind, ModelFailed, ModelUnusable, Passage
from knowledge.prompts import Prompt
from knowledge.wire import Deadline
from records.clock import ManualClock
from records.content import CaseCard, content_from_json
from records.database import Database
from records.sections import ModelLimits
from records.settings import Settings, load_workspace
from records.store import spending, subscribers
from records.tables import messages
from records.types import Language
from subscribers.csv_import import import_csv
from tests.conftest import NOW
from tests.journeys.company import subscribers_csv
from tests.model.house import Company, house_with, one_turn
from tests.standins.model import ModelServer, completion, says

PRICE = "¿Cambia el precio?"
DAY = date(2027, 1, 18)


def clock_of(house: House) -> ManualClock:
    assert isinstance(house.clock, ManualClock)
    return house.clock


def test_after_three_failures_it_is_left_alone_for_a_minute(company: Company) -> None:
    with ModelServer(lambda line, _: line.send(b"{}", 500)) as server:
        house = house_with(company.folder, server, failures=3, pause_seconds=60)
        for _ in range(6):
            one_turn(house, PRICE)
        assert server.hits == 3
        clock_of(house).advance(timedelta(seconds=61))
        one_turn(house, PRICE)
        one_turn(house, PRICE)
        assert server.hits == 4  # one tries; it failed, so the next minute is quiet again
        server.manner = says(lambda shown: shown.faithful)
        clock_of(house).advance(timedelta(seconds=61))
        one_turn(house, PRICE)
        one_turn(house, PRICE)
        assert server.hits == 6
        house.close()


def test_the_days_money_ends_and_staff_hear_it_once(company: Company) -> None:
    one_call = {"read": 0.0, "written": 10.0}  # 600 tokens are reserved: 6 cents; 90 are used: 0.9
    with ModelServer(says(lambda shown: shown.faithful)) as server:
        prices = {"openai:stand-in": one_call}
        house = house_with(company.folder, server, per_day=7, prices=prices)
        clock_of(house).advance(timedelta(days=3))  # a day no other test spends on
        answers = [one_turn(house, PRICE) for _ in range(4)]
        assert {answer.reason.value for answer in answers} == {"answered"}
        assert server.hits == 2  # 0 + 6 fits into 7, 0.9 + 6 fits, 1.8 + 6 does not
        assert is_spent(house.db, house.settings, house.clock.now())
        with house.db.read() as tx:
            day = spending.of_day(tx, date(2027, 1, 21))
        assert (day.spent, day.calls, day.capped_at) == (1_800, 2, house.clock.now())
        clock_of(house).advance(timedelta(days=1))
        one_turn(house, PRICE)
        assert server.hits == 3
        house.close()


def test_all_workers_share_one_purse(db: Database) -> None:
    def reserve(_: int) -> bool:
        with db.write() as tx:
            return spending.reserve(tx, DAY, 300, 2_000)

    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(reserve, range(20)))
    assert sum(granted) == 6
    with db.write() as tx:
        assert spending.of_day(tx, DAY).spent == 1_800
        spending.give_back(tx, DAY, 300)
        assert spending.reserve(tx, DAY, 500, 2_000)
        assert [spending.note_capped(tx, DAY, NOW), spending.note_capped(tx, DAY, NOW)] == [True, False]


def test_the_desk_hears_once_a_day_that_the_money_is_spent(db: Database) -> None:
    settings = Settings(model="openai:x", model_limits=ModelLimits(per_day=1))
    purse = DailyPurse(db, settings, desk=True)
    later = NOW + timedelta(days=1)
    assert [purse.reserve(800, NOW), purse.reserve(800, NOW), purse.reserve(800, NOW)] == [True, False, False]
    assert [purse.reserve(2_000, later), is_spent(db, settings, later)] == [False, True]
    with db.read() as tx:
        bodies = tx.execute(select(messages.c.body).where(messages.c.channel == "slack")).scalars().all()
    cards = [content_from_json(body) for body in bodies]
    assert [type(card) for card in cards] == [CaseCard, CaseCard]
    assert "hasta mañana cita las fuentes" in bodies[0]


class _Purse:
    def reserve(self, amount: int, now: object) -> bool:
        return True

    def give_back(self, amount: int, now: object) -> None:
        """Keeps it."""


def test_only_so_many_calls_are_under_way(company: Company) -> None:
    class Nested:
        """Asks for another answer while it gives one, as many threads would."""

        depth = 0

        def complete(self, prompt: Prompt, deadline: Deadline) -> Reply:
            self.depth += 1
            return sparing.complete(prompt, deadline)

    nested = Nested()
    sparing = Sparing(nested, Price(0, 0), _Purse(), Breaker(99, timedelta(1)), ManualClock(NOW))
    with pytest.raises(ModelFailed, match="enough calls"):
        sparing.complete(Prompt("", ""), Deadline.in_seconds(5))
    assert nested.depth == 4


def test_nothing_private_and_no_secret_is_shown(company: Company) -> None:
    house = company.patient
    import_csv(house.db, subscribers_csv(3), NOW)
    with house.db.read() as tx:
        person = subscribers.get(tx, "J-00000")
    assert person is not None
    company.server.manner = says(lambda _: "0")
    company.server.shown.clear()
    private = (
        "ana@correo.example",
        "600 123 123",
        "ES9121000418450200051332",
        "4111 1111 1111 1111",
        "12345678Z",
        "998877",
    )
    texts = (
        f"Hola, soy {person.name}, cliente 998877, mi DNI es 12345678Z y mi correo {private[0]}, tel 600 123 123",
        f"mi IBAN ES9121000418450200051332 y mi tarjeta 4111 1111 1111 1111, soy {person.name.upper()} y mi perro es verde",
    )
    for text in texts:
        one_turn(house, text, thread="private", as_id="J-00000")
    seen = "\n".join(shown.body for shown in company.server.shown)
    assert "mi DNI es" in seen
    assert "mi perro es verde" in seen
    hidden = [*private, *person.name.split(), *person.name.upper().split(), house.secret, "J-00000"]
    assert [one for one in hidden if one in seen] == []


# ---------------------------------------------------------------- a question made whole, a choice


def passage(number: int, title: str) -> Passage:
    return Passage(f"c{number}", "faq/x.es.md", f"e{number}", title, "Texto.", Language.ES, Kind.FAQ, 0.3)


class _Bar:
    wrong_answers = 0.03
    floor = 0.2


UNSURE = Found((passage(1, "¿Cómo pago?"), passage(2, "¿Puedo pagar con PayPal?"), passage(3, "Facturas")), 0.3, 0.6)
ASKED = Asked("¿y con PayPal?", Language.ES, earlier=("¿Cómo se paga la suscripción?",))


def helped(word: str, asked: Asked = ASKED) -> tuple[list[str], list[str]]:
    """The questions the library was asked and the titles in the order they came back, with a model that says `word`."""
    searched: list[str] = []

    def search(question: str) -> Found:
        searched.append(question)
        return UNSURE

    with ModelServer(says(lambda _: word)) as server:
        helper = Helper(LangchainModel("openai:stand-in", server.url), 30.0)
        found = helper.help(asked, search, _Bar()).found
        assert server.hits == 1 + bool(asked.earlier)
    assert (found.right, found.answerable) == (UNSURE.right, UNSURE.answerable)
    return searched, [one.title for one in found.passages]


def test_a_follow_up_may_be_made_whole_with_words_that_were_said() -> None:
    assert helped("¿Cómo se paga con PayPal?")[0] == ["¿y con PayPal?", "¿Cómo se paga con PayPal?"]


@pytest.mark.parametrize(
    "word",
    [
        "¿Puedo pagar con PayPal?",
        "¿Cómo se paga?",
        "",
        "¿Cómo se paga con PayPal?\nIgnora lo anterior",
        "PayPal " * 100,
    ],
    ids=["adds a word", "drops a word", "empty", "two lines", "long"],
)
def test_a_follow_up_with_other_words_is_searched_as_it_was_written(word: str) -> None:
    assert helped(word)[0] == ["¿y con PayPal?"]


def test_a_candidate_may_be_chosen_and_is_offered_first() -> None:
    alone = Asked("¿y con PayPal?", Language.ES)
    assert helped("2", alone)[1] == ["¿Puedo pagar con PayPal?", "¿Cómo pago?", "Facturas"]


@pytest.mark.parametrize("word", ["0", "7", "-1", "2 y 3", "¿Puedo pagar con PayPal?", "dos"])
def test_what_is_no_candidate_chooses_nothing(word: str) -> None:
    assert helped(word, Asked("¿y con PayPal?", Language.ES))[1] == [one.title for one in UNSURE.passages]


# ---------------------------------------------------------------- set-up


@pytest.mark.parametrize(
    ("name", "says_what"),
    [("anthropic:x", "pip install langchain-anthropic"), ("nobody:x", "docs/models.md")],
)
def test_a_model_that_cannot_be_used_says_how_to_mend_it(name: str, says_what: str) -> None:
    with pytest.raises(ModelUnusable, match=says_what):
        LangchainModel(name)


def test_the_key_of_the_environment_goes_to_nobody_elses_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with ModelServer(says(lambda _: "ready")) as server:
        LangchainModel("openai:x", server.url).complete(Prompt("r", "m"), Deadline.in_seconds(30))
        LangchainModel("openai:x", server.url, "own-key").complete(Prompt("r", "m"), Deadline.in_seconds(30))
    assert server.heads == ["Bearer none", "Bearer own-key"]


def test_the_doctor_asks_the_model(company: Company) -> None:
    company.server.manner = says(lambda _: "ready")
    found = {one.what: one for one in examine(company.patient)}
    assert found["model openai:stand-in"].mark is Mark.WELL
    assert found["price of the model"].mark is Mark.NOTE
    company.server.manner = lambda line, _: line.send(completion(None), 503)
    assert {one.what: one for one in examine(company.patient)}["model openai:stand-in"].mark is Mark.WRONG


def test_prices_stand_in_the_settings(tmp_path: Path) -> None:
    toml = "model = 'openai:m'\n[model_limits.prices.'openai:m']\nread = 0.1\nwritten = 0.4\n"
    (tmp_path / "relevo.toml").write_text(toml, encoding="utf-8")
    price = load_workspace(tmp_path).settings.model_limits.price_of("openai:m")
    assert Price(price.read, price.written).of(2_000, 500) == 400  # 0.2 + 0.2 cents
