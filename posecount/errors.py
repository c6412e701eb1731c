"""The errors that posecount raises about what it is given. This module imports nothing, so it is cheap to import."""


class PosecountError(Exception):
    """Something from outside cannot be used. The message says what happened and what to try, and is fit to show."""


class DatasetError(PosecountError):
    """A dataset cannot be used. The message names the file, the row and what to try."""


class ModelError(PosecountError):
    """There is no usable pose model. The message lists each source, why it failed, and what to try."""


class SequenceError(PosecountError):
    """A landmark sequence cannot be used. The message names the file and what to try."""


class VideoError(PosecountError):
    """A video cannot be used. The message names the file and what to try."""
