"""Teach posecount an exercise from a video of a few repetitions, then count the same video with what it learned."""

import sys

import posecount as pc

source = sys.argv[1] if len(sys.argv) > 1 else pc.SAMPLE_CLIPS["pushups"]
name = sys.argv[2] if len(sys.argv) > 2 else "pressups"

with pc.PoseTracker(pc.model_path()) as tracker:
    sequence = pc.track_video(source, tracker)
taught = pc.teach(sequence, name)
for warning in taught.warnings:
    print("Warning:", warning)
print(f"Learned from {len(taught.repetitions)} repetitions: {taught.rest} and {taught.target}")

# The landmarks are known, so counting needs no tracker.
pipeline = pc.RepetitionPipeline(None, pc.PoseClassifier(taught.dataset))
for timestamp, pose in sequence.poses():
    pipeline.process_pose(pose, timestamp)
print(pipeline.counts)
