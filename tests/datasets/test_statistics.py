"""Statistics per class, and advice on what to add."""

from pathlib import Path

from posecount.datasets.records import Rejected
from posecount.datasets.statistics import ClassStatistics, advice, class_statistics
from tests.dataset_folder import filled_store, new_samples


def test_counts_images_poses_samples_and_removed_per_class(tmp_path: Path) -> None:
    store = filled_store(tmp_path / "d", 4)
    store.add(new_samples("squats_up", 2, images=False, start=10), [Rejected("squats_up", "w", "no pose", "", "1")])
    store.remove([store.samples[-1], store.samples[-3]])
    assert class_statistics(store) == (
        ClassStatistics("squats_down", images=4, poses=4, samples=4, removed=0),
        ClassStatistics("squats_up", images=5, poses=6, samples=4, removed=2),
    )


def test_advice_says_what_to_add_and_is_empty_for_a_good_dataset() -> None:
    assert "both end positions" in advice({})[0]
    assert advice({"squats_down": 20, "squats_up": 25, "none": 30}) == ()
    assert advice({"planks_hold": 20, "none": 30}) == (), "a pose to hold has no other end position"


def test_says_which_class_is_small_alone_or_out_of_balance() -> None:
    words = " ".join(advice({"squats_down": 4, "squats_up": 12, "lunges_down": 90}))
    assert "squats_down has 4 samples. Add at least 6 more" in words
    assert "lunges has only one class, lunges_down" in words
    assert "Add a class named none" in words
    assert "squats_up is much smaller than lunges_down (12 to 90). Add at least 18" in " ".join(
        advice({"squats_up": 12, "squats_down": 40, "lunges_down": 90, "lunges_up": 90, "none": 50})
    )
