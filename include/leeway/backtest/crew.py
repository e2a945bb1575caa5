"""Several processes at one pile of work."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeVar

from leeway.errors import BacktestError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Progress = Callable[[int, int], None]

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Result = TypeVar("Result")

_shared: Any = None
"""What this process works with."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    work: Callable[[Shared, Job], Result],
    shared: Shared,
    jobs: Sequence[Job],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Do every job, in this process or in several, and give the results in the order of the jobs.

    The processes are started anew, not forked: OpenMP, which trees are fitted with, does not survive a fork.

    Args:
        work: a function of a module, of what is shared and a job.
        shared: sent once to every process.
        jobs: what is to be done, begun in this order.
        workers: processes at a time.
        progress: called with how many are done, of how many.

    Raises:
        BacktestError: BKT020 if one of the processes was killed.
    """
    if workers <= 1 or len(jobs) <= 1:
        return _alone(work, shared, jobs, progress)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_begin, initargs=(shared,)) as pool:
        pending = [pool.submit(_work, work, job) for job in jobs]
        try:
            for done, finished in enumerate(as_completed(pending), 1):
                finished.result()
                if progress:
                    progress(done, len(jobs))
        except BrokenProcessPool as error:
            raise BacktestError(
                "a process of the backtest was killed, perhaps for its memory",
                code="BKT020",
                do="Run it again: it goes on where it was. Fewer rows or windows need less memory.",
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return [finished.result() for finished in pending]


def _alone(
    work: Callable[[Shared, Job], Result], shared: Shared, jobs: Sequence[Job], progress: Progress | None
) -> list[Result]:
    results = []
    for done, job in enumerate(jobs, 1):
        results.append(work(shared, job))
        if progress:
            progress(done, len(jobs))
    return results


def _begin(shared: Any) -> None:
    global _shared
    _shared = shared
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent tells its workers nothing; they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(work: Callable[[Any, Job], Result], job: Job) -> Result:
    return work(_shared, job)
