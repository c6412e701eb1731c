"""What a device is told about the training that goes on, and what it may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import ceil
from typing import Any

from posecount.datasets.dataset import exercise_label
from posecount.live.session import LiveSession
from posecount.live.trainer import Trainer
from posecount.training.plan import Due


def training_of(trainer: Trainer) -> Mapping[str, Any]:
    """Where the person stands, as JSON types that change at most once a second but for the count.

    Returns:
        ``state``: that of `posecount.training.standing.Standing`, or ``free``, or ``paused``. While something runs
        down, ``left`` (seconds, or None). In a plan also ``label``, ``set`` and ``of``, ``count``, ``target`` and
        ``held`` (whether these are seconds), and ``next``. Once it is done ``summary``, lines of what was done.
    """
    standing = trainer.standing
    if standing is None:
        if trainer.paused_by:
            return {"state": "paused"}
        return {"state": "free"} if trainer.ready_s is None else {"state": "ready", "left": ceil(trainer.ready_s)}
    due, left = standing.due, standing.remaining_s
    told: dict[str, Any] = {"state": standing.state, "left": None if left is None else ceil(left)}
    if due:
        held = due.kind == "hold"
        told |= {
            "label": exercise_label(due.exercise),
            "set": due.number,
            "of": due.of,
            "count": int(standing.seconds) if held else standing.count,
            "target": due.target,
            "held": held,
            "next": _words(due) if standing.state in ("ready", "resting") else None,
        }
    else:
        told["summary"] = list(standing.summary)
    return told


def _words(due: Due) -> str:
    label = exercise_label(due.exercise)
    seconds = due.work_s if due.work_s is not None else due.target if due.kind == "hold" else None
    return f"{label}, {seconds} s" if seconds is not None else f"{due.target} {label}"


def act_of(session: LiveSession, command: str) -> Callable[[], object] | None:
    """What a page's command does; None for one that is unknown. Where it means nothing now, it does nothing."""
    trainer, leader, corrector = session.trainer, session.trainer.leader, session.trainer.corrector
    acts: dict[str, Callable[[], object]] = {
        "pause": trainer.pause,
        "resume": trainer.resume,
        "skip": leader.skip if leader else _nothing,
        "one more": leader.one_more if leader else _nothing,
        "none": corrector.none if corrector else _nothing,
        "missed": corrector.missed if corrector else _nothing,
        "undo": corrector.undo if corrector else _nothing,
        "view opened": partial(_show_apart, trainer, True),
        "view closed": partial(_show_apart, trainer, False),
    }
    return acts.get(command)


def _show_apart(trainer: Trainer, is_apart: bool) -> None:
    trainer.is_shown_apart = is_apart


def _nothing() -> None:
    """There is no plan that could be changed, or no corrector."""
