"""Serves the web faces until told to stop, with a worker beside them where wanted."""

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.wiring import House


def serve_house(house: "House", *, host: str, port: int, with_worker: bool) -> None:
    """Blocks until Ctrl-C or SIGTERM; then finishes the message in hand and ends. Raises LeaseLost if the worker stood still
    for so long that others took over: the web ends with it, so that whoever watches over this process starts it anew."""
    import uvicorn

    from console.heap import look_seldom
    from console.web import create_app
    from console.wiring import start_worker

    working = start_worker(house, on_lost=lambda: os.kill(os.getpid(), signal.SIGTERM)) if with_worker else None
    look_seldom()
    sys.stderr.write(f"Relevo serves http://{host}:{port}/  (Ctrl-C stops)\n")
    try:
        uvicorn.run(create_app(house), host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)
    finally:
        if working:
            working.stop()
            working.check()
