"""A worker put together from a house: its loops, the engine of its batches, its slot and the lease that says it lives."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from channels.bounces import act_on_reports
from channels.contract import Delivery
from channels.courier import Courier
from console.intake import take
from console.wiring import House
from records import slots
from records.errors import LeaseLost
from records.lease import HeldLease, Watch
from records.slots import Slot
from records.types import ChannelName, Language

if TYPE_CHECKING:
    from campaigns.batch import BatchRunner
    from campaigns.durable import Durable
    from console.lazy_bot import LazyBot
    from console.worker import Worker


def _deliver_to(house: House, name: ChannelName) -> Callable[[Delivery], None]:
    """How a listening channel hands over: once this returns, the vendor may be told yes."""

    def deliver(delivery: Delivery) -> None:
        take(house, name, delivery)

    return deliver


def _sockets(house: House) -> tuple[Callable[[threading.Event], None], ...]:
    from channels.slack import Slack
    from channels.telegram import Telegram
    from console.naming import named_by_typing

    listeners: list[Callable[[threading.Event], None]] = []
    telegram = house.channels[ChannelName.TELEGRAM]
    if isinstance(telegram, Telegram) and house.settings.telegram_mode == "polling":
        listeners.append(partial(telegram.poll, deliver=_deliver_to(house, ChannelName.TELEGRAM)))
    slack = house.channels[ChannelName.SLACK]
    if isinstance(slack, Slack) and house.settings.slack_app_token:
        deliver = _deliver_to(house, ChannelName.SLACK)
        listeners.append(partial(slack.socket, deliver=deliver, suggest=named_by_typing(house)))
    if house.settings.has_mailbox():
        from channels.mailbox import Mailbox

        mailbox = Mailbox(house.settings.imap_url)
        listeners.append(partial(mailbox.listen, deliver=_deliver_to(house, ChannelName.EMAIL)))
    return tuple(listeners)


@dataclass(frozen=True)
class Working:
    """A worker and the engine of its batches, running in one slot."""

    worker: "Worker"
    durable: "Durable"
    hands: ThreadPoolExecutor
    slot: Slot
    lease: HeldLease

    def stop(self) -> None:
        """Stop between two messages: first our own loops, then the engine, then the slot is free."""
        self.worker.join()
        self.durable.shutdown()
        self.hands.shutdown()
        self.lease.release()
        self.slot.release()

    def check(self) -> None:
        """Raises LeaseLost if others took over our work because we stood still."""
        if self.lease.lost.is_set():
            raise LeaseLost(
                f"{self.slot.name} stood still for more than {self.lease.silence:g} s and other workers took over its "
                "work, so it sent nothing more and stopped. Start it again."
            )


def start_worker(house: House, on_lost: Callable[[], None] = lambda: None) -> Working:
    """Become a worker of this workspace. Raises WorkerBusy when its database allows no further one. `on_lost` is called if we
    stand still so long that others take over; the loops end by themselves then."""
    from campaigns.durable import launch
    from console.lazy_bot import LazyBot
    from console.worker import Worker

    def lost() -> None:
        worker.stop.set()
        courier.stop.set()
        on_lost()

    bot = LazyBot(house)
    bot.check()
    slot = house.take_slot()
    limits = house.settings.worker
    lease = HeldLease(house.db, slot.name, limits.silence_seconds, lost, slot.keep)
    lease.begin()
    courier = house.courier(slot.name, lease=lease)
    worker = Worker(
        db=house.db,
        clock=house.clock,
        bell=house.bell,
        handler=bot,
        courier=courier,
        channels=house.channels,
        holder=slot.name,
        sockets=_sockets(house),
        learn=bot.learn,
    )
    lease.keep(Watch(house.db, slot.name, limits.silence_seconds))
    worker.recover()
    batches = batch_runner(house, courier)
    hands = ThreadPoolExecutor(limits.batches, "batch")  # each with lines to vendors of its own

    def run_batch(batch_id: str) -> None:
        hands.submit(lambda: batches.run(batch_id, house.clock.now())).result()

    durable = launch(
        house.db.url,
        slot.name,
        run_batch,
        concurrency=limits.batches + 1,  # one waits at hand: the engine looks for the next only now and then
        stalled=limits.silence_seconds,
    )
    worker.start(_tick(house, durable, bot))
    return Working(worker, durable, hands, slot, lease)


def _desk_language(house: House) -> Language | None:
    """The language in which the desk is told things; None where it has no channel and reads them in the console."""
    if not house.settings.has_slack():
        return None
    from bot.policy import default_language

    return default_language(house.settings.company.languages)


def batch_runner(house: House, courier: Courier) -> "BatchRunner":
    from campaigns.batch import BatchRunner
    from campaigns.links import personal_links
    from campaigns.watch import Watch

    links = personal_links(house.secret, house.settings.public_url)
    watch = Watch(house.db, house.clock, _desk_language(house))
    return BatchRunner(house.db, courier, links, house.window, house.settings.desk.time_zone, watch, courier.caps)


def _tick(house: House, durable: "Durable", bot: "LazyBot") -> Callable[[], None]:
    from campaigns.tick import tick

    desk = _desk_language(house)

    def each_second() -> None:
        now = house.clock.now()
        runs = tick(house.db, now, house.settings.desk.time_zone, desk=desk)
        durable.hand_out([(run.batch_id, run.runs) for run in runs])
        durable.adopt(slots.living(house.db))
        act_on_reports(house.db, house.patience, now)
        bot.tick(now)

    return each_second
