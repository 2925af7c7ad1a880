"""Whether an index on disk may go on standing: what tells it from one of another version, told without loading one.

Loading what fits and searches an index takes longer than all else that an ingest does which finds nothing changed.
"""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

from knowledge.lexicon import version_of
from knowledge.passages import NoIndex
from records.ids import fingerprint
from records.settings import Workspace

ABOUT, LEXICON, MODELS = "about.json", "lexicon.pickle", "models.pickle"
_FORMAT = "12"


def index_folder(workspace: Workspace) -> Path:
    """Where generations live."""
    return workspace.state / "index"


def is_current(folder: Path, own: str) -> bool:
    """Is there an index of this version, made with `own` added to the lexicon, in `folder`, as it was written?"""
    try:
        about = about_of(folder)
        return about.get("format") == index_format(own) and about.get("models") == digest_of(folder)
    except NoIndex:
        return False


def index_format(own: str) -> str:
    """Changes whenever an index on disk has to be built anew: our format, the lexicon, the libraries that fit and hold it."""
    from importlib.metadata import version

    libraries = [version(name) for name in ("scikit-learn", "bm25s", "scipy")]
    return fingerprint(_FORMAT, version_of(own), fingerprint(topics_text()), *libraries)


def topics_text() -> str:
    """The topics that ship, as they are written."""
    return (resources.files("knowledge") / "topics.yaml").read_text(encoding="utf-8")


def about_of(folder: Path) -> dict[str, Any]:
    """What stands in the folder about the index there. Raises NoIndex when it is missing or damaged."""
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoIndex(f"the index in {folder.name!r} is missing or damaged; run `relevo ingest`.") from error
    return about


def digest_of(folder: Path) -> str:
    """Tells its two files from any others. Raises NoIndex when one is missing."""
    digest = hashlib.sha256()
    for name in (LEXICON, MODELS):
        try:
            digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
        except OSError as error:
            raise NoIndex(f"the index in {folder.name!r} is missing {name}; run `relevo ingest`.") from error
    return digest.hexdigest()
