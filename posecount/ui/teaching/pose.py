"""Adding poses from the live stream to a class: one, or a burst of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from posecount.datasets.records import NewSample
from posecount.datasets.workspace import STARTER
from posecount.errors import PosecountError
from posecount.ingest.burst import PATIENCE_S, PoseBurst
from posecount.live.session import LiveSession
from posecount.ui.access import workspace
from posecount.ui.current_dataset import current_dataset
from posecount.ui.datasets.classes import choose_class
from posecount.ui.live.device.pictures import agree_to_pictures
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered

_COUNTS, _DELAYS = (1, 5, 10), (0, 3, 10)
_BURST, _SAID = "pose_burst", "pose_added"
"""Session state: the burst that is not stored yet, and what to say about the last one."""


@dataclass(frozen=True, slots=True)
class _Burst:
    """Poses on their way into a class, wherever the person goes meanwhile."""

    poses: PoseBurst
    dataset: str
    class_name: str


def show_pose_adding(session: LiveSession, playing: bool) -> None:
    """Add poses from the stream, with their pictures, to a class of the current dataset."""
    said: tuple[bool, str] | None = st.session_state.pop(_SAID, None)
    burst: _Burst | None = st.session_state.get(_BURST)
    with st.expander("Add this pose to a class", icon=":material/add_a_photo:", expanded=bool(said or burst)):
        if said:
            (st.success if said[0] else st.warning)(plain(said[1]))
        if burst:
            st.fragment(_show_burst, run_every=0.5 if playing else None)(session, burst, playing)
            return
        name = current_dataset()
        if name is None or name == STARTER:
            st.info(
                "The starter dataset is read-only. Choose a dataset of your own, or duplicate it on the Dataset page."
            )
            return
        try:
            _show_choices(session, name, playing)
        except PosecountError as error:
            st.error(plain(str(error)))


def _show_choices(session: LiveSession, dataset: str, playing: bool) -> None:
    label = choose_class(workspace().open(dataset), "live_class")
    count = _choose("How many", "live_count", 1, _COUNTS, _count_words)
    delay = _choose("When", "live_delay", 3, _DELAYS, _delay_words)
    agreed = agree_to_pictures("pose")
    button = "Add the pose" if count == 1 else f"Add {count} poses, one a second"
    if st.button(button, disabled=not (playing and label and agreed)) and label:
        burst = _Burst(PoseBurst(count, delay), dataset, label)
        st.session_state[_BURST] = burst
        session.record(burst.poses)
        st.rerun()


def _choose(label: str, key: str, default: int, options: tuple[int, ...], words: object) -> int:
    chosen: int = remembered(
        st.segmented_control, key, default, label=label, options=options, format_func=words, required=True
    )
    return chosen


def _show_burst(session: LiveSession, burst: _Burst, playing: bool) -> None:
    """What the burst waits for; at its end its poses are stored, and the page reruns so that they count."""
    if playing and not burst.poses.full:
        st.info(burst.poses.message or "Get ready", icon=":material/timer:")
        st.button("Stop", icon=":material/stop:", on_click=burst.poses.stop, key="stop_burst")
        return
    burst.poses.stop()
    try:
        said = _store(burst)
    except PosecountError as error:
        st.error(plain(str(error)))
        with st.container(horizontal=True):
            st.button("Try again", icon=":material/refresh:", key="store_burst")
            st.button("Discard the poses", icon=":material/delete:", key="drop_burst", on_click=_forget)
        return
    session.record(None)
    _forget()
    st.session_state[_SAID] = said
    st.rerun()


def _store(burst: _Burst) -> tuple[bool, str]:
    """Store the poses; return whether there were any, and what to say."""
    taken = burst.poses.taken
    if not taken:
        return False, f"No person was in frame for {PATIENCE_S:.0f} seconds, or the stream ended. Nothing was added."
    now = f"{datetime.now():%Y%m%d-%H%M%S}"
    workspace().open(burst.dataset).add(
        NewSample(burst.class_name, f"live-{now}-{number}.jpg", pose.landmarks, pose.visibility, image=picture)
        for number, (pose, picture) in enumerate(taken, 1)
    )
    what = "Added" if burst.poses.count == 1 else f"{len(taken)} of {burst.poses.count} poses were added"
    return True, f"{what} to {burst.class_name}."


def _forget() -> None:
    st.session_state.pop(_BURST, None)


def _count_words(count: int) -> str:
    return "one pose" if count == 1 else f"{count} poses"


def _delay_words(seconds: int) -> str:
    return f"in {seconds} seconds" if seconds else "now"
