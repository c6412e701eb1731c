"""The command ``track``: a video in, its landmarks out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from posecount.cli.interrupt import INTERRUPTED, interruptible, track_spread, was_cancelled
from posecount.cli.outputs import ForceOption, check_outputs
from posecount.cli.terminal import JobsOption, SchedulerOption, VariantOption, fetch_model, out, progress_bar, warn


def track(
    video: Annotated[Path, typer.Argument(help="A video.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The landmark sequence to write (.npz).")],
    fps: Annotated[float | None, typer.Option(min=1, help="Drop frames to reach this frame rate.")] = None,
    variant: VariantOption = "full",
    jobs: JobsOption = 1,
    scheduler: SchedulerOption = None,
    force: ForceOption = False,
) -> None:
    """Save the landmarks of a video, to count again fast.

    Ctrl-C keeps what was tracked.
    """
    from posecount.tracking.sequence import SEQUENCE_SUFFIX
    from posecount.tracking.sequence_file import check_length
    from posecount.tracking.tracker import PoseTracker
    from posecount.video.reader import Video
    from posecount.video.track import track_video

    if fps is not None and not math.isfinite(fps):
        raise typer.BadParameter(f"{fps} is not a frame rate. Try: 10.", param_hint="--fps")
    if output.suffix.lower() != SEQUENCE_SUFFIX:
        raise typer.BadParameter(f"{output} must end in {SEQUENCE_SUFFIX}.", param_hint="--output")
    check_outputs([output], "--output", sources=[video], force=force)
    spread = jobs > 1 or scheduler is not None
    if spread and fps:
        raise typer.BadParameter("It needs a single job. Try: leave out --jobs and --scheduler.", param_hint="--fps")
    with Video(video) as opened:
        frames, rate = opened.frame_count, opened.frame_rate
    check_length(round(frames * fps / rate) if frames and rate and fps and fps < rate else frames, str(video))
    model = fetch_model(variant)
    with progress_bar(f"Tracking {video.name}") as progress:
        if spread:
            sequence = track_spread(video, variant, jobs, scheduler, progress)
        else:
            with PoseTracker(model) as tracker, interruptible() as stopped:
                sequence = track_video(video, tracker, fps, progress, stopped.is_set)
    sequence = sequence.fitting()
    sequence.save(output)
    if sequence.broke_off:
        warn(f"{video} was tracked only in part: {sequence.broke_off}.")
    found = sum(pose is not None for _, pose in sequence.poses())
    out.print(f"{output}: {len(sequence)} frames, a pose in {found} of them", markup=False)
    if was_cancelled(sequence.broke_off):
        raise typer.Exit(INTERRUPTED)
