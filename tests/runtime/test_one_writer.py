"""A folder has one writer at a time, and a writer that was killed is none."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings

import pytest

from fmkeras.runtime import one_writer as module
from fmkeras.runtime.checkpoint_folder import list_checkpoints, write_checkpoint
from fmkeras.runtime.one_writer import LOCK, one_writer


def refusal(folder, owner="save"):
    with pytest.raises(OSError) as error, one_writer(folder, owner):
        pass
    return str(error.value)


def told(folder, holder):
    return (
        f"save: '{folder}' is in use: {holder} writes to it. What would do: wait until "
        "that process has ended, or another folder."
    )


def test_a_second_process_is_refused_and_told_who_has_it(tmp_path, another_writer):
    process = another_writer(tmp_path)
    holder = f"process {process.pid} on {socket.gethostname()}"
    for _ in range(2):  # the first refusal leaves the name for the second
        assert refusal(tmp_path) == told(tmp_path, holder)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert refusal(link) == told(link, holder)


def test_a_checkpoint_is_not_written_beside_another_writer(tmp_path, another_writer):
    process = another_writer(tmp_path)
    (tmp_path / ".checkpoint-0001.0123.part").mkdir()  # what that one is writing
    with pytest.raises(OSError) as error:
        write_checkpoint(tmp_path, lambda part: None, {"step": 1}, "save")
    assert f"process {process.pid}" in str(error.value)
    assert sorted(os.listdir(tmp_path)) == [".checkpoint-0001.0123.part", LOCK]
    assert list_checkpoints(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_a_kill_the_next_one_goes_on(tmp_path, another_writer):
    process = another_writer(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / LOCK).exists()
    (tmp_path / LOCK).write_text("process 123456789 on " + "a-long-name" * 9)
    with one_writer(tmp_path, "save"):
        assert (tmp_path / LOCK).read_text() == (
            f"process {os.getpid()} on {socket.gethostname()}"
        )
    assert not (tmp_path / LOCK).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_killed_process_has_forked_does_not_keep_the_folder(
    tmp_path, another_writer, is_free
):
    """As the readers of a data pipeline may live on when their parent is dead."""
    fork = "import os; os.fork() and print(os.getpid())"
    process = another_writer(tmp_path, meanwhile=fork)
    try:
        assert process.stdout.readline() == f"{process.pid}\n"
        assert not is_free(tmp_path)
        process.kill()
        process.wait()
        for _ in range(100):  # the fork may not have got round to it
            if is_free(tmp_path):
                break
            time.sleep(0.1)
        assert is_free(tmp_path)
    finally:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_that_ends_leaves_the_folder_to_its_parent(tmp_path, is_free):
    with one_writer(tmp_path, "save"):
        child = os.fork()
        if child == 0:
            module._let_go(os.path.join(os.path.realpath(tmp_path), LOCK))
            os._exit(0 if (tmp_path / LOCK).exists() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not is_free(tmp_path)


def test_in_one_process_a_link_leads_to_the_same_folder(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with one_writer(tmp_path, "train"), one_writer(link, "save"):
        assert len(module._held) == 1


def test_blocks_within_each_other_end_with_the_last(tmp_path, is_free):
    with one_writer(tmp_path, "train"):
        with one_writer(tmp_path, "save"):
            pass
        assert not is_free(tmp_path)
    assert is_free(tmp_path)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_frees_it(tmp_path, error):
    with pytest.raises(error), one_writer(tmp_path, "train"):
        raise error
    assert list(tmp_path.iterdir()) == []
    assert module._held == {}


def test_a_new_folder_stays_only_if_something_was_written(tmp_path):
    folder = tmp_path / "deep" / "run"
    with one_writer(folder, "train"):
        assert folder.is_dir()
    assert not folder.exists()
    with one_writer(folder, "train"):
        (folder / "a.txt").write_text("a")
    assert os.listdir(folder) == ["a.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with one_writer(empty, "train"):
        pass
    assert empty.is_dir()


def test_a_file_that_its_holder_removes_in_between_is_no_lock(
    tmp_path, is_free, monkeypatch
):
    """Between opening and locking, the one before may have let go."""
    lock, calls = module._lock, []

    def lock_late(descriptor):
        calls.append(descriptor)
        if len(calls) == 1:
            os.remove(tmp_path / LOCK)
        lock(descriptor)

    monkeypatch.setattr(module, "_lock", lock_late)
    with one_writer(tmp_path, "save"):
        assert len(calls) == 2
        assert not is_free(tmp_path)


def test_where_nothing_can_be_locked_it_warns_and_goes_on(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(module, "_lock", fail)
    with (
        pytest.warns(UserWarning, match="locked") as warned,
        one_writer(tmp_path, "save"),
    ):
        assert (tmp_path / LOCK).exists()
    assert [str(warning.message) for warning in warned] == [
        f"save: '{tmp_path}' cannot be locked (No locks available): see to it that no "
        "other process writes to it."
    ]
    assert warned[0].filename == __file__


def test_where_the_name_is_not_known_it_is_another_process(tmp_path, another_writer):
    another_writer(tmp_path)
    (tmp_path / LOCK).write_text("")
    assert refusal(tmp_path) == told(tmp_path, "another process")


def test_a_disk_without_room_for_the_name_is_locked_all_the_same(tmp_path, is_free):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with one_writer(tmp_path, "save"):
            assert (tmp_path / LOCK).read_text() == ""
            assert not is_free(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("a file")
    assert refusal(tmp_path / "file" / "run") == (
        f"save: '{tmp_path / 'file' / 'run'}' could not be written (Not a directory). "
        "What would do: a folder with room that you may write to."
    )


def test_of_many_at_once_one_has_it(tmp_path):
    """Processes that come and go never meet in the folder."""
    script = """
import os, pathlib, sys
from fmkeras.runtime.one_writer import one_writer
home, inside = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1]) / "inside"
had = 0
while had < 40:
    try:
        with one_writer(home, "save"):
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails if it is there
            os.remove(inside)
            had += 1
    except OSError as error:
        assert "is in use" in str(error), error
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    runs = []
    threads = [
        threading.Thread(
            target=lambda: runs.append(
                subprocess.run(command, capture_output=True, text=True)
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.stderr for run in runs] == [""] * 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(tmp_path.iterdir()) == []
