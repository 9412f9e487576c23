"""Files and folders: bounded reads, atomic writes, natural listings, names of results.

Nothing here knows what a picture is; `image.py`, `hints.py` and the commands build on it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from style2color.errors import OutputError, UsageError

PICTURE_EXTENSIONS = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm"}
)
"""Extensions, in lower case, by which `list_pictures` knows a picture."""

_PATH_ERRORS = {
    errno.ENOENT: "there is no such file; check the path",
    errno.ENOTDIR: "a part of the path is a file, not a folder; check the path",
    errno.EISDIR: "this is a folder, not a file",
    errno.ELOOP: "the symbolic links of the path lead in a circle",
    errno.ENAMETOOLONG: "the name is too long for the file system",
    errno.ENXIO: "this is a socket or device, not a file; pipe the data in with '-'",
}
_WRITE_ERRORS = {
    errno.ENOENT: "the folder does not exist; create it first",
    errno.ENOTDIR: "a part of the path is a file, not a folder; check the path",
    errno.EACCES: "no permission to write here; choose another folder or change its rights",
    errno.EPERM: "no permission to write here; choose another folder or change its rights",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ELOOP: "the symbolic links of the path lead in a circle",
    errno.ENAMETOOLONG: "the name is too long for the file system; choose a shorter one",
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EFBIG: "the file would be larger than the system allows",
}


def shown(path: str | os.PathLike[str]) -> str:
    """The path for a message: control characters and undecodable bytes become `\\ufffd`.

    A name must neither steer the reader's terminal nor make printing the message fail.
    """
    return "".join(c if c.isprintable() else "\ufffd" for c in os.fspath(path))


def read_file(path: str | os.PathLike[str], *, max_bytes: int) -> bytes:
    """Read a regular file, at most `max_bytes + 1` bytes of it, so that a caller sees excess.

    Never blocks: a FIFO, socket or device is refused, also when it appears between two calls.

    Raises:
        UsageError: the path is wrong: missing, a folder, no regular file, a circle of links.
        OSError: the file is there but the system does not let us read it.
    """
    name = shown(path)
    # Opened before it is looked at: what is checked is what is read. O_NONBLOCK keeps the
    # opening of a FIFO from waiting for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        if error.errno in _PATH_ERRORS:
            raise UsageError(f"{name}: {_PATH_ERRORS[error.errno]}") from error
        raise
    except ValueError as error:  # a NUL character, or one the file system cannot encode
        raise UsageError(f"{name}: this is not a valid file name ({error})") from error
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(f"{name}: {_PATH_ERRORS[errno.EISDIR]}")
        if not stat.S_ISREG(mode):
            raise UsageError(
                f"{name}: this is a pipe or device, not a file; pipe the data in with '-'"
            )
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read(max_bytes + 1)
    finally:
        os.close(descriptor)


def read_small(
    path: str | os.PathLike[str], *, max_bytes: int, what: str, error: type[UsageError]
) -> bytes:
    """Read a small file beside the pictures, such as hints.

    what: what it holds, for the message. Raises `error` where it cannot be read, with its name and
    the reason, and where it has more than `max_bytes`.
    """
    name = shown(path)
    try:
        data = read_file(path, max_bytes=max_bytes)
    except UsageError as problem:
        raise error(str(problem)) from problem
    except OSError as problem:
        raise error(f"{name}: cannot be read: {problem.strerror or problem}") from problem
    if len(data) > max_bytes:
        raise error(f"{name}: more than the limit of {max_bytes:,} bytes for {what}")
    return data


def _write_error(name: str, error: OSError) -> OutputError:
    reason = _WRITE_ERRORS.get(error.errno or 0, error.strerror or str(error))
    return OutputError(f"{name}: cannot be written: {reason}")


def _check_target(path: str | os.PathLike[str], name: str) -> tuple[str, int | None]:
    """The real path behind symbolic links and, where a file is there already, its mode bits."""
    try:
        target = os.path.realpath(path)
        # Asking for the given path, not the resolved one: it fails on a circle of links.
        present = os.stat(path)
    except FileNotFoundError:
        return target, None
    except OSError as error:
        raise _write_error(name, error) from error
    except ValueError as error:
        raise OutputError(f"{name}: this is not a valid file name ({error})") from error
    if stat.S_ISDIR(present.st_mode):
        raise OutputError(f"{name}: this is a folder; give the name of a file")
    if not stat.S_ISREG(present.st_mode):
        raise OutputError(f"{name}: this is a pipe or device, not a file; write to '-' instead")
    if not os.access(path, os.W_OK):
        # Replacing would succeed, rights of the folder permitting, against the owner's wish.
        raise OutputError(f"{name}: the file is write-protected; choose another name")
    return target, stat.S_IMODE(present.st_mode)


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary stream whose content appears under `path` whole, or not at all.

    The bytes go to a hidden file `.style2color-….part` in the same folder, are flushed to disk
    and then renamed. On any exception, KeyboardInterrupt included, the hidden file is removed
    and an older file under `path` stays as it was. A symbolic link is followed, the rights of
    an older file are kept.

    Raises:
        OutputError: the folder is missing, the disk full, the name too long, no permission, or
            `path` is a folder or device. An OSError of the body that names another file
            passes unchanged.
    """
    name = shown(path)
    target, mode = _check_target(path, name)
    part = os.path.join(os.path.dirname(target), f".style2color-{secrets.token_hex(8)}.part")
    try:
        # Not `tempfile`: its files are private (0600), a result follows the user's umask.
        stream = open(part, "xb")  # noqa: SIM115 - closed below, before the rename
    except OSError as error:
        raise _write_error(name, error) from error
    try:
        with stream:
            _hold(stream)
            if mode is not None:
                with contextlib.suppress(OSError):  # some mounted file systems have no rights
                    os.chmod(part, mode)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(part)
        if isinstance(error, OSError) and error.errno and error.filename in (None, part):
            raise _write_error(name, error) from error
        raise


def _hold(stream: BinaryIO) -> bool:
    """Lock a file as long as it is open; False where another process has locked it."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows, where an open file cannot be removed anyway
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


def sweep(folder: str | os.PathLike[str]) -> int:
    """Remove the hidden files of writers that were killed in the middle; returns how many.

    A writer that lives holds a lock on its file, and keeps it.
    """
    gone = 0
    for part in Path(folder).glob(".style2color-*.part"):
        with contextlib.suppress(OSError), open(part, "rb") as stream:
            if _hold(stream):
                part.unlink()
                gone += 1
    return gone


def natural_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """Sort key under which `page2` comes before `page10`, regardless of case."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    # Odd pieces are the digits, so that a number never meets a text in a comparison. The name
    # itself decides between `1` and `01`.
    return tuple(int(p) if i % 2 else p for i, p in enumerate(pieces)), name


def list_pictures(folder: str | os.PathLike[str], *, recursive: bool = False) -> list[Path]:
    """The pictures of a folder by their extension (`PICTURE_EXTENSIONS`), in natural order.

    Hidden files and folders are skipped, linked folders are not entered. What only looks like a
    picture (a dangling link, a damaged file) is listed: reading it then fails with its name,
    instead of a page going missing without a word. With `recursive`, the files of a folder come
    before those of its subfolders.

    Raises:
        UsageError: the folder is missing, is a file, or it or a subfolder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        reason = {
            errno.ENOENT: "there is no such folder; check the path",
            errno.ENOTDIR: "this is a file, not a folder",
            errno.EACCES: "no permission to list this folder",
        }.get(error.errno or 0, error.strerror or str(error))
        raise UsageError(f"{shown(error.filename or folder)}: {reason}") from error

    found: list[Path] = []
    try:
        for root, subfolders, names in os.walk(folder, onerror=refuse):
            wanted = (n for n in names if os.path.splitext(n)[1].lower() in PICTURE_EXTENSIONS)
            visible = sorted((n for n in wanted if not n.startswith(".")), key=natural_key)
            found.extend(Path(root, n) for n in visible)
            if not recursive:
                break
            subfolders[:] = sorted(
                (s for s in subfolders if not s.startswith(".")), key=natural_key
            )
    except ValueError as error:
        raise UsageError(f"{shown(folder)}: this is not a valid name ({error})") from error
    return found


def output_path(
    page: str | os.PathLike[str],
    folder_in: str | os.PathLike[str],
    folder_out: str | os.PathLike[str],
    ext: str,
) -> Path:
    """Where the result of one page of a folder goes; no two pages share a result.

    The rule: the page keeps its place below the folder. A page that already ends in `ext` keeps
    its name (`a.png` → `a.png`); any other gets `ext` appended to its whole name (`a.jpg` →
    `a.jpg.png`), and so does one whose name without `ext` still ends like a picture's
    (`a.jpg.png` → `a.jpg.png.png`). The name depends on nothing but the page's own name, so a
    later run finds it again whatever came into the folder meanwhile.

    Args:
        page: a file below `folder_in` with one of `PICTURE_EXTENSIONS`.
        ext: extension of the results with its dot, such as `.png`.

    Raises:
        UsageError: the page is not below the folder or has no extension of a picture.
    """
    try:
        relative = Path(page).relative_to(folder_in)
    except ValueError as error:
        raise UsageError(f"{shown(page)}: is not inside the folder {shown(folder_in)}") from error
    if ".." in relative.parts:
        raise UsageError(f"{shown(page)}: leaves the folder {shown(folder_in)}")
    if relative.suffix.lower() not in PICTURE_EXTENSIONS:
        known = " ".join(sorted(PICTURE_EXTENSIONS))
        raise UsageError(f"{shown(page)}: is no picture by its extension; known are {known}")
    name = relative.name
    # Compared with its case: on Linux `a.PNG` and `a.png` are two pages.
    if Path(name.removesuffix(ext)).suffix.lower() in PICTURE_EXTENSIONS:
        name += ext
    return Path(folder_out) / relative.with_name(name)
