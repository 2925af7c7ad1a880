"""What is fitted, on disk: the lexicon in a file of its own, everything else beside it.

joblib pickled and read object by object in Python: opening the sample company's index took 1.1 s, of which the lexicon's twelve
thousand forms were the most. pickle's own C takes 0.3 s, and 0.04 s once the process holds that lexicon: generations made with
the same words share it.

Nothing of the libraries that fit is written, and only this room's own plain classes and numpy's arrays are read back: loading
scikit-learn took a third of the time to a first answer, and a pickle that names anything else could run it.
"""

import pickle
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from knowledge.lexicon import Lexicon
from knowledge.passages import NoIndex
from knowledge.standing import LEXICON, MODELS

_PROTOCOL = 5
_HERE = "lexicon"
_OWN = (
    *("index", "letters", "lexicon", "passages", "postings", "retrieve"),
    *("sayings", "scope", "scorers", "texts", "topics", "voices"),
)
_OURS = frozenset(f"knowledge.{name}" for name in _OWN) | {"records.types"}
_OTHERS = {
    ("builtins", "frozenset"),
    ("datetime", "date"),  # from when and until when an entry holds
    *(("numpy", name) for name in ("dtype", "ndarray")),
    *(("numpy._core.multiarray", name) for name in ("_reconstruct", "scalar")),
    ("numpy._core.numeric", "_frombuffer"),
    ("scipy.sparse._csc", "csc_matrix"),
}


class _Writer(pickle.Pickler):
    """Writes no lexicon, only where one is used."""

    def persistent_id(self, held: Any) -> str | None:
        return _HERE if isinstance(held, Lexicon) else None


class _Reader(pickle.Unpickler):
    """Reads what `_Writer` wrote, and nothing that it could not have written."""

    def __init__(self, file: Any, lexicon: Lexicon | None) -> None:
        super().__init__(file)
        self._lexicon = lexicon

    def persistent_load(self, _held: Any) -> Lexicon | None:
        return self._lexicon

    def find_class(self, module: str, name: str) -> Any:
        ours = module in _OURS
        if ours or (module, name) in _OTHERS:
            found = super().find_class(module, name)
            if not ours or (isinstance(found, type) and found.__module__ == module):
                return found
        raise NoIndex(f"the index names {module}.{name}, which is no part of one; run `relevo ingest --rebuild`.")


def write_fitted(folder: Path, fitted: object, lexicon: Lexicon) -> None:
    """Write both files. Whatever refers to `lexicon` in `fitted` will refer to the one that is read."""
    (folder / LEXICON).write_bytes(pickle.dumps(lexicon, _PROTOCOL))
    with (folder / MODELS).open("wb") as file:
        _Writer(file, _PROTOCOL).dump(fitted)


def read_fitted(folder: Path) -> tuple[Any, Lexicon]:
    """What was written. Ask `digest_of` first whether they are the very files."""
    lexicon = _lexicon((folder / LEXICON).read_bytes())
    with (folder / MODELS).open("rb") as file:
        return _Reader(file, lexicon).load(), lexicon


@lru_cache(maxsize=2)
def _lexicon(written: bytes) -> Lexicon:
    return cast(Lexicon, _Reader(BytesIO(written), None).load())
