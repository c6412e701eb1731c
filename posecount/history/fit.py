"""A workout as a FIT file of strength-training sets, for watches' apps and training logs."""

from __future__ import annotations

from fit_tool.fit_file_builder import FitFileBuilder
from fit_tool.profile.messages.activity_message import ActivityMessage
from fit_tool.profile.messages.event_message import EventMessage
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.messages.lap_message import LapMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.set_message import SetMessage
from fit_tool.profile.profile_type import (
    Activity,
    Event,
    EventType,
    ExerciseCategory,
    FileType,
    Manufacturer,
    SetType,
    Sport,
    SubSport,
)

from posecount.history.records import Workout

_CATEGORIES = {
    "squats": ExerciseCategory.SQUAT,
    "pushups": ExerciseCategory.PUSH_UP,
    "situps": ExerciseCategory.SIT_UP,
    "lunges": ExerciseCategory.LUNGE,
    "side_lunges": ExerciseCategory.LUNGE,
    "jumping_jacks": ExerciseCategory.CARDIO,
    "high_knees": ExerciseCategory.CARDIO,
    "pullups": ExerciseCategory.PULL_UP,
    "curls": ExerciseCategory.CURL,
    "presses": ExerciseCategory.SHOULDER_PRESS,
    "deadlifts": ExerciseCategory.DEADLIFT,
    "front_raises": ExerciseCategory.LATERAL_RAISE,
    "planks": ExerciseCategory.PLANK,
    "wall_sits": ExerciseCategory.SQUAT,
}
"""The FIT profile's category of each exercise that ships; taught ones are unknown to it."""
_MOST_REPETITIONS = 65_534  # of 16 bits, whose last value means that there is none


def to_fit(workout: Workout) -> bytes:
    """The sets of a workout, with the rests between them, as a FIT activity."""
    started, ended = round(workout.started * 1000), round(workout.ended * 1000)
    builder = FitFileBuilder(auto_define=True, min_string_size=50)

    about = FileIdMessage()
    about.type = FileType.ACTIVITY
    about.manufacturer = Manufacturer.DEVELOPMENT.value
    about.product = 0
    about.serial_number = int(workout.key.encode().hex()[:7], 16)
    about.time_created = started
    builder.add(about)

    builder.add(_event(EventType.START, started))
    number = 0
    before: float | None = None
    for each in workout.sets:
        if before is not None and each.started > before:
            builder.add(_set(number, SetType.REST, before, each.started))
            number += 1
        active = _set(number, SetType.ACTIVE, each.started, each.ended)
        active.repetitions = min(each.count, _MOST_REPETITIONS)
        active.category = [_CATEGORIES.get(each.exercise, ExerciseCategory.UNKNOWN).value]
        active.category_subtype = [0]
        builder.add(active)
        number += 1
        before = each.ended
    builder.add(_event(EventType.STOP_ALL, ended))

    elapsed = (ended - started) / 1000
    lap = LapMessage()
    lap.timestamp, lap.start_time = ended, started
    lap.total_elapsed_time = lap.total_timer_time = elapsed
    builder.add(lap)
    session = SessionMessage()
    session.timestamp, session.start_time = ended, started
    session.total_elapsed_time = session.total_timer_time = elapsed
    session.sport, session.sub_sport = Sport.TRAINING, SubSport.STRENGTH_TRAINING
    session.first_lap_index, session.num_laps = 0, 1
    builder.add(session)
    activity = ActivityMessage()
    activity.timestamp = ended
    activity.total_timer_time = elapsed
    activity.num_sessions = 1
    activity.type = Activity.MANUAL
    builder.add(activity)
    return bytes(builder.build().to_bytes())


def _event(kind: EventType, moment: int) -> EventMessage:
    event = EventMessage()
    event.event, event.event_type, event.timestamp = Event.TIMER, kind, moment
    return event


def _set(number: int, kind: SetType, started: float, ended: float) -> SetMessage:
    message = SetMessage()
    message.message_index = number
    message.set_type = kind
    message.start_time = round(started * 1000)
    message.timestamp = round(ended * 1000)
    message.duration = ended - started
    return message
