"""The numbers beside a live video."""

from __future__ import annotations

import streamlit as st

from posecount.datasets.dataset import exercise_label
from posecount.live.session import LiveSession
from posecount.live.state import LiveSnapshot, Status
from posecount.ui.live.stream import leave_clip

_REFRESH_S = 0.5
"""Twice a second: a repetition takes longer, and each refresh costs the browser and the server a little."""
_REFRESH_CROWDED_S = 1.0
"""On a crowded server, what the pages cost is taken from the frames."""
_REFRESH_TABLE_S = 2.0
"""The table costs as much as everything else beside the video, and more with each repetition."""


def show_numbers(session: LiveSession, playing: bool) -> None:
    """Show counts, state, pace and repetitions; they refresh automatically while the stream plays."""
    every = _REFRESH_CROWDED_S if session.capacity.is_crowded else _REFRESH_S
    st.fragment(_numbers, run_every=every if playing else None)(session)
    st.fragment(_repetitions, run_every=_REFRESH_TABLE_S if playing else None)(session)


def _numbers(session: LiveSession) -> None:
    if session.status() == "stalled":
        session.capacity.release_unused()  # this session's place may be one of them, and then the stream has ended
    status, snapshot = session.status(), session.snapshot
    if status == "ended" and st.session_state.get("clip"):
        leave_clip("The clip has ended. The count stays until you reset it.")
        st.rerun()
    labels = {exercise.name: exercise.label for exercise in session.settings.classifier.dataset.exercises}
    # Exercises of another dataset that were counted before stay too.
    labels |= {name: exercise_label(name) for name, count in snapshot.counts.items() if count and name not in labels}
    with st.container(horizontal=True):
        for name, label in labels.items():
            st.metric(label, snapshot.counts.get(name, 0), border=True)
    _show_state(status, snapshot)
    if snapshot.frames:
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
        st.caption(str(result.reason or counting))


def _repetitions(session: LiveSession) -> None:
    repetitions = session.snapshot.repetitions
    if not repetitions:
        return
    st.dataframe(
        [
            {
                "#": number,
                "Exercise": exercise_label(repetition.exercise),
                "Start": f"{int(repetition.start) // 60}:{repetition.start % 60:04.1f}",
                "Duration": f"{repetition.duration:.1f} s",
            }
            for number, repetition in reversed(list(enumerate(repetitions, start=1)))
        ],
        hide_index=True,
    )
