"""`relevo serve` says that its port is taken before anything begins, and ends in order when it is told to."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.console.command_line import run
from tests.servers import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of this machine that something else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        yield port


def test_a_taken_port_is_said_before_anything_is_served(tmp_path: Path, taken: int) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    ended = run(tmp_path, "serve", "--port", str(taken))
    assert ended.code == 1
    assert f"port {taken} of 127.0.0.1 cannot be had: something else listens there" in ended.err
    assert "--port" in ended.err
    assert "serves" not in ended.err


def test_a_taken_port_is_said_before_the_demonstration(tmp_path: Path, taken: int) -> None:
    folder = tmp_path / "demo"
    ended = run(tmp_path, "demo", "--dir", folder, "--port", str(taken))
    assert ended.code == 1
    assert "cannot be had" in ended.err
    assert not folder.exists()


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_nobody_has_is_refused(tmp_path: Path, port: str) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    assert run(tmp_path, "serve", "--port", port).code == 2


def test_told_to_end_it_stops_its_worker_and_ends_in_order(tmp_path: Path) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "console.cli", "-w", str(tmp_path), "serve", "--port", str(port)]
    served = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert served.stderr is not None
        assert served.stderr.readline() == f"Relevo serves http://127.0.0.1:{port}/  (Ctrl-C stops)\n"
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as answer:
            assert answer.status == 200
        served.send_signal(signal.SIGTERM)
        assert served.wait(20) == 0  # a process that its signal ends has no number of its own: its worker was cut off
        assert served.stderr.read() == ""
    finally:
        served.kill()
        served.communicate()
