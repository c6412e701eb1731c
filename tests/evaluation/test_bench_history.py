"""The history's benchmark reads what it says."""

from posecount.evaluation.bench_history import benchmark_history


def test_it_reads_and_sums_up_as_many_workouts_as_it_was_told() -> None:
    figures = benchmark_history(30)
    assert figures["workouts"] == 30
    assert figures["sum_up_s"] >= 0 and 0 < figures["read_s"] < 5
