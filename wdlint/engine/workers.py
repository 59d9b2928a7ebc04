"""Worker processes: started where they pay, ended with the parent, and replaced where a file kills one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from wdlint.engine.results import FixedFile
from wdlint.facts import FileError, FileReport

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.synchronize import Event
    from types import FrameType

_PARALLEL_FROM: Final = 64
"""Files from which worker processes pay for their start."""

_BATCH: Final = 24
"""Files a worker takes at a time."""


_MOST_WORKERS: Final = 61
"""Processes that Windows can wait for."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of files done and the number of files there are."""

Outcome: TypeAlias = tuple[FileReport, FixedFile | None]
"""What became of one file."""

Job: TypeAlias = Callable[[str], Outcome]
"""What to do with one file. It is sent to the workers, so it holds plain data only, and it never raises."""


def outcomes(
    files: Sequence[str], job: Job, *, jobs: int | None = None, progress: Progress | None = None
) -> list[Outcome]:
    """What became of every file, by its path; ``jobs`` is the number of processes, by default one a core."""
    found: list[Outcome] = []
    with _ctrl_c_remembered() as check_interrupted:
        for done in _work(files, job, _workers(jobs, len(files))):
            check_interrupted()
            found.extend(done)
            if progress is not None:
                progress(len(found), len(files))
    return sorted(found, key=lambda outcome: outcome[0].path)


def _workers(jobs: int | None, files: int) -> int:
    if jobs is None:
        jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if files < _PARALLEL_FROM else min(jobs, _MOST_WORKERS)


def _work(files: Sequence[str], job: Job, workers: int) -> Iterator[list[Outcome]]:
    count = -(-len(files) // _BATCH)
    batches = [files[i::count] for i in range(count)]  # neighbours, often alike, go to different workers
    if workers == 1:
        for path in files:
            yield [job(path)]
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    lost: list[str] = []
    context = _context()
    stop = context.Event()
    with ProcessPoolExecutor(workers, context, _start_worker, (stop,)) as pool:
        try:
            with _ctrl_c_later():
                pending = {pool.submit(_batch, job, batch): batch for batch in batches}
            for future in as_completed(pending):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.extend(pending[future])
        except BaseException:  # Ctrl-C: the workers end after the file they are at
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    for path in lost:
        yield [_alone(path, job)]


@contextmanager
def _ctrl_c_remembered() -> Iterator[Callable[[], None]]:
    """Ctrl-C raises as ever; the function that is given raises again what was lost on the way.

    In the midst of an import, or of a callback, Python turns the exception into another one or only
    prints it, and the run would go on.
    """
    import signal
    from threading import current_thread, main_thread

    usual = signal.default_int_handler
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield lambda: None
        return
    interrupted = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    def check_interrupted() -> None:
        if interrupted:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, remember)
    try:
        yield check_interrupted
        check_interrupted()
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Hold Ctrl-C back: while workers are started it would leave one that nobody ends."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _batch(job: Job, paths: Sequence[str]) -> list[Outcome]:
    """In a worker: its files one after the other, for as long as somebody waits for them."""
    return [job(path) for path in paths if _stop is None or not _stop.is_set()]


_stop: Event | None = None
"""In a worker: set once nobody waits for its results any more."""


def _start_worker(stop: Event) -> None:
    """Leave Ctrl-C, which a terminal sends to every process, to the parent; end when the parent ends."""
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _stop
    _stop = stop
    parent = parent_process()
    if parent is not None:  # killed, it cannot say that there is no more work

        def end_with_parent() -> None:
            parent.join()
            os._exit(1)

        Thread(target=end_with_parent, daemon=True).start()


def _alone(path: str, job: Job) -> Outcome:
    """One file in a process of its own, after a worker died: the file that killed it is named."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(1, mp_context=_context()) as pool:
        try:
            return pool.submit(job, path).result()
        except BrokenProcessPool:
            return FileReport(path, errors=(FileError(path, "the process that checked it died"),)), None


def _context() -> BaseContext:
    """Forked workers where they are to be had: they start in milliseconds and inherit the knowledge."""
    import multiprocessing
    import sys

    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
