"""Work spread by joblib: over processes of this machine, or over the workers of a Dask cluster."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky.process_executor import BrokenProcessPool

from posecount.errors import PosecountError

_CONNECT_S = 10


class ClusterError(PosecountError):
    """A cluster cannot be used. The message says why and what to try."""


def as_it_is(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return arguments


def with_content(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*arguments, Path(arguments[0]).read_bytes())


def spread(
    task: Callable[..., Any],
    arguments: Mapping[int, tuple[Any, ...]],
    jobs: int,
    scheduler: str | None,
    prepare: Callable[[tuple[Any, ...]], tuple[Any, ...]] = as_it_is,
) -> Generator[tuple[int, Any], None, None]:
    """Call a task with each of the arguments; yield (key, return value) as each call is done.

    The value is None if the call crashed its worker. Arguments are prepared when their turn comes.
    """
    left = dict(arguments)
    if not left:
        return
    with _backend(scheduler) as broken:
        jobs = -1 if scheduler else jobs
        while left:
            calls = (delayed(_keyed)(key, task, prepare(each)) for key, each in list(left.items()))
            try:
                with _interrupts_held():  # workers inherit that, so Ctrl-C reaches this process alone
                    results = Parallel(n_jobs=jobs, return_as="generator_unordered")(calls)
                for key, result in results:
                    del left[key]
                    yield key, result
            except broken:  # one of the running calls did it: each is tried again alone, and the others go on
                for key in list(left)[: 2 * abs(jobs)]:
                    each = left.pop(key)
                    try:
                        yield Parallel(n_jobs=2)([delayed(_keyed)(key, task, prepare(each))])[0]
                    except broken:
                        yield key, None


def _keyed(key: int, task: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[int, Any]:
    return key, task(*arguments)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows, where it reaches the workers too
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def check_scheduler(scheduler: str | None) -> None:
    """Find out early whether a cluster can be used.

    Raises:
        ClusterError: if the scheduler does not answer, or has no workers.
    """
    with _backend(scheduler):
        pass


@contextmanager
def _backend(scheduler: str | None) -> Iterator[type[Exception]]:
    """Make joblib use a cluster, if one is named; yield the error that a crashed worker causes."""
    if scheduler is None:
        yield BrokenProcessPool
        return
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise ClusterError(
            "A cluster needs Dask. Try: pip install 'posecount[cluster]', here and on the workers."
        ) from None
    try:
        client = Client(scheduler, timeout=_CONNECT_S)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The Dask scheduler {scheduler} does not answer: {error}. Try: check the address, or start one with "
            "`dask scheduler`."
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ClusterError(
                f"The Dask scheduler {scheduler} has no workers. Try: start some with `dask worker {scheduler}`."
            )
        with parallel_config(backend="dask"):
            yield KilledWorker


@contextmanager
def at_hand(path: Path, content: bytes | None) -> Iterator[Path]:
    """The file itself, or a temporary one with the content that was sent."""
    if content is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        file = Path(folder) / f"sent{path.suffix}"
        file.write_bytes(content)
        yield file


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that waits for the results."""
    if threading.current_thread() is threading.main_thread() and parent_process() is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
