"""Batches as durable workflows. The ledger is the truth; this only hands the work out and hands it on when a worker dies.

One step per batch: the ledger is the cursor, so a step that runs again changes nothing. Inputs are ids only. The version is
pinned: left alone it is a hash of the code, and unfinished batches of older code would stay for ever (seen: 16 of 20).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from records.database import STALLED_SECONDS

APPLICATION_VERSION = "1"
"""Change only if a run begun by older code may not be finished by this one."""

QUEUE = "batches"
_POLL_SECONDS = 0.2
_UNFINISHED = ["PENDING"]


class Durable:
    """One process's end of the engine. `executor_id` is a worker slot: never two living processes with the same one."""

    def __init__(
        self,
        database_url: str,
        executor_id: str,
        run: Callable[[str], None],
        *,
        concurrency: int = 2,
        stalled: float = STALLED_SECONDS,
    ) -> None:
        """Launch the engine on this database and begin to work the queue; `run` does one batch. PostgreSQL ends a unit of
        the engine's in which nothing is said for `stalled` seconds: a stopped process must not keep its rows from others.

        What an earlier process with the same `executor_id` left unfinished begins at once.
        """
        from dbos import DBOS, DBOSConfig

        config: Any = DBOSConfig(
            name="relevo",
            system_database_url=_plain_url(database_url),
            executor_id=executor_id,
            application_version=APPLICATION_VERSION,
            log_level="WARNING",
            enable_otlp=False,
            sys_db_idle_transaction_timeout_sec=stalled,
        )
        self._dbos: Any = DBOS
        DBOS(config=config)

        @DBOS.step(name="run_batch_step")
        def step(batch_id: str) -> None:
            run(batch_id)

        @DBOS.workflow(name="run_batch")
        def run_batch(batch_id: str) -> None:
            step(batch_id)

        self._run_batch = run_batch
        self._handed_out: frozenset[tuple[str, int]] = frozenset()
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=concurrency, polling_interval_sec=_POLL_SECONDS)

    def enqueue(self, batch_id: str, runs: int) -> None:
        """Hand a batch to the queue; the same (batch, runs) twice is one run."""
        from dbos import SetWorkflowID

        with SetWorkflowID(workflow_name(batch_id, runs)):
            self._dbos.enqueue_workflow(QUEUE, self._run_batch, batch_id)

    def hand_out(self, runs: Sequence[tuple[str, int]]) -> None:
        """Enqueue these (batch, runs), but for those that stood in the last such list: a tick names each until it is over, and
        naming one costs a transaction (32 batches, named once a second, took a quarter of a core)."""
        for batch_id, number in runs:
            if (batch_id, number) not in self._handed_out:
                self.enqueue(batch_id, number)
        self._handed_out = frozenset(runs)

    def adopt(self, living: Iterable[str]) -> int:
        """Put unfinished runs of executors that are not among `living` back on the queue; how many."""
        alive = frozenset(living)
        unfinished = self._dbos.list_workflows(status=_UNFINISHED, name="run_batch", load_input=False)
        orphans = [one.workflow_id for one in unfinished if one.executor_id not in alive]
        if orphans:
            # Without the queue's name they would run at once, outside its limits.
            self._dbos.resume_workflows(orphans, queue_name=QUEUE)
        return len(orphans)

    def wait(self, batch_id: str, runs: int) -> None:
        """Until this run is over; raises what it raised."""
        self._dbos.retrieve_workflow(workflow_name(batch_id, runs)).get_result()

    def shutdown(self) -> None:
        """Take no more work and let what is under way end."""
        self._dbos.destroy(destroy_registry=True, workflow_completion_timeout_sec=30)


def workflow_name(batch_id: str, runs: int) -> str:
    return f"batch:{batch_id}:{runs}"


def launch(
    database_url: str,
    executor_id: str,
    run: Callable[[str], None],
    *,
    concurrency: int = 2,
    stalled: float = STALLED_SECONDS,
) -> Durable:
    """The engine of this process, launched."""
    return Durable(database_url, executor_id, run, concurrency=concurrency, stalled=stalled)


def _plain_url(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
