"""The family of errors that posecount raises about its inputs."""


class PosecountError(Exception):
    """Something from outside cannot be used: the message names the file, the row and the remedy, and is fit to show."""


class DatasetError(PosecountError):
    """A dataset cannot be used: the message names the file, the row and the remedy."""
