"""The command ``bench``: what a frame costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from posecount.cli.terminal import JsonOption, fetch_model, out, print_json, progress_bar
from posecount.shipped import SAMPLE_CLIPS


def bench(
    samples: Annotated[
        int | None, typer.Option(min=2, help="Thin the starter dataset to about this many.", show_default="all samples")
    ] = None,
    video: Annotated[
        Path, typer.Option(help="The clip for recorded video.", show_default="the shipped clip")
    ] = SAMPLE_CLIPS["squats"],
    as_json: JsonOption = False,
) -> None:
    """Measure what each stage of a frame costs.

    It also measures whether a stage slows down in a long session, recorded video with several jobs, and the History
    page after years.
    """
    from posecount.evaluation.bench import benchmark
    from posecount.evaluation.bench_history import benchmark_history
    from posecount.evaluation.bench_video import benchmark_video

    model = fetch_model("full")
    with progress_bar("Measuring") as progress:
        result = benchmark(model, samples, progress)
    with progress_bar("Measuring recorded video") as progress:
        recorded = benchmark_video(video, model, progress)
    history = benchmark_history()
    if as_json:
        print_json(result | {"video": recorded, "history": history})
        return
    table = Table("Stage", "median ms", "p95 ms", "frame 10,000 / frame 1", box=None)
    for stage, figures in result["stages"].items():
        growth = result["growth"].get(stage)
        table.add_row(
            stage, f"{figures['median_ms']:.2f}", f"{figures['p95_ms']:.2f}", f"{growth:.2f}" if growth else "–"
        )
    out.print(table)
    out.print(
        f"Everything but the tracker: {result['without_tracker_ms']:.2f} ms a frame with {result['samples']} samples, "
        f"{result['ratio_to_tracker']:.3f} of the tracker."
    )
    table = Table(f"Recorded video: {recorded['clip']}", "ms a frame", "ratio", box=None)
    table.add_row("decode and track, one after the other", f"{recorded['bare_ms']:.1f}", "1")
    table.add_row("count", f"{recorded['count_ms']:.1f}", f"{recorded['count_to_bare']:.2f} of that")
    table.add_row(
        "count and write the annotated video",
        f"{recorded['annotated_ms']:.1f}",
        f"{recorded['annotated_to_bare']:.2f} of that",
    )
    out.print(table)
    out.print(
        f"{recorded['long_s']:.0f} s of it: {recorded['one_job_s']:.1f} s with one job, {recorded['two_jobs_s']:.1f} s "
        f"with two ({recorded['two_jobs_faster']:.2f} times as fast); {recorded['seconds_per_minute']:.1f} s per "
        "minute of video."
    )
    out.print(
        f"History of {history['workouts']:,.0f} workouts: {history['read_s']:.2f} s to read the list, "
        f"{history['sum_up_s']:.2f} s for weeks, calendar and charts."
    )
