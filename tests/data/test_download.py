"""Whatever the network does, the cache holds the right file or none."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fmkeras.data import DownloadError
from fmkeras.data.download import cache_home, fetch

BODY = b"Friends, Romans, countrymen. " * 5000  # 145,000 bytes: several chunks
HALF = 72_500

WHAT_WOULD_DO = "What would do: another try with a working network, or "


@pytest.fixture
def file(server, remote_file):
    return remote_file(server.url("/letters.txt"), BODY)


def get(file, home):
    return fetch(file, home, owner="load_letters", instead="load_digits()")


def failure(file, home):
    with pytest.raises(DownloadError) as error:
        get(file, home)
    return str(error.value)


def contents(home):
    return sorted(str(p.relative_to(home)) for p in home.rglob("*") if p.is_file())


def test_a_file_is_fetched_once_and_then_read_from_the_cache(server, file, tmp_path):
    server.serve("/letters.txt", BODY)
    for _ in range(3):
        assert get(file, tmp_path).read_bytes() == BODY
    assert server.requests == ["/letters.txt"]
    assert contents(tmp_path) == ["datasets/letters.txt"]


def test_a_cached_file_needs_no_network(dead_host, remote_file, tmp_path):
    cached = tmp_path / "datasets" / "letters.txt"
    cached.parent.mkdir()
    cached.write_bytes(BODY)
    assert get(remote_file(f"http://{dead_host}/", BODY), tmp_path) == cached


def test_a_fetched_file_can_be_read_by_all_whom_the_umask_allows(
    server, file, tmp_path
):
    server.serve("/letters.txt", BODY)
    (tmp_path / "plain").touch()
    assert get(file, tmp_path).stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_cut_transfer_leaves_nothing_and_says_how_much_came(server, file, tmp_path):
    server.cut("/letters.txt", BODY, after=HALF)
    assert failure(file, tmp_path) == (
        "load_letters: the transfer was cut after 72,500 of 145,000 bytes. "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        f"{WHAT_WOULD_DO}load_digits(), which needs none."
    )
    assert contents(tmp_path) == []


def test_after_a_cut_the_next_try_starts_afresh(server, file, tmp_path):
    server.cut("/letters.txt", BODY, after=HALF)
    failure(file, tmp_path)
    server.serve("/letters.txt", BODY)
    assert get(file, tmp_path).read_bytes() == BODY


def test_a_cut_transfer_of_unknown_length_is_noticed(server, file, tmp_path):
    def answer(request):
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"7\r\nFriends\r\n9\r\n, Ro")

    server.routes["/letters.txt"] = answer
    assert failure(file, tmp_path).startswith(
        "load_letters: the transfer was cut after 11 bytes. "
    )
    assert contents(tmp_path) == []


def test_a_server_that_falls_silent_is_not_waited_for(server, file, tmp_path):
    server.stall("/letters.txt", BODY, after=HALF)
    begin = time.monotonic()
    assert failure(file, tmp_path) == (
        "load_letters: the server sent nothing for 0.3 seconds, "
        "after 72,500 of 145,000 bytes. "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        f"{WHAT_WOULD_DO}load_digits(), which needs none."
    )
    assert time.monotonic() - begin < 5
    assert contents(tmp_path) == []


def test_a_server_that_never_answers_is_not_waited_for(server, file, tmp_path):
    server.never_answer("/letters.txt")
    assert failure(file, tmp_path).startswith(
        f"load_letters: {server.host} did not answer within 0.3 seconds. Wanted: "
    )


def test_an_error_status_is_told(server, file, tmp_path):
    server.refuse("/letters.txt", 404)
    assert failure(file, tmp_path) == (
        f"load_letters: {server.host} answered 404 Not Found. "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        f"{WHAT_WOULD_DO}load_digits(), which needs none."
    )
    assert contents(tmp_path) == []


def test_wrong_bytes_never_reach_the_cache(server, file, tmp_path):
    page = b"<html>Please sign in to this network.</html>"
    server.serve("/letters.txt", page)
    assert failure(file, tmp_path) == (
        "load_letters: the file that came is not the right one (its SHA-256 is "
        f"{hashlib.sha256(page).hexdigest()}, not {file.sha256}). "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        f"{WHAT_WOULD_DO}load_digits(), which needs none."
    )
    assert contents(tmp_path) == []


def test_a_missing_network_is_told(dead_host, remote_file, tmp_path):
    file = remote_file(f"http://{dead_host}/letters.txt", BODY)
    assert failure(file, tmp_path) == (
        f"load_letters: no connection to {dead_host} (Connection refused). "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        f"{WHAT_WOULD_DO}load_digits(), which needs none."
    )


def test_a_server_that_hangs_up_is_told(server, file, tmp_path):
    server.hang_up("/letters.txt")
    assert failure(file, tmp_path).startswith(
        f"load_letters: no connection to {server.host} "
        "(Remote end closed connection without response). "
    )


def test_a_damaged_copy_is_replaced(server, file, tmp_path):
    server.serve("/letters.txt", BODY)
    get(file, tmp_path).write_bytes(BODY[:HALF])
    assert get(file, tmp_path).read_bytes() == BODY
    assert contents(tmp_path) == ["datasets/letters.txt"]


def test_a_damaged_copy_is_removed_when_no_other_can_be_had(
    dead_host, remote_file, tmp_path
):
    file = remote_file(f"http://{dead_host}/letters.txt", BODY)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "letters.txt").write_bytes(BODY[:HALF])
    assert failure(file, tmp_path) == (
        f"load_letters: no connection to {dead_host} (Connection refused). "
        "The copy in the cache was damaged and has been removed. "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        f"{WHAT_WOULD_DO}load_digits(), which needs none."
    )
    assert contents(tmp_path) == []


def test_a_damaged_copy_that_cannot_be_removed_is_told(file, tmp_path, monkeypatch):
    def refuse(path, missing_ok=False):
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "letters.txt").write_bytes(BODY[:HALF])
    monkeypatch.setattr(Path, "unlink", refuse)
    assert failure(file, tmp_path).startswith(
        f"load_letters: the cache {tmp_path}/datasets cannot be used "
        "(Permission denied). The copy in the cache is damaged. Wanted: "
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_is_full_or_read_only_is_told(
    server, file, tmp_path, monkeypatch, number
):
    server.serve("/letters.txt", BODY)
    really_open = Path.open

    def refuse(path, mode="r", *args, **kwargs):
        if "x" in mode:
            raise OSError(number, os.strerror(number))
        return really_open(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert failure(file, tmp_path) == (
        f"load_letters: the cache {tmp_path}/datasets cannot be used "
        f"({os.strerror(number)}). "
        f"Wanted: {file.url} as {tmp_path}/datasets/letters.txt. "
        "What would do: `KERAS_HOME` set to a folder with room that can be written, "
        "or load_digits(), which needs none."
    )
    assert contents(tmp_path) == []


def test_a_cache_that_is_no_folder_is_told(server, file, tmp_path):
    (tmp_path / "datasets").touch()
    assert f"the cache {tmp_path}/datasets cannot be used" in failure(file, tmp_path)


def test_leftovers_of_killed_processes_are_cleared_but_live_ones_stay(
    server, file, tmp_path
):
    server.serve("/letters.txt", BODY)
    (tmp_path / "datasets").mkdir()
    dead, live = (tmp_path / "datasets" / f"letters.txt.{n}.part" for n in "12")
    dead.touch()
    live.touch()
    os.utime(dead, times=(time.time() - 4000,) * 2)
    get(file, tmp_path)
    assert contents(tmp_path) == ["datasets/letters.txt", "datasets/letters.txt.2.part"]


def start_process(file, home):
    program = (
        "from pathlib import Path\n"
        "from fmkeras.data.download import RemoteFile, fetch\n"
        f"fetch(RemoteFile{tuple(file)}, Path({str(home)!r}), 'me', 'load_digits()')"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, text=True
    )


def test_ctrl_c_leaves_nothing(server, file, tmp_path):
    server.stall("/letters.txt", BODY, after=HALF)
    process = start_process(file, tmp_path)
    deadline = time.monotonic() + 30
    while not any(p.stat().st_size for p in tmp_path.rglob("*.part")):
        assert time.monotonic() < deadline, "the transfer never began"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert contents(tmp_path) == []


def test_two_processes_at_once_do_not_disturb_each_other(server, file, tmp_path):
    both_ask = threading.Barrier(2)
    both_receive = threading.Barrier(2)

    def answer(request):
        both_ask.wait(30)
        request.send_response(200)
        request.send_header("Content-Length", str(len(BODY)))
        request.end_headers()
        request.wfile.write(BODY[:HALF])
        both_receive.wait(30)
        request.wfile.write(BODY[HALF:])

    server.routes["/letters.txt"] = answer
    processes = [start_process(file, tmp_path) for _ in range(2)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert contents(tmp_path) == ["datasets/letters.txt"]
    assert (tmp_path / "datasets" / "letters.txt").read_bytes() == BODY


def test_the_cache_is_where_keras_home_says(monkeypatch):
    monkeypatch.setenv("KERAS_HOME", "~/shared/keras")
    assert cache_home() == Path.home() / "shared" / "keras"


def test_without_keras_home_the_cache_is_at_home(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_home() == tmp_path / ".keras"


def test_with_a_home_that_cannot_be_written_the_cache_is_temporary(monkeypatch):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert cache_home() == Path("/tmp/.keras")
