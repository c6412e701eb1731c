"""Count exercise repetitions in video, live or recorded, from poses.

from posecount import STARTER_DATASET, PoseClassifier, PoseDataset, PoseTracker, RepetitionPipeline, Video, model_path

classifier = PoseClassifier(PoseDataset.load(STARTER_DATASET))
with PoseTracker(model_path()) as tracker, Video("squats.mp4") as video:
    pipeline = RepetitionPipeline(tracker, classifier)
    for frame in video.frames():
        result = pipeline.process(frame.image, frame.timestamp, frame.size)
print(result.counts)

Each public name loads its module when it is first used (PEP 562), so ``import posecount`` itself is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posecount.counting.holds import Hold
    from posecount.counting.knn import PoseClassifier
    from posecount.counting.pipeline import FrameResult, RepetitionPipeline
    from posecount.counting.repetitions import Repetition, RepetitionCounter
    from posecount.counting.settings import PROFILES, Settings
    from posecount.counting.smoothing import EMASmoother
    from posecount.datasets.dataset import Exercise, PoseDataset
    from posecount.datasets.export import export_colab, export_mlkit
    from posecount.datasets.records import NewSample, SampleId
    from posecount.datasets.store import DatasetStore
    from posecount.drawing.overlay import Overlay
    from posecount.drawing.skeleton import draw_skeleton
    from posecount.embedding import embed
    from posecount.errors import DatasetError, ModelError, PosecountError, SequenceError, VideoError
    from posecount.evaluation.evaluate import evaluate
    from posecount.evaluation.results import Evaluation
    from posecount.ingest.teaching.holds import TaughtHold, teach_hold
    from posecount.ingest.teaching.repetitions import Taught, teach
    from posecount.pose import Image, Pose
    from posecount.review.outliers import Outlier, find_outliers
    from posecount.review.quality import Quality, assess
    from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
    from posecount.tracking.model import model_path
    from posecount.tracking.sequence import LandmarkSequence
    from posecount.tracking.tracker import PoseTracker
    from posecount.video.count import count_recording
    from posecount.video.reader import Video
    from posecount.video.recording import Recording
    from posecount.video.track import track_video
    from posecount.video.writer import write_video

__version__ = "0.2.0"

_MODULES = {
    "counting.holds": ["Hold"],
    "counting.knn": ["PoseClassifier"],
    "counting.pipeline": ["FrameResult", "RepetitionPipeline"],
    "counting.repetitions": ["Repetition", "RepetitionCounter"],
    "counting.settings": ["PROFILES", "Settings"],
    "counting.smoothing": ["EMASmoother"],
    "datasets.dataset": ["Exercise", "PoseDataset"],
    "datasets.export": ["export_colab", "export_mlkit"],
    "datasets.records": ["NewSample", "SampleId"],
    "datasets.store": ["DatasetStore"],
    "drawing.overlay": ["Overlay"],
    "drawing.skeleton": ["draw_skeleton"],
    "embedding": ["embed"],
    "errors": ["DatasetError", "ModelError", "PosecountError", "SequenceError", "VideoError"],
    "evaluation.evaluate": ["evaluate"],
    "evaluation.results": ["Evaluation"],
    "ingest.teaching.repetitions": ["Taught", "teach"],
    "ingest.teaching.holds": ["TaughtHold", "teach_hold"],
    "pose": ["Image", "Pose"],
    "review.outliers": ["Outlier", "find_outliers"],
    "review.quality": ["Quality", "assess"],
    "shipped": ["SAMPLE_CLIPS", "STARTER_DATASET"],
    "tracking.model": ["model_path"],
    "tracking.sequence": ["LandmarkSequence"],
    "tracking.tracker": ["PoseTracker"],
    "video.count": ["count_recording"],
    "video.reader": ["Video"],
    "video.recording": ["Recording"],
    "video.track": ["track_video"],
    "video.writer": ["write_video"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "DatasetError",
    "DatasetStore",
    "EMASmoother",
    "Evaluation",
    "Exercise",
    "FrameResult",
    "Hold",
    "Image",
    "LandmarkSequence",
    "ModelError",
    "NewSample",
    "Outlier",
    "Overlay",
    "PROFILES",
    "Pose",
    "PoseClassifier",
    "PoseDataset",
    "PoseTracker",
    "PosecountError",
    "Quality",
    "Recording",
    "Repetition",
    "RepetitionCounter",
    "RepetitionPipeline",
    "SAMPLE_CLIPS",
    "STARTER_DATASET",
    "SampleId",
    "SequenceError",
    "Settings",
    "Taught",
    "TaughtHold",
    "Video",
    "VideoError",
    "assess",
    "count_recording",
    "draw_skeleton",
    "embed",
    "evaluate",
    "export_colab",
    "export_mlkit",
    "find_outliers",
    "model_path",
    "teach",
    "teach_hold",
    "track_video",
    "write_video",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
