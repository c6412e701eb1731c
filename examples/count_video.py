"""Count the repetitions in a video, and write a copy with skeleton and counts drawn on it."""

import sys
from collections.abc import Iterator

import posecount as pc

source = sys.argv[1] if len(sys.argv) > 1 else pc.SAMPLE_CLIPS["squats"]
output = sys.argv[2] if len(sys.argv) > 2 else "counted.mp4"

classifier = pc.PoseClassifier(pc.PoseDataset.load(pc.STARTER_DATASET))
overlay = pc.Overlay(classifier.dataset.exercises)
with pc.PoseTracker(pc.model_path()) as tracker, pc.Video(source) as video:
    pipeline = pc.RepetitionPipeline(tracker, classifier)

    def annotated() -> Iterator[tuple[pc.Image, float]]:
        for frame in video.frames():
            result = pipeline.process(frame.image, frame.timestamp)
            for repetition in result.completed:
                print(f"{repetition.end:5.1f} s  {repetition.exercise} {result.counts[repetition.exercise]}")
            yield overlay.draw(frame.image, result), frame.timestamp

    pc.write_video(output, annotated(), sound_of=video)
print({exercise: count for exercise, count in pipeline.counts.items() if count})
