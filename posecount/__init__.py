"""Count exercise repetitions in video, live or recorded, from poses.

from posecount import PoseClassifier, PoseDataset, PoseTracker, RepetitionPipeline, Video, model_path

classifier = PoseClassifier(PoseDataset.load("samples/starter"))
with PoseTracker(model_path()) as tracker, Video("squats.mp4") as video:
    pipeline = RepetitionPipeline(tracker, classifier)
    for image, timestamp in video:
        result = pipeline.process(image, timestamp)
print(result.counts)
"""

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.repetitions import Repetition, RepetitionCounter
from posecount.counting.settings import PROFILES, Settings
from posecount.counting.smoothing import EMASmoother
from posecount.datasets.dataset import Exercise, PoseDataset
from posecount.embedding import embed
from posecount.errors import DatasetError, ModelError, PosecountError, SequenceError, VideoError
from posecount.pose import Pose
from posecount.review.outliers import Outlier, find_outliers
from posecount.tracking.model import model_path
from posecount.tracking.sequence import LandmarkSequence
from posecount.tracking.tracker import PoseTracker
from posecount.video.reader import Video

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
