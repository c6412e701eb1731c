"""One workout: its sets with tempo and range of motion, and what can be corrected afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import fmean

import streamlit as st

from posecount.datasets.dataset import exercise_label
from posecount.history.fit import to_fit
from posecount.history.history import History
from posecount.history.records import RecordedRepetition, RecordedSet, Workout, zone
from posecount.ui.workouts.amounts import seconds_in_words
from posecount.ui.workouts.listing import OPENED, act

_SLOWED = 0.15
"""A change of pace within a set that is said. Pace over two repetitions is told to within a tenth or so."""


def show_workout(history: History, workout: Workout, exercises: Sequence[str]) -> None:
    """Show a workout, with its name, its note and its sets.

    Args:
        history: holds it.
        workout: with all its parts.
        exercises: those that a set can be corrected to.
    """
    begun = datetime.fromtimestamp(workout.started, zone(workout.time_zone))
    st.button("All workouts", icon=":material/arrow_back:", on_click=lambda: st.session_state.update({OPENED: None}))
    st.header(workout.name or f"{begun:%A, %d %B %Y}", anchor=False)
    details = [f"{begun:%d %B %Y, %H:%M}", seconds_in_words(workout.ended - workout.started)]
    details += [f"counted with {workout.dataset}"] if workout.dataset else []
    st.caption(" · ".join(details))
    for index, each in enumerate(workout.sets):
        _show_set(history, workout, each, workout.sets[index - 1].ended if index else None, exercises)
    key = workout.key
    with st.form(f"history_words_{key}", border=False):
        name = st.text_input("Name", workout.name, max_chars=200)
        note = st.text_area("Note", workout.note, max_chars=5000)
        if st.form_submit_button("Save", icon=":material/save:"):
            if name.strip() != workout.name:
                act("Saved.", lambda: history.rename(key, name))
            if note.strip() != workout.note:
                act("Saved.", lambda: history.annotate(key, note))
            st.rerun()
    with st.container(horizontal=True):
        st.download_button(
            "FIT file", lambda: to_fit(workout), f"workout-{workout.day}.fit", "application/octet-stream",
            icon=":material/watch:", on_click="ignore",
        )  # fmt: skip
        st.button(
            "Delete this workout", icon=":material/delete:", on_click=_delete, args=(history, key),
        )  # fmt: skip


def _show_set(
    history: History, workout: Workout, each: RecordedSet, before: float | None, exercises: Sequence[str]
) -> None:
    what = seconds_in_words(each.seconds) if each.kind == "hold" else str(each.count)
    goal = f" of {seconds_in_words(each.target) if each.kind == 'hold' else each.target}" if each.target else ""
    rest = f" · rest before: {seconds_in_words(each.started - before)}" if before is not None else ""
    repetitions = sorted(each.repetitions, key=lambda one: one.ended)  # the first of a set may be counted late
    with st.container(border=True):
        st.markdown(f"**{each.number}. {exercise_label(each.exercise)}: {what}{goal}**")
        st.caption(f"{seconds_in_words(each.ended - each.started)}{rest}{_trend(repetitions)}")
        if each.kind == "repetitions" and each.counted != each.count:
            st.caption(f"posecount counted {each.counted}; you corrected it to {each.count}.")
        with st.expander("Details and corrections"):
            if repetitions:
                st.dataframe(
                    _rows(repetitions), hide_index=True, height="content", alt=f"Repetitions of set {each.number}"
                )
            with st.container(horizontal=True, vertical_alignment="bottom"):
                if each.kind == "repetitions":
                    _show_count(history, workout, each)
                choices = sorted({*exercises, each.exercise})
                exercise = st.selectbox(
                    "Exercise", choices, choices.index(each.exercise), format_func=exercise_label, width=200,
                    key=f"history_exercise_{workout.key}_{each.number}_{each.exercise}",
                )  # fmt: skip
                if exercise != each.exercise:
                    act("Corrected.", lambda: history.set_exercise(workout.key, each.number, exercise))
                    st.rerun()
                st.button(
                    "Delete set", icon=":material/delete:", key=f"history_delete_{workout.key}_{each.number}",
                    on_click=act, args=("Deleted.", lambda: history.delete_set(workout.key, each.number)),
                )  # fmt: skip


def _show_count(history: History, workout: Workout, each: RecordedSet) -> None:
    count = st.number_input(
        "Repetitions", 0, 10_000, each.count, width=160,
        key=f"history_count_{workout.key}_{each.number}_{each.count}",
    )  # fmt: skip
    if count != each.count:
        act("Corrected.", lambda: history.set_count(workout.key, each.number, int(count)))
        st.rerun()


def _paces(repetitions: Sequence[RecordedRepetition]) -> list[float | None]:
    """Seconds from the end of the repetition before to that of each; None where either was corrected.

    Ends are told to within a fraction of a second. Where in a repetition the body turns is not, see docs/training.md.
    """
    befores = (None, *repetitions)[: len(repetitions)]
    return [
        each.ended - before.ended if before and before.status == each.status == "counted" else None
        for before, each in zip(befores, repetitions, strict=True)
    ]


def _trend(repetitions: Sequence[RecordedRepetition]) -> str:
    """Mean pace and range of a set, and whether it slowed down."""
    times = [each for each in _paces(repetitions) if each]
    ranges = [each.range_of_motion for each in repetitions if each.range_of_motion and each.status != "removed"]
    words = f" · {fmean(times):.1f} s a repetition" if times else ""
    if len(times) >= 6:
        third = len(times) // 3
        change = fmean(times[-third:]) / fmean(times[:third]) - 1
        words += (
            f", {abs(change):.0%} {'slower' if change > 0 else 'faster'} at the end" if abs(change) > _SLOWED else ""
        )
    words += f" · range of motion {min(fmean(ranges), 1):.0%}" if ranges else ""
    moved = [each for each in repetitions if each.degrees is not None and each.status != "removed"]
    return words + (f", {moved[0].joint} {fmean(each.degrees or 0 for each in moved):.0f}°" if moved else "")


def _rows(repetitions: Sequence[RecordedRepetition]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, (each, pace) in enumerate(zip(repetitions, _paces(repetitions), strict=True), start=1):
        rows.append(
            {
                "#": str(number),
                "After the one before": f"{pace:.1f} s" if pace is not None else "",
                "Range": _range(each),
                "Corrected": {"counted": "", "removed": "was none", "added": "was missed"}[each.status],
            }
        )
    if not any(row["Corrected"] for row in rows):
        for row in rows:  # it would not fit on a phone
            del row["Corrected"]
    return rows


def _range(each: RecordedRepetition) -> str:
    """``95% · 104°``, as far as it is known."""
    share = f"{each.range_of_motion:.0%}" if each.range_of_motion is not None else ""
    return " · ".join(word for word in (share, f"{each.degrees:.0f}°" if each.degrees is not None else "") if word)


def _delete(history: History, key: str) -> None:
    act("Deleted.", lambda: history.delete([key]))
    st.session_state[OPENED] = None
