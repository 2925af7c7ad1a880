"""Reads documents in a process of its own, with a limit on time and memory, so that a hostile file can only harm itself.

The process starts with the first document that needs it, serves one ingest, and is ended with it. It gets no secrets: its
environment holds nothing but where Python finds its modules. What it hands back is JSON, checked on arrival. Short Markdown is
read here: it has no parser worth attacking.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import TypeAdapter

from knowledge.passages import Unreadable
from knowledge.reading import Blanks, Read, ReadWhat, read_source, unreadable

_SECONDS = 60.0
_MEMORY = 2_000_000_000
_SHORT = 64_000
_codec: TypeAdapter[Read] = TypeAdapter(Read)
_jobs: TypeAdapter[ReadWhat] = TypeAdapter(ReadWhat)


@dataclass
class Reader:
    """One ingest's reader; use it in a `with`. `seconds` and `memory` (bytes) bound each document."""

    blanks: Blanks
    cleared: frozenset[str] = frozenset()
    seconds: float = _SECONDS
    memory: int = _MEMORY
    _child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path, name: str, digest: str, said: Mapping[str, str]) -> Read:
        """One file, read; what cannot be read, or not within the limits, becomes the source's `problem`."""
        what = ReadWhat(path, name, digest, self.blanks, dict(said), self.cleared)
        if path.suffix.lower() == ".md" and path.stat().st_size <= _SHORT:
            return read_source(what)
        child = self._child or self._start()
        timer = threading.Timer(self.seconds, child.kill)
        timer.start()
        try:
            return self._ask(child, what)
        finally:
            timer.cancel()

    def _ask(self, child: subprocess.Popen[bytes], what: ReadWhat) -> Read:
        asked, told = _pipes(child)
        try:
            asked.write(_jobs.dump_json(what) + b"\n")
            asked.flush()
            line = told.readline()
        except BrokenPipeError:
            line = b""
        if line.endswith(b"\n"):
            return _codec.validate_json(line)
        self._end()
        why = (
            f"{what.name}: reading it took more than {self.seconds:.0f} seconds or {self.memory // 1_000_000} MB; "
            "it is left out. Save it anew from the program it was written with, or split it."
        )
        return unreadable(what, Unreadable(why))

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.defpath}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "knowledge.reader", str(self.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in _pipes(child):
                pipe.close()


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert child.stdin is not None
    assert child.stdout is not None
    return child.stdin, child.stdout


def serve(memory: int) -> None:
    """The other side: a job a line in, what was read a line out, until nobody asks any more."""
    _limit(memory)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    for line in sys.stdin.buffer:
        answers.write(_codec.dump_json(read_source(_jobs.validate_json(line))) + b"\n")
        answers.flush()


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # no such limits on this system; the one on time remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
