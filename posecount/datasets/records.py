"""What a dataset store gives and takes: samples, actions, pictures that gave no sample."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Self

from posecount.pose import FloatArray


@dataclass(frozen=True, slots=True, order=True)
class SampleId:
    """A sample of a dataset: its class and its image's name (a name even where it has no image)."""

    class_name: str
    name: str

    def __str__(self) -> str:
        return f"{self.class_name}/{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class NewSample:
    """A sample to add.

    Attributes:
        class_name: made safe by `posecount.names.safe_name`.
        name: for its image; made safe, and numbered where it is taken (``squat-2.jpg``).
        landmarks: float32 (33, 3), pixels of the image.
        visibility: float32 (33,), where known.
        image: the picture as an encoded file (JPEG, PNG or WebP, upright), or None.
        source: sha256 of the file it was made from, so that the file is recognised when it comes again.
    """

    class_name: str
    name: str
    landmarks: FloatArray
    visibility: FloatArray | None = None
    image: bytes | None = None
    source: str | None = None
    text: str | None = None
    """The 99 numbers as they stood in a CSV file, to be kept character for character."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A sample in the bin.

    Attributes:
        sample: where it was.
        number: its number in the bin.
        reason: why it was removed.
        landmarks, visibility: float32 (33, 3), pixels of the image, and (33,), NaN where unknown.
        image: the file of its image, or None.
    """

    sample: SampleId
    number: int
    reason: str
    landmarks: FloatArray = field(compare=False, repr=False)
    visibility: FloatArray = field(compare=False, repr=False)
    image: Path | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done to the dataset.

    Attributes:
        number: counts up.
        time: when, local time.
        kind: ``add``, ``relabel``, ``remove``, ``restore``, ``keep``, ``targets``, ``undo``, or ``align`` (edited by
            hand).
        words: for people, e.g. ``Moved 3 samples to squats_up``.
        undone: whether a later action has undone it.
    """

    number: int
    time: datetime
    kind: str
    words: str
    undone: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did.

    Attributes:
        count: how many samples went back.
        conflicts: sentences that say which did not, and why.
        targets: how many turning points went back.
    """

    count: int
    conflicts: tuple[str, ...]
    targets: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A picture that gave no sample. Its kind is ``no pose``, ``unreadable`` or ``too large``; its thumbnail a JPEG."""

    class_name: str
    name: str
    kind: str
    reason: str
    digest: str
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a picture that was looked at before: in words, and its sample, in the dataset or the bin."""

    words: str
    sample: SampleId | None


Place = Literal["dataset", "bin", "nowhere"]


@dataclass(frozen=True, slots=True)
class State:
    """Where a sample is."""

    place: Place
    class_name: str
    name: str
    kept: bool = False
    image: bool = False
    reason: str = ""

    def to_json(self) -> str:
        return json.dumps((self.place, self.class_name, self.name, self.kept, self.image, self.reason))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(*json.loads(text))


class Record(NamedTuple):
    """A sample as the journal knows it."""

    id: int
    state: State
    digest: str | None


class Change(NamedTuple):
    """One sample's way from one state to another."""

    sample: int
    before: State
    after: State


class TargetChange(NamedTuple):
    """Another turning point for an exercise; None where the dataset names none."""

    exercise: str
    before: str | None
    after: str | None


def binned(state: State, reason: str) -> State:
    """The state of a sample that is taken out of the dataset."""
    return replace(state, place="bin", kept=False, reason=reason)


def count_of(count: int, thing: str) -> str:
    """``1 sample``, ``3 samples``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
