"""The choices in the sidebar: dataset, model, profile, thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import streamlit as st

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import exercises_of
from posecount.counting.settings import DEFAULT_PROFILE, PROFILES, Profile, Settings
from posecount.datasets.dataset import PoseDataset, exercise_label
from posecount.datasets.folder import METADATA_FILE
from posecount.datasets.statistics import advice
from posecount.datasets.workspace import STARTER
from posecount.errors import DatasetError
from posecount.live.state import LiveSettings
from posecount.tracking.browser import find_browser_files
from posecount.tracking.download import FetchProgress
from posecount.tracking.model import model_path
from posecount.tracking.variant import Variant
from posecount.ui.access import workspace
from posecount.ui.current_dataset import choose_dataset
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered

PROFILE_LABELS: dict[str, str] = {"robust": "Robust", "colab": "Colab", "mlkit": "ML Kit", "any": "Any exercise"}
"""What people read for each profile."""
_VARIANTS: dict[str, str] = {"lite": "Lite: fastest", "full": "Full", "heavy": "Heavy: most accurate"}


def choose_live_settings() -> LiveSettings:
    """Show the sidebar's widgets; return the choices, with dataset and model loaded.

    Raises:
        PosecountError: if the dataset or the model cannot be used; the message is for people.
    """
    classifier = choose_classifier()
    variant = choose_variant()
    profile = choose_profile()
    mirror = bool(remembered(st.toggle, "mirror", True, label="Mirror the video"))
    counting = choose_thresholds(profile, classifier)
    exercises = choose_exercises(profile, classifier)
    st.caption("Changes take effect immediately, even while the camera runs.")
    return LiveSettings(load_model(variant), classifier, profile, counting, mirror, exercises)


def choose_classifier() -> PoseClassifier:
    """Choose a dataset; return its classifier.

    Raises:
        DatasetError: if it cannot be used.
    """
    mine = workspace()
    name = choose_dataset(mine)
    if name is None:
        raise DatasetError("There is no dataset. Try: create one on the Dataset page.")
    classifier = load_classifier(mine.folder(name))
    if name == STARTER:  # no one can add to it, and it has what it needs
        return classifier
    if words := advice(Counter(classifier.dataset.labels)):
        st.info("\n".join(f"- {plain(line)}" for line in words), icon=":material/add_a_photo:")
    return classifier


def chosen_variant() -> Variant:
    """The variant of the pose model that is chosen at present, on whatever page."""
    variant: Variant = st.session_state.get("kept_variant", "full")
    return variant


def choose_variant() -> Variant:
    """Choose a variant of the pose model."""
    variant: Variant = remembered(
        st.selectbox,
        "variant",
        "full",
        label="Pose model",
        options=get_args(Variant),
        format_func=_VARIANTS.get,
        help="Lite is for slow machines. Of 12 clips it counts 11 exactly and one within one; Full counts all 12.",
    )
    return variant


def choose_profile() -> Profile:
    """Choose a counting profile."""
    profile: Profile = remembered(
        st.selectbox,
        "profile",
        DEFAULT_PROFILE,
        label="Counting profile",
        options=(*PROFILES, "any"),
        format_func=PROFILE_LABELS.get,
        help="Robust counts complete repetitions of what the dataset knows, at any frame rate. Colab and ML Kit count "
        "exactly like Google's published programs. Any exercise counts whatever you repeat, without a dataset.",
    )
    return profile


def choose_thresholds(profile: Profile, classifier: PoseClassifier) -> Settings:
    """Choose the profile's thresholds, in an expander."""
    defaults = Settings()
    if profile == "any":
        return defaults  # it has none: it follows the person's own movement
    with st.expander("Thresholds"):
        leave, enter = remembered(
            st.slider,
            "thresholds",
            (defaults.exit_threshold, defaults.enter_threshold),
            label="Confidence thresholds",
            min_value=0.0,
            max_value=10.0,
            step=0.5,
            help="A pose starts above the upper value and ends below the lower one."
            + (
                " They decide on holds and single repetitions; sets follow your own rhythm."
                if profile == "robust"
                else ""
            ),
        )
        if profile != "robust":
            return Settings(enter_threshold=enter, exit_threshold=leave)
        motion = remembered(
            st.slider,
            "range_of_motion",
            defaults.range_of_motion,
            label="Range of motion",
            min_value=0.0,
            max_value=1.0,
            step=0.05,
            help="How far each repetition must go, from the rest position (0) to the turning point (1).",
        )
        st.caption(
            f"A pose further than {classifier.unknown_distance_:.1f}% of the body size from every sample is unknown "
            "and does not count. This limit comes from how much the dataset's samples differ."
        )
    return Settings(enter_threshold=enter, exit_threshold=leave, range_of_motion=motion)


def choose_exercises(profile: Profile, classifier: PoseClassifier) -> frozenset[str] | None:
    """Choose what to count; None for all exercises of the dataset."""
    if profile == "any":
        return None
    counted, held = exercises_of(classifier, profile)
    chosen = remembered(
        st.multiselect,
        "what_to_count",
        [],
        label="What to count",
        options=[each.name for each in (*counted, *held)],
        format_func=exercise_label,
        placeholder="All",
        help="Choose what you are going to do, and nothing else counts.",
    )
    return frozenset(chosen) or None


def load_classifier(path: Path) -> PoseClassifier:
    """The classifier of a dataset, shared by all sessions until the files change.

    Raises:
        DatasetError: if the dataset cannot be used.
    """
    return _load_classifier(str(path), _version(path))


@st.cache_resource(max_entries=16, show_spinner="Learning from the dataset…")
def _load_classifier(path: str, version: tuple[tuple[str, int, int], ...]) -> PoseClassifier:
    classifier = PoseClassifier(PoseDataset.load(path))
    # Otherwise the first frame of a stream would wait for this, and a stream ends after ten seconds without a frame.
    classifier.learn()
    return classifier


def _version(path: Path) -> tuple[tuple[str, int, int], ...]:
    try:
        files = [*path.glob("*.csv"), *path.glob(METADATA_FILE)] if path.is_dir() else [path]
        stats = [(file.name, file.stat()) for file in sorted(files)]
    except (OSError, ValueError):  # loading says what is wrong
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def load_model(variant: Variant) -> Path:
    """Path of the pose model, downloaded with a progress bar if it is missing: a stream cannot wait for it.

    Raises:
        ModelError: if the model is neither here nor available for download.
    """
    # Not st.cache_resource: a cached function cannot show progress.
    models: dict[str, Path] = st.session_state.setdefault("models", {})
    if variant not in models or not models[variant].is_file():
        models[variant] = _fetch(lambda show: model_path(variant, progress=show))
    return models[variant]


def load_browser_files() -> None:
    """See that the files are here with which browsers track; a progress bar shows where they are downloaded.

    Raises:
        ModelError: if they are neither here nor available for download.
    """
    _fetch(find_browser_files)


def _fetch(find: Callable[[FetchProgress], Path]) -> Path:
    place = st.empty()

    def show(what: str, done: int, total: int | None) -> None:
        size = f": {done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else ""
        place.progress(min(done / total, 1.0) if total else 0.0, text=f"Downloading {what}{size}")

    try:
        return find(show)
    finally:
        place.empty()
