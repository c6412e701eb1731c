"""A workout from a recorded video."""

from __future__ import annotations

import uuid
from dataclasses import replace

from posecount.counting.holds import Hold
from posecount.history.records import RecordedRepetition, RecordedSet, Workout
from posecount.history.sets import SetSplitter
from posecount.video.recording import Recording


def workout_of(recording: Recording, recorded_at: float, time_zone: str, dataset: str = "") -> Workout | None:
    """The repetitions and holds of a recording as a workout; None if there are none.

    The same file, counted in the same way, gives the same key, so that saving it twice doubles nothing.

    Args:
        recording: what was counted.
        recorded_at: when the recording ended, in seconds since 1970, UTC; of a file, when it was last changed.
        time_zone: where the person was, as an IANA name.
        dataset: what counted.
    """
    begin = recorded_at - recording.duration
    splitter = SetSplitter()
    sets: dict[int, RecordedSet] = {}
    counted = 0
    for each in recording.in_order:
        if isinstance(each, Hold):
            splitter.close()
            number = splitter.take(each.exercise, each.start, each.end)
            splitter.close()
            started, ended = begin + each.start, begin + each.end
            sets[number] = RecordedSet(number, each.exercise, "hold", started, ended, seconds=each.seconds)
            continue
        counted += 1
        number = splitter.take(each.exercise, each.start, each.end)
        entry = RecordedRepetition(
            f"r{counted}", begin + each.end, each.duration, each.turn - each.start, each.range_of_motion
        )
        known = sets.get(number) or RecordedSet(number, each.exercise, "repetitions", begin + each.start, entry.ended)
        sets[number] = replace(known, ended=entry.ended, repetitions=(*known.repetitions, entry))
    if not sets:
        return None
    name = recording.source.name if recording.source else ""
    what = f"{name} {recorded_at:.3f} {recording.duration:.3f} {recording.profile} {dataset}"
    return Workout(
        uuid.uuid5(uuid.NAMESPACE_URL, what).hex,
        min(each.started for each in sets.values()),
        max(each.ended for each in sets.values()),
        time_zone,
        dataset,
        profile=recording.profile,
        source="video",
        name=name[:200],
        sets=tuple(sets.values()),
    )
