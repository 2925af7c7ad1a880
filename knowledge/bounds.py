"""What a file may be before anyone looks into it: its size, its kind by its first bytes, and how far it unpacks."""

import zipfile
from pathlib import Path

from knowledge.passages import Unreadable

MOST_BYTES = 20_000_000
MOST_PAGES = 1_500
_MOST_UNPACKED = 100_000_000
_MOST_RATIO = 200
_MOST_ENTRIES = 3_000
_HEAD = 1_024
_PARTS = (".xml", ".rels")
_DECLARES = (b"<!DOCTYPE", b"<!ENTITY")
_LOOKS = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "Word or zip"),
    (b"\xd0\xcf\x11\xe0", "old Word (.doc)"),
    (b"{\\rtf", "RTF"),
)
_WANTED = {".pdf": "PDF", ".docx": "Word or zip"}


def check_file(path: Path, name: str) -> None:
    """Raises Unreadable for a file that is too large, of another kind than its name says, or not worth opening."""
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"{name}: larger than {MOST_BYTES // 1_000_000} MB; split it.")
    _check_kind(path, name)
    if path.suffix.lower() == ".docx":
        _check_archive(path, name)


def _check_kind(path: Path, name: str) -> None:
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
    wanted = _WANTED.get(path.suffix.lower(), "")
    held = next((kind for mark, kind in _LOOKS if mark in head[: _HEAD if kind == "PDF" and wanted else len(mark)]), "")
    if held and held != wanted:
        raise Unreadable(
            f"{name}: its name ends in {path.suffix}, but by its contents it is a {held} file; name it so."
        )
    if not wanted and b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(f"{name}: holds no text, but other data; save it as text in UTF-8.")


def _check_archive(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_size(entries, path, name)
            for entry in entries:
                _check_part(archive, entry, name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable(f"{name}: damaged or not a Word document; save it again as .docx.") from error


def _check_size(entries: list[zipfile.ZipInfo], path: Path, name: str) -> None:
    if len(entries) > _MOST_ENTRIES:
        raise Unreadable(f"{name}: has {len(entries)} parts, far more than a document should; it is not opened.")
    unpacked = sum(item.file_size for item in entries)
    if unpacked > _MOST_UNPACKED or unpacked > _MOST_RATIO * max(1, path.stat().st_size):
        raise Unreadable(f"{name}: unpacks to {unpacked} bytes, far more than a document should; it is not opened.")


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    if entry.filename.startswith(("/", "\\")) or ".." in Path(entry.filename.replace("\\", "/")).parts:
        raise Unreadable(f"{name}: has a part called {entry.filename[:80]!r}, which leads out of it; it is not opened.")
    if entry.filename.lower().endswith(_PARTS):
        with archive.open(entry) as part:
            # No Word document declares entities; a bomb has to do so before its first element.
            head = part.read(100_000)
            if any(mark in head for mark in _DECLARES):
                raise Unreadable(f"{name}: declares XML entities, which no Word document needs; it is not opened.")
