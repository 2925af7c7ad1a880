"""A log line of a command says what went wrong and nothing about anybody."""

import pytest
import structlog

from console.cli_common import _log_to_stderr


def test_an_exception_is_logged_without_the_values_of_its_variables(capsys: pytest.CaptureFixture[str]) -> None:
    _log_to_stderr()
    try:
        _fail("@".join(("lucia", "correo.example")))
    except ValueError:
        structlog.get_logger().exception("handling failed", inbox=7)
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr()
    assert said.out == ""
    assert "handling failed" in said.err
    assert "ValueError" in said.err
    assert "lucia@correo" not in said.err


def _fail(address: str) -> None:
    private = {"address": address}
    raise ValueError(f"{len(private)} thing went wrong")
