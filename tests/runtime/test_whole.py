"""Whatever goes wrong in the middle, what was there before is there afterwards."""

import os

import pytest

from fmkeras.runtime.whole import remove_parts, written_whole


def contents(folder):
    """Read all files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def target(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "a.txt").write_text("old")
    (target / "b.txt").write_text("old")
    return target


def write(target, fail=None):
    with written_whole(target, "save") as part:
        (part / "a.txt").write_text("new")
        if fail is not None:
            raise fail


def test_a_new_folder_appears_whole(tmp_path):
    with written_whole(tmp_path / "deep" / "model", "save") as part:
        (part / "a.txt").write_text("new")
        assert not (tmp_path / "deep" / "model").exists()
    assert contents(tmp_path) == {"deep/model/a.txt": "new"}


def test_an_older_folder_is_replaced_and_not_mixed(target, tmp_path):
    write(target)
    assert contents(tmp_path) == {"model/a.txt": "new"}


@pytest.mark.parametrize("fail", [RuntimeError("x"), KeyboardInterrupt()])
def test_a_failure_leaves_all_as_it_was(target, tmp_path, fail):
    with pytest.raises(type(fail)) as error:
        write(target, fail)
    assert error.value is fail
    assert contents(tmp_path) == {"model/a.txt": "old", "model/b.txt": "old"}


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_failure_of_the_disk_is_told_and_leaves_all_as_it_was(
    target, tmp_path, monkeypatch, call
):
    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError) as error:
        write(target)
    assert str(error.value) == (
        f"save: '{target}' could not be written (Input/output error); what was there "
        "before is as it was. "
        "What would do: a folder with room that you may write to."
    )
    assert contents(tmp_path) == {"model/a.txt": "old", "model/b.txt": "old"}


def test_the_older_folder_comes_back_if_the_last_step_fails(
    target, tmp_path, monkeypatch
):
    rename, calls = os.rename, []

    def fail_once(source, destination):
        calls.append(source)
        if len(calls) == 2:
            raise OSError(13, "Permission denied")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", fail_once)
    with pytest.raises(OSError):
        write(target)
    assert len(calls) == 3
    assert contents(tmp_path) == {"model/a.txt": "old", "model/b.txt": "old"}


def test_leftovers_of_killed_processes_are_removed(target, tmp_path):
    part = written_whole(target, "save")
    folder = part.__enter__()
    (folder / "a.txt").write_text("half")
    assert len(list(tmp_path.iterdir())) == 2
    remove_parts(tmp_path)
    assert list(tmp_path.iterdir()) == [target]
    assert contents(target) == {"a.txt": "old", "b.txt": "old"}


def test_all_is_on_the_disk_before_the_name_is_and_the_name_before_the_end(
    tmp_path, monkeypatch
):
    events, fsync, rename = [], os.fsync, os.rename

    def note_fsync(descriptor):
        events.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def note_rename(source, destination):
        events.append("rename")
        rename(source, destination)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "rename", note_rename)
    with written_whole(tmp_path / "model", "save") as part:
        (part / "a.txt").write_text("new")
        (part / "b.txt").write_text("new")
    numbers = {path.stat().st_ino for path in (tmp_path / "model").iterdir()}
    folder = tmp_path / "model"
    assert set(events[:2]) == numbers
    assert events[2:] == [folder.stat().st_ino, "rename", tmp_path.stat().st_ino]
