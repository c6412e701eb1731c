"""Recordings that are counted in the background: what a page shows meanwhile, and at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from posecount.counting.holds import minutes
from posecount.datasets.dataset import exercise_label
from posecount.ui.markdown import plain
from posecount.video.job import RecordingJob
from posecount.video.queue import RecordingQueue


class Visitor:
    """Stands for one browser session; it goes with it."""


@st.cache_resource
def recordings() -> RecordingQueue:
    """The recordings of all visitors of this server."""
    return RecordingQueue()


def visitor() -> Visitor:
    """Who asks: one object per browser session."""
    known: Visitor = st.session_state.setdefault("video_visitor", Visitor())
    return known


def status(job: RecordingJob) -> str:
    """How far a job is, or what it counted, in a few words."""
    if job.running:
        return "Waiting" if job.waiting else "Counting…"
    if job.result is None:
        return "Cancelled" if job.error is None else "Not counted"
    seen = [f"{amount} {exercise_label(name)}" for name, amount in _done(job.result.counts, job.result.seconds).items()]
    return (", ".join(seen) or "Nothing counted") + (" (in part)" if job.result.broke_off else "")


@st.fragment(run_every=1.0)
def follow(jobs: Sequence[RecordingJob], shown: Sequence[str]) -> None:
    """Rerun the page once the status of a job is not the one that is shown."""
    if [status(job) for job in jobs] != list(shown):
        st.rerun()


def _done(counts: Mapping[str, int], seconds: Mapping[str, float]) -> dict[str, int | str]:
    """The exercises that were counted or held, with how many or how long."""
    done: dict[str, int | str] = {name: count for name, count in counts.items() if count}
    return done | {name: minutes(held) for name, held in seconds.items() if held}


def show_done(counts: Mapping[str, int], seconds: Mapping[str, float]) -> bool:
    """Show the exercises that were counted or held; return whether there are any."""
    done = _done(counts, seconds)
    for name, amount in done.items():
        st.metric(exercise_label(name), amount)
    return bool(done)


@st.fragment(run_every=0.5)
def show_running(job: RecordingJob) -> None:
    """Progress, a preview, the counts so far and a cancel button; the page reruns at the end."""
    if not job.running:
        st.rerun()
    progress = job.progress
    if progress is None:
        st.progress(0.0, text="Waiting for another video to finish…" if job.waiting else "Starting…")
    else:
        words = f"Frame {progress.done} of {progress.total or 'unknown'}, {progress.fps:.0f} frames per second"
        if progress.seconds_left is not None:
            words += f", {minutes(round(progress.seconds_left))} left"
        st.progress(min(progress.done / (progress.total or progress.done), 1.0), text=words)
    st.button(
        "Cancel",
        icon=":material/stop:",
        disabled=job.cancelled,
        help="Stops counting. What was counted so far is kept.",
        on_click=job.cancel,
    )
    left, right = st.columns([2, 1], gap="medium")
    if job.preview:
        left.image(job.preview, width="stretch", alt="The frame that is being counted")
    if progress:
        with right:
            show_done(progress.counts, progress.seconds)
    st.caption("You can close this window: counting continues. Choose the same files again to see the results.")


def show_end(job: RecordingJob, key: str) -> None:
    """Say if only a part was counted or drawn, and offer to count again."""
    if job.unannotated:
        st.warning(plain(job.unannotated))
    if job.result and job.result.broke_off:
        st.warning(plain(f"Counted only in part: {job.result.broke_off}. Results cover the video up to that point."))
    if (job.error or job.cancelled) and st.button("Count again", icon=":material/replay:"):
        recordings().forget(key)
        st.rerun()
