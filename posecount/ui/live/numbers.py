"""The numbers beside a live video."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import streamlit as st

from posecount.counting.holds import Hold, minutes
from posecount.counting.repetitions import Repetition
from posecount.datasets.dataset import exercise_label
from posecount.history.recorder import WorkoutRecorder
from posecount.history.sets import LEAST_PAUSE_S
from posecount.live.server.refreshing import USUAL_S
from posecount.live.session import LiveSession
from posecount.live.state import LiveSnapshot, Status
from posecount.ui.live.plan import show_free_training
from posecount.ui.live.rows import show_rows
from posecount.ui.live.sets import show_sets
from posecount.ui.live.stream import leave_clip

_LISTED = 200
"""Repetitions that are listed, the last ones: the list is sent with each refresh."""


def show_numbers(session: LiveSession, recorder: WorkoutRecorder | None, playing: bool) -> None:
    """Show counts, state, pace, sets and repetitions; they refresh automatically while the stream plays.

    They do so less often where many pages play. Counts appear at once all the same, on the picture and as text below
    it: they come through the page's socket.

    In free training the button that pauses is among them: a fragment of its own would be run as often.
    """
    slowdown = session.capacity.next_slowdown()
    every_s = session.capacity.interval_s(session, USUAL_S, slowdown) if playing else None
    st.fragment(_show, run_every=every_s)(session, recorder, slowdown)


def _show(session: LiveSession, recorder: WorkoutRecorder | None, slowdown: int) -> None:
    if session.capacity.next_slowdown(slowdown) != slowdown:
        st.rerun()  # as the interval is that of the page's last run
    show_free_training(session.trainer)
    _numbers(session)
    if any(session.snapshot.counts.values()) or any(session.snapshot.seconds.values()):  # not after a reset
        show_sets(recorder)
    _repetitions(session)


def _numbers(session: LiveSession) -> None:
    if session.status() == "stalled":
        session.capacity.release_unused()  # this session's place may be one of them, and then the stream has ended
    status, snapshot = session.status(), session.snapshot
    if status == "ended" and st.session_state.get("clip"):
        leave_clip("The clip has ended. The count stays until you reset it.")
        st.rerun()
    numbers: dict[str, int | str] = {name: count for name, count in snapshot.counts.items() if count}
    numbers |= {name: minutes(seconds) for name, seconds in snapshot.seconds.items() if seconds}
    with st.container(horizontal=True):
        for name, number in numbers.items():
            st.metric(exercise_label(name), number, border=True)
    _show_state(status, snapshot)
    if status in ("live", "stalled") and snapshot.frames:
        st.caption(
            f"{snapshot.processed_rate:.0f} frames a second · {snapshot.processing_ms:.0f} ms a frame · "
            f"{snapshot.skipped} skipped"
        )


def _show_state(status: Status, snapshot: LiveSnapshot) -> None:
    if snapshot.refused:
        st.warning(snapshot.error or "")
    elif snapshot.error:
        st.error(
            f"A frame could not be processed: {snapshot.error.rstrip('.')}. The stream goes on. If this message stays, "
            "press STOP, then START."
        )
    if status == "stalled" and snapshot.frames:
        st.warning(
            "Stream stalled: no frame has been processed for three seconds. Press STOP, then START. If it stalls "
            "again, reload the page or choose the lite model, as the server may be too busy."
        )
    elif status == "stalled":
        st.warning(
            "Stream stalled: no picture has arrived yet. Press STOP, then START. A firewall or VPN may be blocking the "
            "video: see “Camera not working?” below it."
        )
    elif status == "ended":
        st.warning("The connection has ended. Press START to go on. Your counts are kept.")
    elif status == "waiting":
        st.info("Connecting…")
    elif status == "live" and snapshot.result:
        result = snapshot.result
        counting = f"In progress: {exercise_label(result.exercise).lower()}" if result.exercise else "Ready"
        if result.hold:
            counting = f"{exercise_label(result.hold.exercise)} {minutes(result.hold.seconds)}"
        st.caption(str(result.reason or counting))


def _repetitions(session: LiveSession) -> None:
    snapshot = session.snapshot
    if not (snapshot.repetitions or snapshot.holds):
        return
    with st.expander("Repetitions"):
        _list_repetitions(snapshot.repetitions, snapshot.holds)


def _list_repetitions(repetitions: Sequence[Repetition], holds: Sequence[Hold]) -> None:
    last = sorted(repetitions[-_LISTED - 1 :], key=lambda each: each.end)  # with the one before those that are listed
    befores = (None, *last)[: len(last)]
    done = [
        (each.end, each.exercise, each.start, _pace(each, before)) for each, before in zip(last, befores, strict=True)
    ]
    done += [(each.end, each.exercise, each.start, f"{minutes(each.seconds)} held") for each in holds[-_LISTED:]]
    shown = sorted(done)[: -_LISTED - 1 : -1]
    show_rows(
        [
            {
                "#": number,
                "Exercise": exercise_label(exercise),
                "Start": f"{int(start) // 60}:{start % 60:04.1f}",
                "After the one before": pace,
            }
            for number, (_, exercise, start, pace) in zip(count(len(repetitions) + len(holds), -1), shown, strict=False)
        ]
    )


def _pace(each: Repetition, before: Repetition | None) -> str:
    """Seconds from the end of the repetition before to that of this one, within a set.

    Those from its own start to its end would be a seventh too short: the start is told once the rest is left.
    """
    if before is None or before.exercise != each.exercise or each.start - before.end > LEAST_PAUSE_S:
        return ""
    return f"{each.end - before.end:.1f} s"
