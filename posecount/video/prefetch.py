"""Lets the stages of a video overlap: each works ahead in a thread of its own, by a bounded number of items."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Generic, TypeVar, cast

from posecount.jobs import Cancelled

T = TypeVar("T")

DEPTH = 4
"""Items that wait between two stages: enough to bridge a slow frame. It bounds memory for videos of any length."""

_END = object()
_POLL_S = 0.1


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


@contextmanager
def ahead(items: Iterable[T], depth: int = DEPTH) -> Iterator[Generator[T, None, None]]:
    """Yield a generator over the same items, which are made in a thread of its own, at most `depth` ahead.

    An exception in that thread is raised where the items are taken. On leaving, the thread finishes its current item
    and ends, so that what it used can be closed.
    """
    waiting: queue.Queue[object] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: object) -> None:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=_POLL_S)
                return
            except queue.Full:
                continue

    def make() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                put(item)
                if stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 nothing above this thread would see it: the taker gets it
            put(_Failure(error))
        else:
            put(_END)
        finally:
            close = getattr(iterator, "close", None)
            if close:
                close()

    def take() -> Generator[T, None, None]:
        while (item := waiting.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield cast(T, item)

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        stopped.set()
        thread.join()


class Stoppable(Generic[T]):
    """The items of a generator, until it is cancelled."""

    def __init__(self, items: Generator[T, None, None], cancelled: Cancelled) -> None:
        self.stopped = False
        self._items = items
        self._cancelled = cancelled

    def __iter__(self) -> Generator[T, None, None]:
        with closing(self._items):
            for item in self._items:
                if self._cancelled():
                    self.stopped = True
                    break
                yield item
