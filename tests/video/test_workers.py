"""Work spread over processes: a task that crashes its worker is reported, and a missing cluster is named."""

import os
import signal

import pytest

from posecount.video.workers import ClusterError, spread


def _kill_self_once(value: int) -> int:
    if value == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return value * 10


def test_a_task_that_crashes_its_worker_is_reported_and_the_others_are_done_once() -> None:
    done = list(spread(_kill_self_once, {number: (number,) for number in range(8)}, 2, None))
    assert sorted(done) == [(number, None if number == 3 else number * 10) for number in range(8)]


def test_a_cluster_that_does_not_answer_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra for clusters is not installed")
    monkeypatch.setattr("posecount.video.workers._CONNECT_S", 1)
    with pytest.raises(ClusterError, match=r"127\.0\.0\.1:9.*does not answer.*Try:"):
        list(spread(_kill_self_once, {1: (1,)}, 1, "tcp://127.0.0.1:9"))
