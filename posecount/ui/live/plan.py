"""The plan that leads a live session: where the person stands, what is next, and the buttons that change it."""

from __future__ import annotations

import streamlit as st

from posecount.counting.holds import minutes
from posecount.datasets.dataset import exercise_label
from posecount.live.session import LiveSession
from posecount.live.trainer import Trainer
from posecount.training.leader import GET_READY_S
from posecount.training.phrases import language_of
from posecount.training.plan import Due
from posecount.training.standing import Standing
from posecount.ui.markdown import plain
from posecount.ui.plans.starting import plan_to_start
from posecount.ui.remembered import remembered

_GET_READY = "get_ready"
_REFRESH_S = 1.0
"""Once a second, where few pages play: a rest counts down."""


def begin_plan(session: LiveSession) -> None:
    """Lead the session through the plan that was chosen on the Plans page, if one was."""
    if plan := plan_to_start():
        session.trainer.lead(plan, float(st.session_state.get(f"kept_{_GET_READY}", GET_READY_S)))


def choose_training(session: LiveSession) -> None:
    """Choose how long to get ready after START, and whether the gesture pauses. It speaks the browser's language."""
    seconds = remembered(
        st.number_input, _GET_READY, int(GET_READY_S), label="Seconds to get ready", min_value=0, max_value=60,
        help="How long nothing counts after START, so that you can walk back. 0 counts at once.",
    )  # fmt: skip
    session.trainer.get_ready_s = 0.0 if st.session_state.get("clip") else float(seconds)
    session.trainer.language = language_of(st.context.locale)
    session.trainer.gesture_pauses = bool(remembered(
        st.toggle, "gesture", True, label="Pause by crossing your forearms",
        help="Cross your forearms before your chest for two seconds to pause, and again to go on.",
    ))  # fmt: skip


def show_plan(session: LiveSession, playing: bool) -> None:
    """Show the plan's standing and its buttons; nothing in free training."""
    if session.trainer.leader:
        every_s = session.capacity.interval_s(session, _REFRESH_S, session.capacity.next_slowdown())
        st.fragment(_show, run_every=every_s if playing else None)(session.trainer)


def show_free_training(trainer: Trainer) -> None:
    """Show the button that pauses, where there is no plan; call it in a fragment, as a gesture may pause too."""
    if trainer.leader is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            _show_pause(trainer)


def _show(trainer: Trainer) -> None:
    standing, leader = trainer.standing, trainer.leader
    if standing is None or leader is None:
        st.rerun()  # the plan was closed: what is shown instead is no part of this fragment
    with st.container(border=True, key="plan_standing"):
        st.markdown(f"**{plain(leader.plan.name)}**")
        st.markdown(f"### {state_words(standing)}")
        if standing.due and standing.state == "working" and standing.other:
            st.caption(f"This looks like {exercise_label(standing.other).lower()}. Due now: {_words(standing.due)}.")
        elif standing.due and standing.state in ("ready", "resting"):
            st.caption(f"Next: {_words(standing.due)}")
        st.progress(standing.sets_done / standing.sets, text=f"{standing.sets_done} of {standing.sets} sets")
        with st.container(horizontal=True):
            if standing.state == "done":
                st.markdown(plain(" · ".join(standing.summary)))
                st.button(
                    "Close the plan", icon=":material/check:", type="primary", on_click=trainer.lead, args=(None,)
                )
                return
            st.button("Skip", icon=":material/skip_next:", on_click=leader.skip)
            st.button("One more", icon=":material/exposure_plus_1:", on_click=leader.one_more)
            _show_pause(trainer)
            st.button("Stop here", icon=":material/stop:", on_click=leader.stop)


def _show_pause(trainer: Trainer) -> None:
    if trainer.paused_by:
        st.button("Go on", icon=":material/play_arrow:", type="primary", on_click=trainer.resume)
        if trainer.leader is None:
            st.caption("Paused: nothing counts.")
    else:
        st.button("Pause", icon=":material/pause:", on_click=trainer.pause)


def state_words(standing: Standing) -> str:
    """Where the person stands, in a line: ``Squats 2 / 3 · 7 of 10``."""
    due, left = standing.due, standing.remaining_s
    if standing.state == "done" or due is None:
        return "Done"
    if standing.state == "ready":
        return "Press START" if left is None else f"Get ready · {minutes(left)}"
    if standing.state == "resting":
        return f"Rest · {minutes(left or 0)}"
    which = f"{exercise_label(due.exercise)} {due.number} / {due.of}"
    done = f"{int(standing.seconds)}" if due.kind == "hold" else f"{standing.count}"
    unit = " s" if due.kind == "hold" else ""
    amount = f"{done} of {due.target}{unit}" if due.target is not None else f"{done}{unit}"
    clock = f" · {minutes(left)} left" if left is not None else ""
    paused = "Paused · " if standing.state == "paused" else ""
    return f"{paused}{which} · {amount}{clock}"


def _words(due: Due) -> str:
    label = exercise_label(due.exercise).lower()
    if due.work_s is not None:
        return f"{label}, {due.work_s} s"
    return f"{label}, {due.target} s" if due.kind == "hold" else f"{due.target} {label}"
