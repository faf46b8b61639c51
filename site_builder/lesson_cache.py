"""Keeps the outputs of executed lessons between builds."""

import hashlib
import json
import os

from site_builder.execute import Run


def load(folder, stem, key):
    """Return the `Run` kept under a key, or `None` if there is none to trust.

    A file that was cut short or altered counts as none: the lesson runs again.

    Args:
        folder: Path of the cache.
        stem: String. The lesson's file name without its suffix.
        key: String from `cache_key`.
    """
    try:
        kept = json.loads((folder / f"{stem}-{key}.json").read_text("utf-8"))
        record = kept["record"]
        if kept["digest"] != _digest(record):
            return None
        return Run(record["outputs"], record["seconds"], record["cores"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(folder, stem, key, run):
    """Keep a `Run`, all of it or nothing, and forget earlier ones of the lesson.

    Args:
        folder: Path of the cache.
        stem: String. The lesson's file name without its suffix.
        key: String from `cache_key`.
        run: `Run` to keep.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}-{key}.json"
    record = run._asdict()
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps({"digest": _digest(record), "record": record}), "utf-8")
    draft.replace(path)
    for old in folder.glob(f"{stem}-*"):
        if old != path:
            old.unlink()


def _digest(record):
    text = json.dumps(record, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
