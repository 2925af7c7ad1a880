"""`relevo` as people type it, in this process or one of its own."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli import main


@dataclass(frozen=True)
class Ran:
    """One command, ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


def run(folder: Path, *words: str | Path) -> Ran:
    """`relevo -w FOLDER …` in this process, through the same door as the installed command."""
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["relevo", "-w", str(folder), *map(str, words)]
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = argv
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return Ran(code or 0, out.getvalue(), err.getvalue())


def run_alone(folder: Path, *words: str | Path) -> Ran:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "console.cli", "-w", str(folder), *map(str, words)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RELEVO_")}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    return Ran(done.returncode, done.stdout, done.stderr)
