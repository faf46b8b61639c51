"""Writes the tree: plain Markdown and assets, touching only what has changed."""


def write_tree(folder, files):
    """Make a folder hold exactly these files.

    A file whose bytes are right is left alone, so that a live preview sees only
    what changed. What does not belong is removed.

    Args:
        folder: Path of the folder.
        files: Dictionary from a path below the folder, with slashes, to bytes.
    """
    there = sorted(folder.rglob("*"), reverse=True)  # what is inside comes first
    for path in there:
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for path in there:
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def read_folder(folder):
    """Read every file of a folder, hidden ones left out.

    Args:
        folder: Path of the folder.

    Returns:
        Dictionary from a path below the folder, with slashes, to bytes.
    """
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*"))]
    return {
        path.as_posix(): (folder / path).read_bytes()
        for path in paths
        if (folder / path).is_file() and not any(p.startswith(".") for p in path.parts)
    }
