"""RepetitionList: the repetitions of a live session, of which there may be thousands."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Sequence
from math import isnan, nan
from typing import overload

from posecount.counting.repetitions import Repetition

_NUMBERS = 5
"""Of each repetition, besides its exercise: start, turn, end, peak and range of motion."""


class RepetitionList(Sequence[Repetition]):
    """Repetitions, oldest first. A list never changes, and threads may share it: `plus` returns another.

    A list and those that have grown out of it share one store of numbers, to which only the longest of them adds. So a
    repetition takes 50 bytes for the length of a session, and none is copied when the next one comes; as objects in a
    tuple each took 250, among the garbage of frames.
    """

    __slots__ = ("_length", "_store")

    def __init__(self, repetitions: Iterable[Repetition] = ()) -> None:
        self._store = _Store()
        self._store.extend(repetitions)
        self._length = len(self._store.exercises)

    def plus(self, more: Sequence[Repetition]) -> RepetitionList:
        """This list with more at its end; itself where there are none."""
        if not more:
            return self
        longer = RepetitionList()
        with self._store.lock:
            is_longest = self._length == len(self._store.exercises)
            longer._store = self._store if is_longest else self._store.copied(self._length)
            longer._store.extend(more)
            longer._length = self._length + len(more)
        return longer

    def since(self, before: RepetitionList) -> Sequence[Repetition] | None:
        """Those after an earlier list; None where this one does not begin with that."""
        length = before._length
        shares = before._store is self._store and length <= self._length
        return self[length:] if shares or self[:length] == tuple(before) else None

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Repetition: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Repetition, ...]: ...

    def __getitem__(self, index: int | slice) -> Repetition | tuple[Repetition, ...]:
        which = range(self._length)[index]
        return self._store.at(which) if isinstance(which, int) else tuple(map(self._store.at, which))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RepetitionList) and other._store is self._store:
            return other._length == self._length
        return isinstance(other, Sequence) and self[:] == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"RepetitionList({list(self)})"


class _Store:
    """The repetitions of several lists, as numbers. What is there never changes; with the lock more is added."""

    __slots__ = ("exercises", "lock", "numbers")

    def __init__(self) -> None:
        self.exercises: list[str] = []
        self.numbers = array("d")
        self.lock = threading.Lock()

    def extend(self, more: Iterable[Repetition]) -> None:
        for each in more:
            measured = nan if each.range_of_motion is None else each.range_of_motion
            # Converted first: half a repetition would shift all that follow.
            self.numbers.extend(array("d", (each.start, each.turn, each.end, each.peak, measured)))
            self.exercises.append(each.exercise)

    def copied(self, length: int) -> _Store:
        copy = _Store()
        copy.exercises, copy.numbers = self.exercises[:length], self.numbers[: length * _NUMBERS]
        return copy

    def at(self, index: int) -> Repetition:
        start, turn, end, peak, measured = self.numbers[index * _NUMBERS : (index + 1) * _NUMBERS]
        return Repetition(self.exercises[index], start, turn, end, peak, None if isnan(measured) else measured)
