"""Everything style2color raises on purpose, with the exit code and HTTP status it maps to.

Exit codes: 0 all done; 1 the work failed (a picture cannot be read, a page of a folder failed,
a result cannot be written); 2 the call is wrong (options, paths, hints, model); 130 interrupted.
A message always says what is wrong, where, and how to mend it.
"""

from __future__ import annotations


class Style2ColorError(Exception):
    """Base of every error raised on purpose."""

    exit_code = 1
    http_status = 500


class UsageError(Style2ColorError):
    """The call itself is wrong: an option, a path, a combination of arguments."""

    exit_code = 2
    http_status = 400


class HintError(UsageError):
    """The colour hints are malformed or lie outside the sketch."""

    http_status = 422


class BoxError(UsageError):
    """Boxes that tell which reference paints what are malformed."""

    http_status = 422


class SwatchError(UsageError):
    """A palette is malformed: a list of colours or a file of swatches."""

    http_status = 422


class ModelError(UsageError):
    """The model folder is missing, damaged (sha256) or of a version we cannot run."""

    http_status = 500


class PictureError(Style2ColorError):
    """A picture cannot be read: damaged, truncated, empty or of a kind we do not accept."""

    http_status = 422


class PictureTooLarge(PictureError):
    """A picture exceeds the byte or pixel limit; the message names limit and flag."""

    http_status = 413


class OutputError(Style2ColorError):
    """A result cannot be written: folder, permission, disk or format."""


class DataError(Style2ColorError):
    """A data pack, shard or index is missing or damaged."""


class TrainingError(Style2ColorError):
    """Training cannot start or go on: configuration, checkpoint, or a loss that is not finite."""
