"""Wakes open chats. One thread a process looks at the log of all chats, so two thousand open chats cost one query a second."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from records.bell import Bell
from records.database import Database
from records.store import chat

LOOK_EVERY = 1.0
# On PostgreSQL an event may commit after one with a higher id: look again at the last few, waking twice does no harm.
OVERLAP = 200


@dataclass(frozen=True)
class _Listener:
    loop: asyncio.AbstractEventLoop
    news: asyncio.Event

    def wake(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.news.set)


class ChatHub:
    """`listening(session)` gives an event that is set whenever the session's log has grown."""

    def __init__(self, db: Database, bell: Bell) -> None:
        self._db = db
        self._bell = bell
        self._lock = threading.Lock()
        self._listeners: defaultdict[str, set[_Listener]] = defaultdict(set)
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def closed(self) -> bool:
        return self._stopping.is_set()

    @contextmanager
    def listening(self, session: str) -> Iterator[asyncio.Event]:
        """Must be entered inside a running event loop."""
        listener = _Listener(asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners[session].add(listener)
            self._start()
        try:
            yield listener.news
        finally:
            with self._lock:
                self._listeners[session].discard(listener)
                if not self._listeners[session]:
                    del self._listeners[session]

    def open_count(self) -> int:
        with self._lock:
            return sum(len(group) for group in self._listeners.values())

    def wake(self, session: str) -> None:
        with self._lock:
            for listener in self._listeners.get(session, ()):
                listener.wake()

    def close(self) -> None:
        """Ends every stream and the thread."""
        self._stopping.set()
        self._bell.ring("chat")
        with self._lock:
            thread = self._thread
            for group in self._listeners.values():
                for listener in group:
                    listener.wake()
        if thread is not None:
            thread.join(timeout=5)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="chat-hub", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        rung, last, seen = self._bell.count("chat"), 0, frozenset[int]()
        while not self._stopping.is_set():
            try:
                last, seen = self._look(last, seen)
            except Exception:
                structlog.get_logger().exception("chat_hub_failed")
            rung = self._bell.wait("chat", rung, LOOK_EVERY)

    def _look(self, last: int, seen: frozenset[int]) -> tuple[int, frozenset[int]]:
        """Wake whose log grew. 0 means that we do not know where the log stands: then everyone looks for themselves."""
        if self.open_count() == 0:
            return 0, frozenset()
        with self._db.read() as tx:
            if last == 0:
                last = chat.last_event_id(tx)
                self._wake_all()
            news = chat.sessions_with_news(tx, max(0, last - OVERLAP))
        for session in {session for event, session in news if event not in seen}:
            self.wake(session)
        return max([last, *(event for event, _ in news)]), frozenset(event for event, _ in news)

    def _wake_all(self) -> None:
        with self._lock:
            sessions = tuple(self._listeners)
        for session in sessions:
            self.wake(session)
