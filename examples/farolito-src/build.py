"""Builds the parts of the Farolito example that are not written by hand, and checks the parts that are.

From the Markdown sources beside this file it writes the two versions of the terms (Word for 2024, PDF for 2027, in
Spanish and English) and an invented list of 500 subscribers. Running it twice gives the same bytes. It writes nothing
unless every check passes: see `checks.py`.

    python build.py
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from checks import WORKSPACE, problems
from people import csv_bytes, invent_subscribers
from terms import docx_bytes, pdf_bytes, read_terms

SOURCES = Path(__file__).resolve().parent


def main() -> int:
    """Checks everything, writes the files, and says what it did. Returns 1, and writes nothing, if a check fails."""
    blanks = tomllib.loads((WORKSPACE / "relevo.toml").read_text(encoding="utf-8"))["blanks"]
    terms = [read_terms(path) for path in sorted(SOURCES.glob("terms-*.md"))]
    people = invent_subscribers()
    if found := problems(blanks, terms, people):
        print("\n".join(found), file=sys.stderr)
        return 1
    files = {WORKSPACE / "subscribers.csv": csv_bytes(people)}
    for document in terms:
        stem = WORKSPACE / "content" / "contracts" / f"{document.version}.{document.language}"
        if document.version == "terms-2024":
            files[stem.with_name(f"{stem.name}.docx")] = docx_bytes(document)
        else:
            files[stem.with_name(f"{stem.name}.pdf")] = pdf_bytes(document)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{path.relative_to(WORKSPACE)}  {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
