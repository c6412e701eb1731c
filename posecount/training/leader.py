"""PlanLeader: leads through a plan, set by set, by what a session counts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from posecount.counting.holds import Hold
from posecount.counting.repetitions import Repetition
from posecount.training.phrases import exercise_in, phrase
from posecount.training.plan import Due, Plan
from posecount.training.standing import SetDone, Standing, State

GET_READY_S = 5.0
"""Seconds from START to the first set, or to what counts without a plan."""
_OTHER_FOR_S = 4.0
"""Seconds for which it is said that something else was done than what is due."""


class PlanLeader:
    """Leads one session through a plan. Threads may share it. Time is that of the session's frames.

    Args:
        plan: what to do.
        get_ready_s: seconds before the first set.
        language: in which it speaks, one of `posecount.training.phrases.LANGUAGES`.
    """

    def __init__(self, plan: Plan, get_ready_s: float = GET_READY_S, language: str = "en") -> None:
        self.plan = plan
        self._sets = plan.sets()
        self._get_ready_s = get_ready_s
        self._language = language
        self._lock = threading.Lock()
        self._index = 0
        self._state: State = "ready"
        self._paused_in: State = "ready"
        self._now: float | None = None
        self._until = 0.0  # end of getting ready, of the rest, or of a set by the clock
        self._paused_at = 0.0
        self._begun = 0.0  # of the set in progress
        self._taken = 0  # repetitions of the session that were looked at
        self._count = 0
        self._held = 0.0  # seconds of holds of this set that have ended
        self._hold: Hold | None = None
        self._extra = 0  # repetitions more than the target, as the person asked
        self._last = (0, 0.0, 0)  # repetitions, seconds and extra of the set that ended last
        self._done: dict[int, SetDone] = {}  # by index of the set
        self._first: float | None = None  # when the first set began
        self._ended: float | None = None  # when the plan was done
        self._other: tuple[str, float] | None = None
        self._said_seconds = 0
        self._unsaid: list[str] = []  # what came up between two frames
        self._standing = Standing("ready", self._sets[0], sets=len(self._sets))

    @property
    def standing(self) -> Standing:
        """The newest standing."""
        return self._standing

    @property
    def target(self) -> int | None:
        """Repetitions or seconds of the set in progress."""
        due = self._due
        return None if due is None or due.target is None else due.target + self._extra

    def follow(self, repetitions: Sequence[Repetition], hold: Hold | None, now: float) -> Standing:
        """Take in what a session publishes after a frame.

        Args:
            repetitions: all of the session's so far.
            hold: the one in progress.
            now: seconds of the session's streams.
        """
        with self._lock:
            spoken, self._unsaid = self._unsaid, []
            if self._now is None:
                self._until = now + self._get_ready_s
                self._taken = len(repetitions)
                spoken.append(self._phrase("get ready", what=self._words(self._sets[0])))
            self._now = now
            self._taken = min(self._taken, len(repetitions))  # the counts were reset
            new, self._taken = repetitions[self._taken :], len(repetitions)
            if self._state == "working":
                self._work(new, hold, now, spoken)
            elif self._state in ("ready", "resting"):
                self._wait(now, spoken)
            if self._other and now - self._other[1] > _OTHER_FOR_S:
                self._other = None
            self._publish(spoken)
            return self._standing

    def skip(self) -> None:
        """Leave out the rest in progress, or what is left of the set."""
        with self._lock:
            if self._state in ("ready", "resting"):
                self._until = self._now or 0.0
            elif self._state == "working":
                self._end_set(self._unsaid)
            self._publish([])

    def one_more(self) -> None:
        """Do one repetition, or ten seconds, more than the plan says; while resting, in the set that has just ended."""
        with self._lock:
            if self._state == "resting" and self._index:
                self._index -= 1
                done = self._sets[self._index]
                self._state = "working"
                self._count, self._held, self._extra = self._last
                self._begun = self._now or 0.0
            else:
                done = self._due or self._sets[-1]
            self._extra += 10 if done.kind == "hold" else 1
            self._publish([])

    def correct(self, exercise: str, by: int, is_listed: bool = False) -> None:
        """A repetition that was counted was none, or one was missed.

        Args:
            exercise: which.
            by: -1 or 1.
            is_listed: whether it comes back among the session's repetitions, and is not to be counted as a new one.
        """
        with self._lock:
            due = self._due
            self._taken += is_listed
            if self._is_in_set and due and due.exercise == exercise:
                self._count = max(self._count + by, 0)
            elif self._done and self._done[max(self._done)].exercise == exercise:  # while they rest, or are done
                last = self._done[max(self._done)]
                self._done[max(self._done)] = replace(last, amount=max(last.amount + by, 0))
                self._last = max(self._last[0] + by, 0), *self._last[1:]
            self._publish([])

    def stop(self) -> None:
        """End the plan here."""
        with self._lock:
            if self._is_in_set:
                self._keep()
            self._state = "done"
            self._publish([])

    def pause(self) -> None:
        """Stand still until `resume`: no time runs down, and nothing counts."""
        with self._lock:
            if self._state not in ("paused", "done"):
                self._paused_in, self._state = self._state, "paused"
                self._paused_at = self._now or 0.0
                self._unsaid.append(self._phrase("paused"))
                self._publish([])

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._lock:
            if self._state == "paused":
                self._state = self._paused_in
                self._until += (self._now or 0.0) - self._paused_at
                self._unsaid.append(self._phrase("resumed"))
                self._publish([])

    @property
    def _due(self) -> Due | None:
        return self._sets[self._index] if self._index < len(self._sets) and self._state != "done" else None

    @property
    def _is_in_set(self) -> bool:
        return self._state == "working" or (self._state == "paused" and self._paused_in == "working")

    def _wait(self, now: float, spoken: list[str]) -> None:
        left = self._until - now
        if left <= 0:
            self._state = "working"
            self._begun = now
            self._first = now if self._first is None else self._first
            self._count, self._held, self._extra, self._hold = 0, 0.0, 0, None
            due = self._sets[self._index]
            if due.work_s is not None:
                self._until = now + due.work_s
            self._said_seconds = 0
            spoken.append(self._phrase("begin", what=self._words(due)))
        elif left <= 3.05 and 0 < round(left) != self._said_seconds:
            self._said_seconds = round(left)
            spoken.append(str(self._said_seconds))

    def _work(self, new: Sequence[Repetition], hold: Hold | None, now: float, spoken: list[str]) -> None:
        due = self._sets[self._index]
        for each in new:
            if due.kind == "repetitions" and each.exercise == due.exercise and each.end > self._begun:
                self._count += 1
                spoken.append(self._number())
            elif each.exercise != due.exercise:
                self._other = each.exercise, now
                done = exercise_in(self._language, each.exercise)
                spoken.append(self._phrase("other", done=done, due=self._label(due)))
        if due.kind == "hold":
            self._follow_hold(due, hold)
        target = self.target
        if target is not None:
            is_over = self._seconds >= target if due.kind == "hold" else self._count >= target
        else:
            is_over = now >= self._until
        if is_over:
            self._end_set(spoken)

    def _follow_hold(self, due: Due, hold: Hold | None) -> None:
        before, self._hold = self._hold, hold if hold and hold.exercise == due.exercise else None
        if before and not before.goes_on_in(self._hold):
            self._held += self._of_this_set(before)

    def _of_this_set(self, hold: Hold) -> float:
        return max(hold.end - max(hold.start, self._begun), 0.0)

    @property
    def _seconds(self) -> float:
        return self._held + (self._of_this_set(self._hold) if self._hold else 0.0)

    def _number(self) -> str:
        left = (self.target or 0) - self._count
        is_near = self.target and left == 3 and self.target > 5
        return self._phrase("last three", number=self._count) if is_near else str(self._count)

    def _keep(self) -> None:
        due = self._sets[self._index]
        held = due.kind == "hold"
        self._done[self._index] = SetDone(due.exercise, held, int(self._seconds) if held else self._count)

    def _end_set(self, spoken: list[str]) -> None:
        done = self._sets[self._index]
        self._keep()
        self._last = self._count, self._seconds, self._extra
        self._index += 1
        self._hold = None
        # The last number and what comes next are one utterance: of two, only one would be heard.
        number = f"{spoken.pop()}. " if spoken and spoken[-1] == self._number() else ""
        if self._index == len(self._sets):
            self._state = "done"
            spoken.append(number + self._phrase("plan done"))
            return
        self._state = "resting"
        self._until = (self._now or 0.0) + done.rest_s
        self._said_seconds = 0
        key, what = "rest" if done.rest_s else "next", self._words(self._sets[self._index])
        spoken.append(number + self._phrase(key, seconds=done.rest_s, what=what))

    def _publish(self, spoken: list[str]) -> None:
        due = self._due
        working, is_done, now = self._is_in_set, self._state == "done", self._now or 0.0
        if is_done and self._ended is None:
            self._ended = now
        running = self._state in ("ready", "resting") or (due is not None and due.work_s is not None)
        left = max(self._until - now, 0.0) if running and not is_done and self._now is not None else None
        if due and self.target is not None and working:
            due = replace(due, target=self.target)
        self._standing = Standing(
            self._state,
            due,
            self._count if working else 0,
            self._seconds if working else 0.0,
            left,
            self._other[0] if self._other else None,
            self._index,
            len(self._sets),
            tuple(spoken),
            tuple(each for _, each in sorted(self._done.items()) if each.amount),
            None if self._ended is None or self._first is None else self._ended - self._first,
        )

    def _phrase(self, key: str, **values: object) -> str:
        return phrase(key, self._language, **values)

    def _label(self, due: Due) -> str:
        name = exercise_in(self._language, due.exercise)
        return name[:1].upper() + name[1:]

    def _words(self, due: Due) -> str:
        seconds = due.work_s if due.work_s is not None else due.target if due.kind == "hold" else None
        number, key = (due.target, "repetitions") if seconds is None else (seconds, "seconds")
        return self._phrase(key, number=number, exercise=exercise_in(self._language, due.exercise))
