"""The processes of `bench.pacing`: a strict stand-in, and a worker with the real adapter. `python -m bench.pacing_parts …`."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from channels.contract import Channel
from channels.courier import Courier
from channels.pacer import Pacer
from channels.tolls import limits
from records.clock import RealClock
from records.database import Database
from records.hours import Window
from records.sections import Pace, WorkerLimits
from records.store import attempts, messages
from records.types import ChannelName
from tests.standins import slack, telegram, twilio
from tests.standins.metered_smtp import MeteredSmtp
from tests.standins.rates import ALLOWED, Meter


@dataclass(frozen=True)
class Seen:
    """What a stand-in saw: messages and units taken, refusals for going too fast, messages that came twice."""

    messages: int
    refused: int
    twice: int


@dataclass(frozen=True)
class Load:
    """How much goes to a vendor, at limits so many times as high as its own."""

    vendor: str
    messages: int
    times: float
    allowed: str


Report = Callable[[], Seen]
Stopwatch = Callable[[], float]


def _email(times: float, watch: Stopwatch) -> tuple[str, Report]:
    server = MeteredSmtp(Meter(ALLOWED["smtp"] * times, watch), Meter(ALLOWED["smtp:domain"] * times, watch))
    return server.url, lambda: _seen(server.taken, server.refused)


def _telegram(times: float, watch: Stopwatch) -> tuple[str, Report]:
    meters = (Meter(ALLOWED["telegram"] * times, watch), Meter(ALLOWED["telegram:chat"] * times, watch))
    server = telegram.TelegramStandIn(everyone=True, meters=meters)
    return server.url, lambda: _seen(Counter((one.chat_id, one.text) for one in server.taken), server.slowed)


def _twilio(times: float, watch: Stopwatch) -> tuple[str, Report]:
    server = twilio.TwilioStandIn()
    server.meter = Meter(ALLOWED["twilio"] * times, watch)
    return server.url, lambda: _seen(Counter(one.form["To"] + one.form["Body"] for one in server.taken), server.slowed)


def _slack(times: float, watch: Stopwatch) -> tuple[str, Report]:
    server = slack.SlackStandIn(meter=Meter(ALLOWED["slack:channel"] * times, watch))
    return server.url, lambda: _seen(Counter(one.shown for one in server.posted), len(server.refused))


def _seen(taken: Counter[str] | Counter[tuple[int, str]], refused: int) -> Seen:
    total = sum(taken.values())
    return Seen(total, refused, total - len(taken))


STANDINS: Mapping[str, Callable[[float, Stopwatch], tuple[str, Report]]] = {
    "email": _email,
    "telegram": _telegram,
    "sms": _twilio,
    "slack": _slack,
}


def stand_in(vendor: str, times: float) -> None:
    """Print the address, then a report for each line that comes, until there are no more."""
    url, report = STANDINS[vendor](times, time.monotonic)
    print(url, flush=True)
    for _ in sys.stdin:
        print(json.dumps(asdict(report())), flush=True)


# ---------------------------------------------------------------- a worker


def channel_to(vendor: str, url: str) -> Channel:
    from channels.email import Email
    from channels.slack import Slack
    from channels.sms import Sms
    from channels.telegram import Telegram

    makers: Mapping[str, Callable[[], Channel]] = {
        "email": lambda: Email(url, "Farolito <ayuda@farolito.example>", RealClock(), "s" * 32),
        "telegram": lambda: Telegram(telegram.TOKEN, url),
        "sms": lambda: Sms(twilio.ACCOUNT, twilio.TOKEN, twilio.SENDER, api_url=url),
        "slack": lambda: Slack(slack.BOT_TOKEN, url, slack.DESK),
    }
    return makers[vendor]()


def pace_at(times: float) -> Pace:
    """Both sides use limits so many times as high as the vendors'."""
    return Pace(
        email_per_second=ALLOWED["smtp"] * times,
        email_domain_per_second=ALLOWED["smtp:domain"] * times,
        telegram_per_second=ALLOWED["telegram"] * times,
        telegram_chat_per_second=ALLOWED["telegram:chat"] * times,
        sms_per_second=ALLOWED["twilio"] * times,
        slack_per_second=ALLOWED["slack:channel"] * times,
    )


def worker(database: str, vendor: str, url: str, times: float, holder: str, batch_count: int) -> None:
    """Take over what an earlier life of this holder had in hand, then send until nothing is left: as many batches at once as
    `relevo worker` has in hand, over as many connections."""
    db, clock = Database(database), RealClock()
    with db.write() as tx:
        attempts.recover(tx, holder, clock.now())
    channel, pacer = channel_to(vendor, url), Pacer(limits(pace_at(times)))
    window = Window.parse("00:00", "23:59")
    left = [f"bat_{number}" for number in range(batch_count)]
    lock, usual = threading.Lock(), WorkerLimits()
    courier = Courier(db, {ChannelName(vendor): channel}, clock, window, holder, pacer, lines=usual.lines)

    def run() -> None:
        while True:
            with lock:
                if not left:
                    return
                batch = left.pop(0)
            if not courier.drain_batch(batch).touched:
                courier.stop.wait(0.02)
            with db.read() as tx:
                open_still = messages.next_of_batch_at(tx, batch) is not None
            if open_still:
                with lock:
                    left.append(batch)

    threads = [threading.Thread(target=run) for _ in range(usual.batches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    channel.close()
    db.close()


if __name__ == "__main__":
    part, *words = sys.argv[1:]
    if part == "stand-in":
        stand_in(words[0], float(words[1]))
    else:
        worker(words[0], words[1], words[2], float(words[3]), words[4], int(words[5]))
