"""One process at a time writes to a folder.

    folder/
      .lock     there while a process writes; who it is stands in it

Not the file is the lock but what the operating system keeps about it, and gives back
when the process ends in whatever way: after `kill -9` or a power cut the next one goes
on, whether or not the file is still there. Machines that share a folder see each
other's locks where the file system passes them on, as NFS does.
"""

import errno
import os
import socket
import warnings
from contextlib import contextmanager, suppress

LOCK = ".lock"

_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # as the systems say it
_held = {}  # path of a lock that this process has -> [descriptor, number of holders]

if os.name == "nt":
    import msvcrt

    def _lock(descriptor):
        # Nobody else can read what is locked: not the words at the beginning.
        os.lseek(descriptor, 2**20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def one_writer(folder, owner):
    """Keep a folder for this process as long as the block runs.

    Blocks of one process may lie within each other, and overlap.

    Args:
        folder: `pathlib.Path`. It is made if it is not there, and removed at the end
            if nothing was written to it.
        owner: String. The function that writes, for the error.

    Raises:
        OSError: If another process has the folder, or if it cannot be written to.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with one_writer(pathlib.Path(home), "train"):
    ...         print(os.listdir(home))
    ...     os.listdir(home)
    ['.lock']
    []
    """
    is_new = not folder.exists()
    path = os.path.join(os.path.realpath(folder), LOCK)
    if path not in _held:
        _held[path] = [_open_locked(path, folder, owner), 0]
    _held[path][1] += 1
    try:
        yield
    finally:
        _let_go(path)
        if is_new:
            with suppress(OSError):  # it is not empty
                folder.rmdir()


def _open_locked(path, folder, owner):
    """Open the file and lock it, or say who has."""
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OSError(
                f"{owner}: '{folder}' could not be written ({error.strerror}). "
                "What would do: a folder with room that you may write to."
            ) from error
        try:
            _lock(descriptor)
        except OSError as error:
            if error.errno in _TAKEN:
                os.close(descriptor)
                raise _in_use(path, folder, owner) from None
            warnings.warn(
                f"{owner}: '{folder}' cannot be locked ({error.strerror}): see to it "
                "that no other process writes to it.",
                stacklevel=4,
            )
        if _is_there(path, descriptor):
            _sign(descriptor)
            return descriptor
        os.close(descriptor)  # its holder has just removed it: once more


def _is_there(path, descriptor):
    with suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    return False


def _sign(descriptor):
    """Leave word of who this is, where the disk has room for it."""
    name = f"process {os.getpid()} on {socket.gethostname()}"
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, name.encode())


def _in_use(path, folder, owner):
    holder = ""
    with suppress(OSError), open(path, encoding="utf-8", errors="replace") as stream:
        holder = stream.read(300)
    return OSError(
        f"{owner}: '{folder}' is in use: {holder or 'another process'} writes to it. "
        "What would do: wait until that process has ended, or another folder."
    )


def _let_go(path):
    if path not in _held:  # this is a fork of the process that has it
        return
    _held[path][1] -= 1
    if _held[path][1] == 0:
        descriptor, _ = _held.pop(path)
        with suppress(OSError):  # Windows removes no open file; it does no harm
            os.remove(path)
        os.close(descriptor)


def _forget():
    """Leave the locks to the parent: a fork would keep them when the parent is gone."""
    for descriptor, _ in _held.values():
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
