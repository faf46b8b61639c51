"""A download that either ends in the right file or leaves nothing behind.

The bytes go to a temporary name beside the target and are moved there, in one
step, only after their checksum was found right. So a cut line, a stalled server, a
wrong answer, a full disk or Ctrl-C can cost a download, but never put a damaged
file into the cache; and two processes that fetch the same file cannot disturb each
other.
"""

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
import uuid
from collections import namedtuple
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

STALL_SECONDS = 30  # longest silence of a server that is waited for
CHUNK = 1 << 16

RemoteFile = namedtuple("RemoteFile", "url path sha256")
RemoteFile.__doc__ = "A file to fetch: its URL, its path in the cache, its checksum."


class DownloadError(OSError):
    """A data set is not in the cache and could not be fetched into it.

    The message says what happened, with which file, and which embedded data set
    would do in its place. It is an `OSError`, so that code that expects trouble
    with files expects this one too.

    Example:

    >>> try:
    ...     raise DownloadError("load_mnist: no connection to storage.example.org.")
    ... except OSError as error:
    ...     print(error)
    load_mnist: no connection to storage.example.org.
    """


class _FetchError(Exception):
    """What went wrong, and what would help; `fetch` makes a sentence of it."""

    def __init__(self, reason, remedy="another try with a working network"):
        super().__init__(reason)
        self.remedy = remedy


def cache_home():
    """Find the folder that Keras keeps its files in.

    Keras's own rule, without importing Keras: the environment variable
    `KERAS_HOME`, or else `.keras` in the home directory, or in `/tmp` where
    nothing can be written at home.

    Returns:
        A `pathlib.Path`.

    Example:

    >>> from unittest import mock
    >>> with mock.patch.dict(os.environ, KERAS_HOME="/data/keras"):
    ...     cache_home().as_posix()
    '/data/keras'
    """
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"]).expanduser()
    home = Path.home()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"


def checksum(path):
    """Take the SHA-256 of a file.

    Args:
        path: `pathlib.Path`.

    Returns:
        String of 64 hexadecimal digits.

    Example:

    >>> checksum(Path(os.devnull))[:12]  # of nothing at all
    'e3b0c44298fc'
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fetch(file, home, owner, instead):
    """Return the path of a file in the cache, downloading it if it must be.

    A file that is there and right is used without any network. One that is there
    and damaged is removed and fetched anew.

    Args:
        file: `RemoteFile`. What to fetch.
        home: `pathlib.Path`. The cache; `file.path` lies below it.
        owner: String. The function that asks, for the error.
        instead: String. The call that gives an embedded set that would do.

    Returns:
        The `pathlib.Path` of a file whose SHA-256 was just found right.

    Raises:
        DownloadError: If the file is not there and cannot be fetched.

    Example:

    >>> import tempfile
    >>> file = RemoteFile("data:,hello", "datasets/hello.txt",
    ...     "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    >>> with tempfile.TemporaryDirectory() as home:
    ...     fetch(file, Path(home), "load_text", "load_digits()").read_text()
    'hello'
    """
    target = home / file.path
    note = ""
    try:
        if target.exists():
            if checksum(target) == file.sha256:
                return target
            note = " The copy in the cache is damaged."
            target.unlink(missing_ok=True)
            note = " The copy in the cache was damaged and has been removed."
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        _download(file, target)
    except OSError as error:
        failure = _FetchError(
            f"the cache {target.parent} cannot be used ({_short(error)})",
            remedy="`KERAS_HOME` set to a folder with room that can be written",
        )
        raise _explain(failure, file, target, owner, instead, note) from error
    except _FetchError as failure:
        error = _explain(failure, file, target, owner, instead, note)
        raise error from failure.__cause__
    return target


def _explain(failure, file, target, owner, instead, note):
    return DownloadError(
        f"{owner}: {failure}.{note} Wanted: {file.url} as {target}. "
        f"What would do: {failure.remedy}, or {instead}, which needs none."
    )


def _download(file, target):
    """Stream to a name of our own, check, then move into place in one step."""
    # A name of our own, so that two processes never write to the same file. Not
    # `tempfile`: its files are for their owner only, and a cache may be shared.
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    try:
        with _open(file.url) as response, part.open("xb") as stream:
            digest = _transfer(response, stream, target.name)
        if digest != file.sha256:
            raise _FetchError(
                "the file that came is not the right one "
                f"(its SHA-256 is {digest}, not {file.sha256})"
            )
        os.replace(part, target)
    finally:  # also after Ctrl-C
        part.unlink(missing_ok=True)


def _open(url):
    host = urlsplit(url).netloc or url
    try:
        return urllib.request.urlopen(url, timeout=STALL_SECONDS)
    except urllib.error.HTTPError as error:
        raise _FetchError(f"{host} answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            silence = f"{host} did not answer within {STALL_SECONDS:g} seconds"
            raise _FetchError(silence) from error
        raise _FetchError(f"no connection to {host} ({_short(reason)})") from error


def _transfer(response, stream, name):
    """Copy a response to a file with a progress bar; return the SHA-256."""
    from rich.progress import DownloadColumn, Progress

    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    digest, received = hashlib.sha256(), 0
    columns = (*Progress.get_default_columns(), DownloadColumn())
    with Progress(*columns, console=_console()) as progress:
        task = progress.add_task(f"Downloading {name}", total=total)
        while chunk := _read(response, received, total):
            stream.write(chunk)
            digest.update(chunk)
            received += len(chunk)
            progress.update(task, completed=received)
    if total is not None and received < total:
        raise _FetchError(f"the transfer was cut after {_amount(received, total)}")
    return digest.hexdigest()


def _read(response, received, total):
    try:
        return response.read1(CHUNK)
    except TimeoutError as error:
        raise _FetchError(
            f"the server sent nothing for {STALL_SECONDS:g} seconds, "
            f"after {_amount(received, total)}"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        amount = _amount(received, total)
        raise _FetchError(f"the transfer was cut after {amount}") from error


def _remove_leftovers(target):
    """Clear away what killed processes left; a live one writes every few seconds."""
    for part in target.parent.glob(f"{target.name}.*.part"):
        with suppress(FileNotFoundError):  # it was alive, and is done
            if time.time() - part.stat().st_mtime > 3600:
                part.unlink()


def _console():
    from rich.console import Console

    # Standard error: what a program prints belongs to the program.
    return Console(stderr=True, force_jupyter=False)


def _amount(received, total):
    return f"{received:,} {'' if total is None else f'of {total:,} '}bytes"


def _short(error):
    return getattr(error, "strerror", None) or error
