"""Why a photo was not read at all, however good it is: the guard decides without the reader."""

from enum import StrEnum


class Failure(StrEnum):
    """What kept the reader from reading a photo."""

    #: The engine is missing, cannot be loaded, or has failed so often that it is left alone.
    UNAVAILABLE = "unavailable"
    #: The engine has failed at this camera's photos so often that they are left alone.
    CAMERA = "read_camera"
    TIME = "read_time"
    MEMORY = "read_memory"
    CRASH = "read_crash"


class NotRead(RuntimeError):  # noqa: N818 - the name states the condition
    """A photo was not read.

    Attributes:
        failure: why, for people.
    """

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
