"""A worker in a process of its own: `python -m tests.campaigns.durable_process DATABASE OUT MODE`.

`die` kills itself with SIGKILL in the middle of the third batch; `live` finishes what is there and says so.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from campaigns.durable import launch

BATCHES = [f"b{number}" for number in range(6)]


def main(url: str, out: str, mode: str, executor: str) -> None:
    lines = Path(out)
    lock = threading.Lock()

    def run(batch_id: str) -> None:
        with lock:
            begun = len(lines.read_text().splitlines()) if lines.exists() else 0
            if mode == "die" and begun == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            with lines.open("a") as file:
                file.write(f"{batch_id}\n")

    engine = launch(url, executor, run, concurrency=1)
    if mode != "adopt":
        for batch_id in BATCHES:
            engine.enqueue(batch_id, 0)
            engine.enqueue(batch_id, 0)
    else:
        engine.adopt([executor])
    for batch_id in BATCHES:
        engine.wait(batch_id, 0)
    engine.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:5])
