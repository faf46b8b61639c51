"""The tree holds exactly what it should, and only what changed is written."""

from site_builder.tree import read_folder, write_tree


def test_the_folder_ends_with_exactly_the_files_given(tmp_path):
    write_tree(tmp_path, {"a.md": b"1", "old/deep/b.md": b"2"})
    write_tree(tmp_path, {"a.md": b"1", "new/c.md": b"3"})
    assert read_folder(tmp_path) == {"a.md": b"1", "new/c.md": b"3"}
    assert not (tmp_path / "old").exists()


def test_a_file_that_is_right_is_left_alone(tmp_path):
    import os

    write_tree(tmp_path, {"same.md": b"1", "changed.md": b"2"})
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    write_tree(tmp_path, {"same.md": b"1", "changed.md": b"3"})
    assert (tmp_path / "same.md").stat().st_mtime == 0
    assert (tmp_path / "changed.md").stat().st_mtime > 0


def test_a_folder_may_take_the_place_of_a_file(tmp_path):
    write_tree(tmp_path, {"a": b"1"})
    write_tree(tmp_path, {"a/b": b"2"})
    assert read_folder(tmp_path) == {"a/b": b"2"}


def test_hidden_files_are_not_read(tmp_path):
    (tmp_path / ".hidden").write_text("1")
    (tmp_path / "shown").write_text("2")
    assert read_folder(tmp_path) == {"shown": b"2"}
