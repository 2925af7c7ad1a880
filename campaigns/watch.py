"""The gates beside a running batch: looked at between two groups of messages, so that a crossing stops the next group.

A look is two cheap counts. Only when more went wrong than any wave could still bear by its last numbers are all numbers counted
again and judged; while a wave has too few messages to be judged, every time once something went wrong in it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from campaigns.judging import Bench, judge_waves
from campaigns.kept import kept_content, standing_of
from campaigns.plan import Limits
from records.clock import Clock
from records.database import Database, Tx
from records.store import campaigns as store
from records.store import wave_numbers
from records.store.wave_numbers import BadNews
from records.types import Language
from records.wave import WaveNumbers


@dataclass
class Watch:
    """Shared by the batches of one process. `desk` is the language in which the desk is told, None without a desk."""

    db: Database
    clock: Clock
    desk: Language | None = None
    _room: dict[str, BadNews] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def looker(self, campaign_id: str) -> Callable[[Tx], None]:
        """What to call between messages: it judges the campaign if something may have crossed a limit since the last look; what
        holds it stops it at once."""
        return partial(self._look, campaign_id)

    def _look(self, campaign_id: str, tx: Tx) -> None:
        news = wave_numbers.bad_news(tx, campaign_id)
        with self._lock:
            room = self._room.get(campaign_id)
        if room is not None and news.messages < room.messages and news.consents < room.consents:
            return
        self._judge(campaign_id, news)

    def _judge(self, campaign_id: str, news: BadNews) -> None:
        with self.db.write() as tx:
            campaign = store.locked(tx, campaign_id)
            if campaign is None or not standing_of(campaign).may_send:
                return
            content = kept_content(campaign.plan)
            judged = judge_waves(Bench(tx, campaign, content, self.clock.now(), self.desk))
        with self._lock:
            self._room[campaign_id] = _until(news, judged.numbers, content.plan.gates)


def _until(news: BadNews, waves: Sequence[WaveNumbers], limits: Limits) -> BadNews:
    """The counts from which a limit may have been crossed, whatever wave the news are about."""
    return BadNews(
        news.messages + min((_bearable(wave, limits) for wave in waves), default=0),
        news.consents + min((_opt_outs_left(wave, limits) for wave in waves), default=0),
    )


def _bearable(wave: WaveNumbers, limits: Limits) -> int:
    """How many more messages may go wrong before this wave can be past a limit. More messages only make it more."""
    if wave.attempts < limits.minimum_sends and wave.waiting:
        return 0 if wave.hard_failures or wave.complaints or wave.provider_failures else 1
    failures = int(limits.hard_failure_pause * wave.attempts / 100) - wave.hard_failures
    complaints = int(limits.complaint_pause * wave.attempts / 100) - wave.complaints
    recent = max(wave.recent_attempts, min(100, limits.minimum_sends))
    refused = int(limits.provider_failure_pause * recent / 100) - wave.provider_failures
    return max(0, min(failures, complaints, refused) + 1)


def _opt_outs_left(wave: WaveNumbers, limits: Limits) -> int:
    return max(0, int(limits.opt_out_pause * wave.attempts / 100) - wave.opt_outs + 1)
