"""Count exercise repetitions in video, live or recorded, from poses.

from posecount import PoseClassifier, PoseDataset, PoseTracker, RepetitionPipeline, Video, model_path

classifier = PoseClassifier(PoseDataset.load("samples/starter"))
with PoseTracker(model_path()) as tracker, Video("squats.mp4") as video:
    pipeline = RepetitionPipeline(tracker, classifier)
    for image, timestamp in video:
        result = pipeline.process(image, timestamp)
print(result.counts)
"""

from posecount.classifier import PoseClassifier
from posecount.counting import EMASmoother, Repetition, RepetitionCounter
from posecount.dataset import DatasetError, Exercise, PoseDataset
from posecount.embedding import embed
from posecount.errors import PosecountError
from posecount.model import ModelError, model_path
from posecount.outliers import Outlier, find_outliers
from posecount.pipeline import PROFILES, FrameResult, RepetitionPipeline, Settings
from posecount.pose import Pose
from posecount.sequence import LandmarkSequence, SequenceError
from posecount.tracker import PoseTracker
from posecount.video import Video, VideoError

__all__ = [
    "DatasetError",
    "EMASmoother",
    "Exercise",
    "FrameResult",
    "LandmarkSequence",
    "ModelError",
    "Outlier",
    "PROFILES",
    "Pose",
    "PoseClassifier",
    "PoseDataset",
    "PoseTracker",
    "PosecountError",
    "Repetition",
    "RepetitionCounter",
    "RepetitionPipeline",
    "SequenceError",
    "Settings",
    "Video",
    "VideoError",
    "embed",
    "find_outliers",
    "model_path",
]
