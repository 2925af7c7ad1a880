"""Hashes of files, without reading again what cannot have changed.

As git does it: a file whose size, times and inode are as they were, and which was last written at least two seconds before they
were noted, holds what it held. A file written in the same moment as the note is read again.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

_GRAIN = 2_000_000_000  # nanoseconds; the coarsest file times in use are two seconds apart

Marks = list[int | str]


@dataclass
class Seen:
    """The hashes noted in `note`, and how many files had to be read."""

    note: Path
    read: int = 0
    _noted_at: int = 0
    _old: dict[str, Marks] = field(default_factory=dict)
    _new: dict[str, Marks] = field(default_factory=dict)

    @staticmethod
    def load(note: Path) -> "Seen":
        """The note, or an empty one where there is none or it is damaged."""
        try:
            held = json.loads(note.read_text(encoding="utf-8"))
            return Seen(note, _noted_at=note.stat().st_mtime_ns, _old=held if isinstance(held, dict) else {})
        except (OSError, ValueError):
            return Seen(note)

    def hash_of(self, path: Path, name: str) -> str:
        """A name for the bytes of the file."""
        about = path.stat()
        marks: Marks = [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]
        old = self._old.get(name, [])
        settled = max(about.st_mtime_ns, about.st_ctime_ns) < self._noted_at - _GRAIN
        if old[:-1] == marks and settled:
            self._new[name] = old
        else:
            self.read += 1
            self._new[name] = [*marks, hashlib.sha256(path.read_bytes()).hexdigest()]
        return str(self._new[name][-1])

    def save(self) -> None:
        """Note what was seen. Rewritten when anything was read, so that the next time can trust it."""
        if not self.read and self._new.keys() == self._old.keys():
            return
        self.note.parent.mkdir(parents=True, exist_ok=True)
        half = self.note.with_suffix(".half")
        half.write_text(json.dumps(self._new), encoding="utf-8")
        half.replace(self.note)
