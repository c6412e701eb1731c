"""Adding one pose from the live stream to a class."""

from __future__ import annotations

from datetime import datetime
from time import sleep

import streamlit as st

from posecount.datasets.records import NewSample
from posecount.datasets.workspace import STARTER
from posecount.errors import PosecountError
from posecount.jpeg import encode_jpeg
from posecount.live.session import LiveSession
from posecount.ui.access import workspace
from posecount.ui.current_dataset import current_dataset
from posecount.ui.datasets.classes import choose_class
from posecount.ui.markdown import plain


def show_pose_adding(session: LiveSession, playing: bool) -> None:
    """Add the pose in the latest frame, with its picture, to a class of the current dataset."""
    added = st.session_state.pop("pose_added", None)
    with st.expander("Add this pose to a class", icon=":material/add_a_photo:", expanded=bool(added)):
        if added:
            st.success(plain(added))
        name = current_dataset()
        if name is None or name == STARTER:
            st.info(
                "The starter dataset is read-only. Choose a dataset of your own, or duplicate it on the Dataset page."
            )
            return
        try:
            store = workspace().open(name)
            label = choose_class(store, "live_class")
            delay = st.segmented_control("When", (0, 3, 10), default=3, format_func=_delay_words, key="live_delay") or 0
            if st.button("Add the pose", disabled=not (playing and label)) and label:
                with st.spinner(f"Get into the pose: {_delay_words(delay)}"):
                    sleep(delay)
                frame = session.frame
                if frame is None:
                    st.warning("No person is in frame, so nothing was added.")
                    return
                image, pose = frame
                photo = f"live-{datetime.now():%Y%m%d-%H%M%S}.jpg"
                (sample,) = store.add(
                    [NewSample(label, photo, pose.landmarks, pose.visibility, image=encode_jpeg(image))]
                )
                st.session_state["pose_added"] = f"Added to {sample.class_name}."
                st.rerun()  # so that it counts at once
        except PosecountError as error:
            st.error(plain(str(error)))


def _delay_words(seconds: int) -> str:
    return f"in {seconds} seconds" if seconds else "now"
