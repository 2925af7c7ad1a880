"""The mailbox against a real IMAP server on loopback: kept first, marked as read then, whatever breaks in between."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from channels.contract import ChannelError, Delivery
from channels.mail_parsing import MOST_BYTES
from channels.mail_reading import ARRIVED_HEADER, PLACE_HEADER
from channels.mailbox import Mailbox, MailboxRefused, Standing, read_url
from records.errors import SettingsError
from tests.channels.mail_samples import letter
from tests.journeys.vendors import wait_until
from tests.servers import free_port
from tests.standins.imap import ImapStandIn

SEEN, FLAGGED = r"\Seen", r"\Flagged"


@pytest.fixture(params=[True, False], ids=["idle", "looking"])
def server(request: pytest.FixtureRequest) -> Iterator[ImapStandIn]:
    stand_in = ImapStandIn(idle=request.param)
    yield stand_in
    stand_in.close()


@pytest.fixture
def idle_server() -> Iterator[ImapStandIn]:
    stand_in = ImapStandIn()
    yield stand_in
    stand_in.close()


class Store:
    """What a `deliver` stands for. It breaks for what holds one of `poison`, and for everything while `away`."""

    def __init__(self) -> None:
        self.kept: list[Delivery] = []
        self.poison: tuple[bytes, ...] = ()
        self.away = False
        self.tries = 0
        self.changed = threading.Condition()

    def __call__(self, delivery: Delivery) -> None:
        with self.changed:
            self.tries += 1
            self.changed.notify_all()
            if self.away or any(word in delivery.body for word in self.poison):
                raise RuntimeError("cannot be kept")
            self.kept.append(delivery)

    def until(self, done: Callable[[], bool], seconds: float = 10.0) -> None:
        with self.changed:
            assert self.changed.wait_for(done, seconds)


class Listening:
    """A mailbox that is listened to; stopping is prompt."""

    def __init__(self, server: ImapStandIn, store: Store, every: float = 0.2) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=Mailbox(server.url, every=every).listen, args=(self._stop, store))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive(), "listening did not stop"


def test_what_waits_and_what_comes_is_kept_whole_and_marked_as_read(server: ImapStandIn) -> None:
    store = Store()
    first, second = letter("¿Me sube el precio?"), letter("Otra cosa")
    server.put(first)
    with Listening(server, store):
        store.until(lambda: len(store.kept) == 1)
        server.put(second)
        store.until(lambda: len(store.kept) == 2)
    assert [one.body for one in store.kept] == [first, second]
    assert server.flags() == [{SEEN}, {SEEN}]
    places = [one.header(PLACE_HEADER) for one in store.kept]
    assert len(set(places)) == 2
    assert all(place.startswith("INBOX ") for place in places)
    assert all(one.header(ARRIVED_HEADER)[10:11] == "T" for one in store.kept)


def test_a_server_that_tells_is_not_asked_in_vain(idle_server: ImapStandIn) -> None:
    store = Store()
    with Listening(idle_server, store, every=60):
        idle_server.put(letter("una"))
        store.until(lambda: len(store.kept) == 1)
        idle_server.put(letter("dos"))
        store.until(lambda: len(store.kept) == 2)


def test_what_was_kept_but_not_marked_comes_again_under_the_same_place(server: ImapStandIn) -> None:
    """As after a crash between the two: the inbox knows it by its place."""
    store = Store()
    server.put(letter("una"))
    with Listening(server, store):
        store.until(lambda: len(store.kept) == 1)
    server.mark(1, SEEN, on=False)
    with Listening(server, store):
        store.until(lambda: len(store.kept) == 2)
    assert store.kept[0] == store.kept[1]


def test_one_that_cannot_be_kept_holds_up_no_other_and_is_flagged(
    server: ImapStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store()
    store.poison = (b"veneno",)
    server.put(letter("veneno"))
    with Listening(server, store):
        for number in range(4):
            server.put(letter(f"bueno {number}"))
            store.until(lambda wanted=number + 1: len(store.kept) == wanted)  # type: ignore[misc]  # bound now
        wait_until(lambda: FLAGGED in server.flags()[0], "the mail is flagged")
        tries = store.tries
        server.put(letter("otro"))
        store.until(lambda: len(store.kept) == 5)
        assert store.tries == tries + 1  # that one is left alone
    assert server.flags() == [{FLAGGED}, *[{SEEN}] * 5]
    assert Mailbox(server.url).look() == Standing(unread=1, set_aside=1)
    assert "flagged and left unread" in caplog.text
    assert "veneno" not in caplog.text


def test_while_nothing_can_be_kept_nothing_is_marked(server: ImapStandIn) -> None:
    store = Store()
    store.away = True
    server.put(letter("una"))
    server.put(letter("dos"))
    with Listening(server, store):
        store.until(lambda: store.tries >= 10)
        store.away = False
        store.until(lambda: len(store.kept) == 2)
    assert server.flags() == [{SEEN}, {SEEN}]


def test_a_broken_line_is_opened_again(idle_server: ImapStandIn) -> None:
    store = Store()
    with Listening(idle_server, store, every=60):
        idle_server.put(letter("una"))
        wait_until(lambda: idle_server.flags() == [{SEEN}], "the first is marked as read")
        idle_server.drop_lines()
        idle_server.put(letter("dos"))
        store.until(lambda: len(store.kept) == 2)
    assert len({one.header(PLACE_HEADER) for one in store.kept}) == 2


def test_of_a_huge_mail_the_beginning_is_read(idle_server: ImapStandIn) -> None:
    store = Store()
    huge = letter("hola " * (MOST_BYTES // 4))
    idle_server.put(huge)
    with Listening(idle_server, store):
        store.until(lambda: len(store.kept) == 1)
    assert store.kept[0].body == huge[:MOST_BYTES]


def test_looking_changes_nothing(server: ImapStandIn) -> None:
    server.put(letter("una"))
    assert Mailbox(server.url).look() == Standing(unread=1, set_aside=0)
    assert server.flags() == [frozenset()]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [(("word@", "wrong@"), "does not take our user and password"), (("/INBOX", "/Nowhere"), "no folder 'Nowhere'")],
)
def test_a_wrong_password_or_folder_is_one_sentence(
    idle_server: ImapStandIn, caplog: pytest.LogCaptureFixture, wrong: tuple[str, str], says: str
) -> None:
    mailbox = Mailbox(idle_server.url.replace(*wrong))
    with pytest.raises(MailboxRefused, match=says) as error:
        mailbox.look()
    stop = threading.Event()
    thread = threading.Thread(target=mailbox.listen, args=(stop, Store()))
    with caplog.at_level(logging.ERROR):
        thread.start()
        for _ in range(100):
            if caplog.records:
                break
            thread.join(0.05)
        stop.set()
        thread.join(5)
    assert len(caplog.records) == 1
    assert says in caplog.text
    assert "p%40ss" not in f"{error.value}{caplog.text}"
    assert "p@ss" not in f"{error.value}{caplog.text}"


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ChannelError, match="cannot be reached"):
        Mailbox(f"imap://u:p@127.0.0.1:{free_port()}").look()


@pytest.mark.parametrize("asked", ["imaps://", "imap://"])
def test_a_server_without_tls_gets_no_password(idle_server: ImapStandIn, asked: str) -> None:
    url = idle_server.url.replace("imap://", asked).replace("tls=none", "tls=starttls")
    with pytest.raises(ChannelError, match="cannot be reached"):
        Mailbox(url, timeout=2).look()


@pytest.mark.parametrize(
    ("url", "port", "folder", "tls"),
    [
        ("imaps://ana%40x.example:a%2Fb@mail.example", 993, "INBOX", "wrapped"),
        ("imap://ana%40x.example:a%2Fb@mail.example/Avisos%20y%20m%C3%A1s", 143, "Avisos y más", "starttls"),
        ("imap://ana%40x.example:a%2Fb@127.0.0.1:1143/", 1143, "INBOX", "none"),
        ("imap://ana%40x.example:a%2Fb@mail.example/A/B?tls=none", 143, "A/B", "none"),
    ],
)
def test_an_address_is_read(url: str, port: int, folder: str, tls: str) -> None:
    place = read_url(url)
    assert (place.port, place.folder, place.tls) == (port, folder, tls)
    assert (place.user, place.password) == ("ana@x.example", "a/b")
    assert "a/b" not in repr(place)


@pytest.mark.parametrize(
    "url",
    [
        "imap://host",
        "smtp://u:s3cret@host",
        "imap://u:s3cret@host:port",
        "imap://u:s3cret@host?tls=maybe",
        "imap://u@host",
        "imap://u:s3cret@host:993",
        "x",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="RELEVO_IMAP_URL") as error:
        read_url(url)
    assert "s3cret" not in str(error.value)
