"""open_cluster: processes of this machine, or a Dask cluster that the user names.

Tasks travel as JSON texts. Nothing listens but on this machine's own address, no dashboard is
served; a cluster is reached only where the user gives its address.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from multiprocessing import resource_tracker
from typing import Any

from satstudio.core.environment import scratch_folder
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress

LOCAL = "local"
LOOK_S = 0.5
AHEAD = 2
"""Tasks that wait for each worker: it never stands idle, and little is undone by a stop."""

TRIES = 3
"""A task whose worker dies is begun again so often."""

CONNECT_S = 5
SETTINGS = {
    "distributed.scheduler.allowed-failures": TRIES,
    "distributed.worker.memory.target": False,  # tiles follow the memory by themselves
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.daemon": False,
    "distributed.worker.profile.enabled": False,  # else all threads are looked at every 10 ms
    # Dask has every array above 128 KB given back to the system at once: a tenth of the CPU time
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    "distributed.admin.tick.interval": "500ms",  # tasks take seconds to hours
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.comm.offload": False,  # tasks are short texts: no thread of its own for them
    "distributed.admin.tick.limit": "60s",
}

Done = tuple[int, str | Exception]
"""Number of a task, and its answer, or why there is none."""


class Cluster:
    """Workers that take texts."""

    def __init__(self, client: Any, workers: int) -> None:  # noqa: ANN401 - Dask has no types here
        self._client = client
        self.workers = workers

    def answers(
        self, function: Callable[[str], str], texts: Sequence[str], progress: Progress
    ) -> Iterator[Done]:
        """Yield each task's answer as it comes; a stop is noticed while none does.

        Raises
        ------
        Cancelled
            If a stop was asked for; what is not done then is given up.
        """
        from distributed import wait  # lazy: only archives need it

        waiting: dict[Any, int] = {}
        queue = iter(enumerate(texts))
        try:
            while True:
                for number, text in _some(queue, AHEAD * self.workers - len(waiting)):
                    future = self._client.submit(function, text, pure=False, retries=0)
                    waiting[future] = number
                if not waiting:
                    return
                try:
                    wait(list(waiting), timeout=LOOK_S, return_when="FIRST_COMPLETED")
                except TimeoutError:
                    progress.check()
                    continue
                for future in [each for each in waiting if each.done()]:
                    yield waiting.pop(future), _answer(future)
                progress.check()
        finally:
            if waiting:
                self._client.cancel(list(waiting), force=True)


def why_no_cluster() -> str:
    """Return why no archive can be restored here, as a sentence; "" where it can."""
    if find_spec("distributed") is None:
        return "Archives need Dask, which is not installed here: pip install 'satstudio[dask]'."
    return ""


@contextmanager
def open_cluster(scheduler: str, workers: int) -> Iterator[Cluster]:
    """Open processes of this machine, or reach a scheduler.

    Parameters
    ----------
    scheduler : "local", or an address as `tcp://HOST:PORT`
    workers : processes of this machine; of a cluster what waits at a time, per worker

    Raises
    ------
    InputError
        If Dask is not installed, or there is no scheduler at the address.
    """
    if why := why_no_cluster():
        raise InputError(why)
    import dask  # lazy: only archives need it
    import distributed  # lazy: as above

    logging.getLogger("distributed").setLevel(logging.ERROR)
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(SETTINGS))
        if scheduler == LOCAL:
            folder = stack.enter_context(scratch_folder())
            with _deaf_to_ctrl_c():
                started = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # any port that is free
                    local_directory=folder,
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,
                )
            where: Any = stack.enter_context(started)
        else:
            where = scheduler
        try:
            client = stack.enter_context(distributed.Client(where, timeout=CONNECT_S))
        except (OSError, ValueError) as error:
            raise InputError(
                f"There is no scheduler at {scheduler}: {error}. Give its address, as "
                "tcp://192.168.1.5:8786, or 'local'."
            ) from error
        many = workers if scheduler == LOCAL else max(len(client.scheduler_info()["workers"]), 1)
        yield Cluster(client, many)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let threads and processes that are begun here hear no Ctrl+C: this process ends them.

    A terminal sends it to all of them, and a worker that it ends is one that failed to start.
    """
    if os.name != "posix":  # there is no mask that a process inherits
        yield
        return
    resource_tracker.ensure_running()  # it takes the mask away from whoever starts it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _some(queue: Iterator[tuple[int, str]], count: int) -> Iterable[tuple[int, str]]:
    for _, each in zip(range(count), queue, strict=False):
        yield each


def _answer(future: Any) -> str | Exception:  # noqa: ANN401 - as above
    error = future.exception()
    if error is None:
        return str(future.result())
    return error if isinstance(error, Exception) else RuntimeError(str(error))
