"""Serves the web faces until told to stop, with a worker beside them where wanted."""

import errno
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from records.errors import Conflict

if TYPE_CHECKING:
    from console.wiring import House


def take_port(host: str, port: int) -> socket.socket:
    """The port, held for `serve_house`; nobody is answered on it yet. Raises Conflict where it cannot be had."""
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or the one before holds it a minute beyond its end
    try:
        held.bind((host, port))
    except OSError as error:
        held.close()
        why = "something else listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise Conflict(
            f"port {port} of {host} cannot be had: {why}. Stop that, or give another with --port."
        ) from error
    return held


def serve_house(house: "House", held: socket.socket, *, with_worker: bool) -> None:
    """Blocks until Ctrl-C or SIGTERM; then finishes the message in hand and ends. Raises LeaseLost if the worker stood still
    for so long that others took over: the web ends with it, so that whoever watches over this process starts it anew."""
    import uvicorn

    from console.heap import look_seldom
    from console.web import create_app
    from console.working import start_worker

    # Told to end, uvicorn ends its pages and then gives itself the same signal once more: the usual answer to SIGTERM is to end
    # this process on the spot, with the message in hand.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    working = start_worker(house, on_lost=lambda: os.kill(os.getpid(), signal.SIGTERM)) if with_worker else None
    try:
        with suppress(KeyboardInterrupt):
            look_seldom()
            config = uvicorn.Config(create_app(house), log_level="warning", timeout_graceful_shutdown=3)
            host, port = held.getsockname()[:2]
            held.listen()  # whoever comes from now on waits, and is answered
            sys.stderr.write(f"Relevo serves http://{f'[{host}]' if ':' in host else host}:{port}/  (Ctrl-C stops)\n")
            uvicorn.Server(config).run(sockets=[held])
    finally:
        held.close()
        if working:
            working.stop()
            working.check()
