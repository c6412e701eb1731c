"""The overlay: what it draws, at every size, at bounded cost."""

from dataclasses import replace

import numpy as np
import pytest

from posecount import FrameResult, Pose
from posecount.counting.holds import Hold
from posecount.counting.profiles import NO_PERSON, Reason
from posecount.datasets.dataset import Exercise
from posecount.drawing.overlay import HISTORY_S, Overlay, draw_message, draw_notice
from posecount.drawing.skeleton import draw_skeleton
from posecount.pose import LANDMARK, Image

SQUATS = Exercise("squats", "squats_down", ("squats_up",))
PLANKS = Exercise("planks", "planks_hold", ())
PUSHUPS = Exercise("pushups", "pushups_down", ("pushups_up",))
GREY = 120


def picture(width: int = 640, height: int = 480) -> Image:
    return np.full((height, width, 3), GREY, dtype=np.uint8)


def standing(width: int = 640, height: int = 480, visibility: float = 1.0) -> Pose:
    rng = np.random.default_rng(0)
    landmarks = rng.uniform((0.3, 0.3, 0), (0.6, 0.7, 0.1), (33, 3)) * (width, height, width)
    return Pose(landmarks.astype(np.float32), np.full(33, visibility, dtype=np.float32), (width, height))


def result(
    timestamp: float = 0.0,
    pose: Pose | None = None,
    confidence: float = 8.0,
    *,
    votes: dict[str, float] | None = None,
    smoothed: dict[str, float] | None = None,
    counts: dict[str, int] | None = None,
    exercise: str | None = None,
    reason: Reason | None = None,
    hold: Hold | None = None,
) -> FrameResult:
    return FrameResult(
        timestamp=timestamp,
        pose=pose,
        votes={"squats_down": confidence} if votes is None else votes,
        smoothed={"squats_down": confidence, "squats_up": 10 - confidence} if smoothed is None else smoothed,
        counts={"squats": 3, "pushups": 0} if counts is None else counts,
        completed=(),
        exercise=exercise,
        timings_ms={},
        reason=reason,
        hold=hold,
        seconds={"planks": hold.seconds} if hold else {},
    )


def changed(before: Image, after: Image) -> np.ndarray:
    return np.asarray((before != after).any(axis=2))


def test_the_input_image_stays_untouched_and_the_output_is_another() -> None:
    image = picture()
    drawn = Overlay([SQUATS]).draw(image, result(pose=standing()))
    assert (image == GREY).all()
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert not np.shares_memory(image, drawn)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_canvas_of_padded_rows_is_drawn_on_as_a_new_picture_is(mirror: bool) -> None:
    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    canvas = np.zeros((480, 2000), np.uint8)[:, :1920].reshape(480, 640, 3)
    drawn = Overlay([SQUATS]).draw(image, result(pose=standing()), mirror, canvas)
    assert drawn is canvas
    np.testing.assert_array_equal(canvas, Overlay([SQUATS]).draw(image, result(pose=standing()), mirror))


def test_confidence_beyond_the_chart_stays_in_it() -> None:
    def drawn(confidence: float) -> Image:
        overlay = Overlay([SQUATS])
        for index in range(30):
            votes = {"squats_down": confidence}
            shown = overlay.draw(picture(), result(index / 30, votes=votes, smoothed={}))
        return shown

    np.testing.assert_array_equal(drawn(20.0), drawn(10.0))


def test_an_image_may_be_its_own_canvas() -> None:
    image = picture()
    Overlay([SQUATS]).draw(image, result(pose=standing()), canvas=image)
    np.testing.assert_array_equal(image, Overlay([SQUATS]).draw(picture(), result(pose=standing())))


def test_a_read_only_and_strided_image_is_drawn_on() -> None:
    image = picture(1280, 960)[::2, ::2]
    image.setflags(write=False)
    assert changed(image, Overlay([SQUATS]).draw(image, result(pose=standing()))).any()


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize(
    "size", [(640, 480), (320, 240), (360, 640), (641, 483), (160, 120), (1920, 1080), (33, 21), (1, 1)]
)
def test_every_size_is_drawn_without_an_error(size: tuple[int, int], mirror: bool) -> None:
    overlay = Overlay([SQUATS, PUSHUPS])
    for index in range(5):
        pose = standing(*size) if index % 2 else None
        drawn = overlay.draw(picture(*size), result(index / 30, pose), mirror=mirror)
        assert drawn.shape == (size[1], size[0], 3)


def test_a_size_that_changes_in_mid_stream_keeps_the_chart() -> None:
    overlay = Overlay([SQUATS])
    for index in range(60):
        overlay.draw(picture(), result(index / 30, standing()))
    drawn = overlay.draw(picture(320, 240), result(2.0, standing()))  # the pose is of the larger picture
    assert len(overlay) == 61
    assert changed(picture(320, 240), drawn)[60:180, 80:210].any(), "the skeleton is scaled to the picture"


def test_the_history_never_grows_beyond_ten_seconds() -> None:
    overlay, image = Overlay([SQUATS, PUSHUPS]), picture(64, 48)
    for index in range(10_000):
        overlay.draw(image, result(index / 30))
        assert len(overlay) <= HISTORY_S * 30 + 1
    assert len(overlay) == HISTORY_S * 30 + 1


def test_the_history_is_bounded_at_any_frame_rate() -> None:
    overlay, image = Overlay([SQUATS]), picture(64, 48)
    for index in range(5_000):
        overlay.draw(image, result(index / 10_000))
    assert len(overlay) <= 640


def test_time_that_runs_back_starts_the_chart_over() -> None:
    overlay = Overlay([SQUATS])
    overlay.draw(picture(), result(50.0))
    overlay.draw(picture(), result(1.0))
    assert len(overlay) == 1


def test_the_chart_rises_with_confidence() -> None:
    def curve_height(confidence: float) -> float:
        overlay = Overlay([SQUATS])
        for index in range(150):
            drawn = overlay.draw(picture(), result(index / 30, confidence=confidence, votes={}))
        curve = (drawn[400:, 330:600] == (90, 230, 150)).all(axis=2)
        return float(np.nonzero(curve)[0].mean())

    assert curve_height(9.0) < curve_height(5.0) < curve_height(1.0)


def test_both_thresholds_cross_the_chart() -> None:
    drawn = Overlay([SQUATS]).draw(picture(), result())
    lines = [y for y in range(400, 480) if (drawn[y, 100:500] == drawn[y, 100]).all() and len(set(drawn[y, 100])) == 3]
    assert len(lines) == 2


def test_a_bare_picture_has_the_skeleton_alone_and_its_chart_goes_on_unseen() -> None:
    overlay, image = Overlay([SQUATS]), picture()
    drawn = overlay.draw(image, result(pose=standing(), reason=NO_PERSON), bare=True)
    expected = picture()
    draw_skeleton(expected, standing())
    np.testing.assert_array_equal(drawn, expected)
    assert len(overlay) == 1


def test_the_chart_follows_the_exercise_in_progress_then_the_last_one() -> None:
    def drawn(timestamp: float, exercise: str | None = None) -> Image:
        smoothed = {"squats_down": 1.0, "pushups_down": 9.0}
        return overlay.draw(
            picture(), result(timestamp, votes={"squats_down": 1}, smoothed=smoothed, exercise=exercise)
        )

    overlay = Overlay([SQUATS, PUSHUPS])
    strongest, squatting, after = drawn(0.0), drawn(0.1, "squats"), drawn(0.2)
    title = np.s_[400:430, :200]
    assert changed(strongest[title], squatting[title]).any()
    assert not changed(squatting[title], after[title]).any()


def test_no_count_is_shown_before_something_counts_unless_there_is_one_exercise_alone() -> None:
    corner, nothing = np.s_[:90, :150], {"squats": 0, "pushups": 0}

    def drawn(overlay: Overlay, exercise: str | None = None, counts: dict[str, int] = nothing) -> bool:
        shown = overlay.draw(picture(), result(pose=None, smoothed={}, votes={}, exercise=exercise, counts=counts))
        return bool(changed(picture(), shown)[corner].any())

    overlay = Overlay([PUSHUPS, SQUATS])
    assert not drawn(overlay), "the first exercise of the alphabet is not what the person does"
    assert drawn(overlay, exercise="squats")
    assert drawn(overlay), "it stays while the person rests"
    assert drawn(Overlay([PUSHUPS, SQUATS]), counts={"squats": 3, "pushups": 0}), "as after a pause"
    assert drawn(Overlay([SQUATS]))


def test_a_hold_in_progress_shows_its_seconds_large_and_stays_until_another_exercise() -> None:
    corner = np.s_[:90, :150]
    overlay = Overlay([PUSHUPS, SQUATS], held=[PLANKS])

    def drawn(seconds: float | None, exercise: str | None = "planks") -> Image:
        hold = None if seconds is None else Hold("planks", 5.0, 5.0 + seconds)
        return overlay.draw(picture(), result(pose=None, votes={}, smoothed={}, exercise=exercise, hold=hold))[corner]

    first = drawn(23.1)
    assert changed(picture()[corner], first).any()
    assert not changed(first, drawn(23.9)).any(), "whole seconds"
    later = drawn(24.2)
    assert changed(first, later).any()
    assert not changed(later, drawn(None, exercise=None)).any()
    assert changed(later, drawn(None, exercise="squats")).any()


def test_no_exercise_is_charted_before_its_pose_was_seen() -> None:
    def title(overlay: Overlay, smoothed: dict[str, float]) -> Image:
        return np.asarray(overlay.draw(picture(), result(pose=None, smoothed=smoothed, counts={}))[400:430, :200])

    overlay = Overlay([PUSHUPS, SQUATS])
    before, squatting = title(overlay, {}), title(overlay, {"squats_down": 0.5})
    assert not changed(picture()[400:430, :200], before).any()
    assert changed(before, squatting).any()
    assert not changed(squatting, title(overlay, {"squats_up": 10.0})).any(), "it stays"


def test_mirroring_swaps_the_picture_but_not_the_text() -> None:
    image = picture()
    image[200:300, :100] = 255
    pose = standing()
    pose.landmarks[LANDMARK["left_wrist"]] = (80, 150, 0)
    plain = Overlay([SQUATS]).draw(image, result(pose=pose))
    mirrored = Overlay([SQUATS]).draw(image, result(pose=pose), mirror=True)
    assert (mirrored[200:300, 540:] == 255).all()
    assert changed(picture(), mirrored)[145:155, 555:565].any(), "the skeleton goes with the picture"
    assert not changed(plain[:90, :60], mirrored[:90, :60]).any(), "the count stays where it was, readable"


def test_landmarks_of_low_visibility_are_dim() -> None:
    def brightness(visibility: float) -> float:
        drawn = Overlay([SQUATS]).draw(picture(), result(pose=standing(visibility=visibility)))
        return float(changed(picture(), drawn)[150:330, 150:400].sum())

    assert 0 < brightness(0.1) < 0.6 * brightness(0.9)


def test_landmarks_far_outside_the_picture_or_not_finite_do_no_harm() -> None:
    pose = standing()
    pose.landmarks[0] = (1e30, -1e30, 0)
    pose.landmarks[LANDMARK["left_hip"]] = np.nan
    assert Overlay([SQUATS]).draw(picture(), result(pose=pose)).shape == (480, 640, 3)


def test_the_reason_for_not_counting_is_shown_and_only_that() -> None:
    hint = np.s_[350:395, 150:490]
    pose = replace(standing(), landmarks=np.zeros((33, 3), "f4"))
    empty = Overlay([SQUATS]).draw(picture(), result(pose=None, reason=NO_PERSON))
    hidden = Reason("not visible", "Step back: your legs are not visible")
    cut_off = Overlay([SQUATS]).draw(picture(), result(pose=pose, reason=hidden))
    counting = Overlay([SQUATS]).draw(picture(), result(pose=pose))
    assert changed(picture(), empty)[hint].any()
    assert changed(picture(), cut_off)[hint].any()
    assert not changed(picture(), counting)[hint].any()


def test_no_exercise_at_all_still_draws_the_skeleton() -> None:
    drawn = Overlay([]).draw(picture(), result(pose=standing(), votes={}, smoothed={}, counts={}))
    assert changed(picture(), drawn).any()


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (30, 20), (1, 1)])
def test_a_message_of_any_length_fits_any_picture_and_leaves_it_untouched(size: tuple[int, int]) -> None:
    image = picture(*size)
    drawn = draw_message(image, "RuntimeError: " + "the graph failed " * 40 + "x" * 300)
    assert (image == GREY).all()
    assert changed(image, drawn).any()


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (360, 640), (30, 20), (1, 1)])
@pytest.mark.parametrize("notice", ["10", "Done"])
def test_a_notice_is_large_in_any_picture(size: tuple[int, int], notice: str) -> None:
    image = picture(*size)
    draw_notice(image, notice)
    if min(size) > 100:
        written = image.min(axis=2) > 200
        rows, columns = np.flatnonzero(written.any(axis=1)), np.flatnonzero(written.any(axis=0))
        assert np.ptp(rows) > size[1] / 4 or np.ptp(columns) > size[0] * 0.7
        assert rows[0] > 0 and rows[-1] < size[1] - 1 and columns[0] > 0 and columns[-1] < size[0] - 1
