"""Makes everything in this folder: poses and renders bodies, and measures them with posecount's own tracker.

    python samples/render.py starter [CLASS ...]     the starter dataset, or some classes of it
    python samples/render.py prune [CLASS ...]       leave out samples that the others contradict
    python samples/render.py clips [NAME ...]        the demonstration clips
    python samples/render.py sheet CLASS -o FILE     a contact sheet of some of a class's pictures, to look at

Seeded: every picture depends on its class, its number and nothing else. See README.md in this folder.
"""

# ruff: noqa: RUF005 -- adding a tuple to an array adds its numbers, it does not join them

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
from collections.abc import Collection, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]  # posecount itself, and this folder's modules

from body import COMPARED, Array, Body  # noqa: E402
from casting import draw_body, draw_camera, draw_look, photograph  # noqa: E402
from clips import CLIPS, FPS  # noqa: E402
from props import objects  # noqa: E402
from prune import prune  # noqa: E402
from recipes import FIRST_CLASSES, RECIPES, TARGETS, Recipe  # noqa: E402
from scene import Image, render  # noqa: E402
from wardrobe import Wardrobe  # noqa: E402

from posecount.pose import CONNECTIONS  # noqa: E402
from posecount.tracking.model import model_path  # noqa: E402
from posecount.tracking.tracker import PoseTracker  # noqa: E402

SEED = 20
SPAWN = multiprocessing.get_context("spawn")  # a forked worker would hang on torch's threads
ATTEMPTS = 12
# Median distance between MediaPipe's joints and the mesh's own, as a share of the body's size in the picture, above
# which a picture is drawn again: there the tracker saw a pose other than the labelled one.
WORST_ERROR = 0.12
NUMBER = re.compile(r"_(\d+)\.jpg,")  # of a picture, in its row


def rows_of(folder: Path, class_name: str) -> list[str]:
    """The rows of a class that are there."""
    file = folder / f"{class_name}.csv"
    return file.read_text().splitlines() if file.exists() else []


def slots(class_name: str, recipes: Iterable[Recipe] = ()) -> list[tuple[Recipe, str, str]]:
    """Recipe, view and style of each picture of a class: quotas, so that views the tracker finds hard keep theirs."""

    def spread(shares: dict[str, float], count: int) -> list[str]:
        ends = np.round(np.cumsum(list(shares.values())) / sum(shares.values()) * count).astype(int)
        return [name for name, n in zip(shares, np.diff(ends, prepend=0), strict=True) for _ in range(n)]

    found = []
    for recipe in recipes or RECIPES[class_name]:
        for view in recipe.views:
            share = recipe.views[view].share / sum(v.share for v in recipe.views.values())
            found += [(recipe, view, style) for style in spread(recipe.styles, round(share * recipe.count))]
    return found


@dataclass(frozen=True)
class Sample:
    """One accepted picture: its name, landmarks (33, 3) in pixels, the error measured, and the picture itself."""

    name: str
    number: int
    landmarks: Array
    error: float
    picture: Image
    attempts: int


def make_sample(class_name: str, number: int, tracker: PoseTracker) -> Sample | None:
    """Picture `number` of a class, or None where the tracker never found the pose that was drawn."""
    recipe, view, style = slots(class_name)[number]
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng((SEED, *class_name.encode(), number, attempt))
        body, look = draw_body(rng), draw_look(rng)
        pose = recipe.build(body, rng, recipe.state, style)
        vertices, joints = body.solve(pose)
        camera = draw_camera(rng, recipe.views[view], vertices)
        boxes = objects(np.random.default_rng((SEED, number, attempt)), recipe.things(style), joints)
        if boxes:
            look = replace(look, boxes=boxes, object_colour=tuple(rng.uniform(0.03, 0.5, 3)))
        picture = render(body, Wardrobe(body, look), vertices, look, camera, seed=int(rng.integers(1 << 30)))
        picture = photograph(rng, picture)
        found = tracker.track(picture)
        if found is None:
            continue
        pixels = camera.project(vertices)
        size = float((pixels.max(axis=0) - pixels.min(axis=0)).max())
        truth = camera.project(joints)
        inside = ((truth > 0) & (truth < found.size)).all(axis=1)
        apart = np.linalg.norm(found.landmarks[list(COMPARED.values()), :2] - truth, axis=1)[inside] / size
        if len(apart) >= 6 and np.median(apart) < WORST_ERROR:
            name = f"{class_name}_{view}_{style}_{number:04d}.jpg"
            return Sample(name, number, found.landmarks.astype(float), float(np.median(apart)), picture, attempt + 1)
    return None


def make_part(class_name: str, numbers: list[int]) -> list[Sample]:
    """Some pictures of a class, in order; those that failed are left out."""
    with PoseTracker(model_path(), mode="image") as tracker:
        return [sample for n in numbers if (sample := make_sample(class_name, n, tracker)) is not None]


def make_class(class_name: str, workers: int, without: Collection[int] = ()) -> list[Sample]:
    """All pictures of a class, without those of some numbers."""
    numbers = [number for number in range(len(slots(class_name))) if number not in without]
    parts = [numbers[i::workers] for i in range(workers)]
    with ProcessPoolExecutor(workers, SPAWN) as pool:
        made = [sample for part in pool.map(make_part, [class_name] * workers, parts) for sample in part]
    return sorted(made, key=lambda sample: sample.number)


def write_starter(classes: list[str], workers: int, folder: Path, *, keep: bool = False) -> None:
    """The starter dataset as Colab CSVs, and posecount.json beside them.

    With `keep`, the rows that a file has stay, and only pictures of other numbers are made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for class_name in classes:
        file = folder / f"{class_name}.csv"
        kept = {int(NUMBER.findall(row)[0]): row for row in (rows_of(folder, class_name) if keep else [])}
        samples = make_class(class_name, workers, kept)
        made = {s.number: ",".join([s.name, *(f"{v:.2f}" for v in s.landmarks.ravel())]) for s in samples}
        file.write_text("".join(f"{row}\n" for _, row in sorted((kept | made).items())))
        if not samples:
            continue
        wanted = len(slots(class_name)) - len(kept)
        error, tries = np.median([s.error for s in samples]), sum(s.attempts for s in samples)
        print(f"{class_name}: {len(samples)} of {wanted}, {tries} pictures, median error {error:.3f}", flush=True)
    present = {path.stem for path in folder.glob("*.csv")}
    targets = {exercise: target for exercise, target in TARGETS.items() if target in present}
    (folder / "posecount.json").write_text(json.dumps({"targets": targets}, indent=2) + "\n")


def write_sheet(class_name: str, count: int, path: Path) -> None:
    """A contact sheet with the skeletons drawn."""
    numbers = np.linspace(0, len(slots(class_name)) - 1, count).astype(int).tolist()
    tiles = []
    for sample in make_part(class_name, numbers):
        picture = sample.picture.copy()
        points = np.round(sample.landmarks[:, :2]).astype(int)
        for a, b in CONNECTIONS:
            cv2.line(picture, points[a].tolist(), points[b].tolist(), (60, 255, 60), 2)
        scale = 240 / max(picture.shape[:2])
        tile = np.zeros((240, 240, 3), np.uint8)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile[: small.shape[0], : small.shape[1]] = small
        caption = f"{sample.name[len(class_name) + 1 : -4]} {sample.error:.2f}"
        cv2.putText(tile, caption, (3, 236), 0, 0.33, (255, 255, 0), 1)
        tiles.append(tile)
    tiles += [np.zeros((240, 240, 3), np.uint8)] * (-len(tiles) % 8)
    sheet = np.vstack([np.hstack(tiles[i : i + 8]) for i in range(0, len(tiles), 8)])
    cv2.imwrite(str(path), sheet[..., ::-1])


def clip_frames(name: str, numbers: slice) -> list[Image]:
    """Some frames of a clip."""
    clip = CLIPS[name]
    body = Body(**clip.phenotype)
    wardrobe = Wardrobe(body, clip.look)
    centre = np.array((0.0, clip.camera.target[1], 0.0))
    away = body.vertices + (0.0, 0.0, 100.0)
    backdrop = render(body, wardrobe, away, clip.look, clip.camera, samples=2, seed=SEED, centre=centre)
    frames = []
    for pose in list(clip.motion(body))[numbers]:
        vertices, joints = body.solve(pose)
        look = replace(clip.look, boxes=objects(np.random.default_rng(SEED), clip.things, joints))
        frames.append(render(body, wardrobe, vertices, look, clip.camera, samples=2, seed=SEED, centre=centre,
                             backdrop=backdrop))  # fmt: skip
    return frames


def write_clip(name: str, workers: int, folder: Path, crf: int = 21) -> None:
    """One clip: H.264, yuv420p, 30 frames a second."""
    clip = CLIPS[name]
    length = sum(1 for _ in clip.motion(Body(**clip.phenotype)))
    parts = [slice(start, start + 90) for start in range(0, length, 90)]
    with (
        ProcessPoolExecutor(workers, SPAWN) as pool,
        av.open(str(folder / f"{name}.mp4"), "w", options={"movflags": "+faststart"}) as file,
    ):
        stream = file.add_stream("libx264", rate=FPS, options={"crf": str(crf), "preset": "veryslow", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = clip.camera.width, clip.camera.height, "yuv420p"
        for frames in pool.map(clip_frames, [name] * len(parts), parts):
            for picture in frames:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())
    print(f"{name}: {length} frames, {(folder / f'{name}.mp4').stat().st_size / 1e3:.0f} kB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    starter = commands.add_parser("starter", help="render and measure the starter dataset")
    starter.add_argument("classes", nargs="*", default=[], choices=[*RECIPES, []])
    starter.add_argument("--workers", type=int, default=2)
    starter.add_argument("-o", "--output", type=Path, default=FOLDER / "starter")
    starter.add_argument("--keep", action="store_true", help="keep the rows that are there, make the others")
    pruned = commands.add_parser("prune", help="leave out what the other samples contradict")
    pruned.add_argument("classes", nargs="*", default=[], choices=[*RECIPES, []], help="those of which; default: all")
    pruned.add_argument("-o", "--output", type=Path, default=FOLDER / "starter")
    clips = commands.add_parser("clips", help="render the demonstration clips")
    clips.add_argument("names", nargs="*", default=[], choices=[*CLIPS, []])
    clips.add_argument("--workers", type=int, default=2)
    clips.add_argument("-o", "--output", type=Path, default=FOLDER)
    sheet = commands.add_parser("sheet", help="a contact sheet of a class")
    sheet.add_argument("class_name", choices=[*RECIPES])
    sheet.add_argument("--count", type=int, default=40)
    sheet.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "starter":
        write_starter(
            arguments.classes or list(RECIPES),
            arguments.workers,
            arguments.output,
            keep=arguments.keep,
        )
    elif arguments.command == "prune":
        spared = {
            row.split(",", 1)[0]
            for name in RECIPES
            for row in rows_of(arguments.output, name)
            if (arguments.classes and name not in arguments.classes)
            or (name in FIRST_CLASSES and int(NUMBER.findall(row)[0]) < len(slots(name, RECIPES[name][:1])))
        }
        print(*prune(arguments.output, spared, by_posture=bool(arguments.classes)), sep="\n")
    elif arguments.command == "clips":
        for name in arguments.names or CLIPS:
            write_clip(name, arguments.workers, arguments.output)
    elif arguments.command == "sheet":
        write_sheet(arguments.class_name, arguments.count, arguments.output)


if __name__ == "__main__":
    main()
