"""Finding a published model: in a folder, or on the Hugging Face Hub."""

import os
import re
from pathlib import Path

from fmkeras.errors import argument_error

WEIGHTS = "model.safetensors"
FILES = ("config.json", WEIGHTS, "vocab.json", "merges.txt")
LAYOUT = f"{', '.join(FILES[:-1])} and {FILES[-1]}"
INDEX = "model.safetensors.index.json"  # of weights in several files

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


def find_folder(source):
    """Find the folder of a published model, fetching it from the Hub if it is there.

    A folder of this machine is used as it is, without any network. What the Hub once
    gave stays in its cache and is used again.

    Args:
        source: String or path of a folder, or a Hub id such as
            `"openai-community/gpt2"`.

    Returns:
        `pathlib.Path` of a folder.

    Raises:
        ValueError: If `source` is no folder and no Hub id.
        ImportError: If a Hub id came and `huggingface_hub` is not installed.
        OSError: If the Hub cannot be reached or has no such model.

    Example:

    >>> find_folder(".").as_posix()
    '.'
    """
    folder = Path(source).expanduser()
    if str(source) and folder.is_dir():
        return folder
    if isinstance(source, os.PathLike) or not _HUB_ID.fullmatch(source):
        raise argument_error(
            "load_gpt2",
            "source",
            "a folder that is there, or a Hub id",
            str(source),
            would_do=f"a folder that holds {LAYOUT}, or 'openai-community/gpt2'",
        )
    return _fetch(source)


def _fetch(hub_id):
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(
            f"load_gpt2: there is no folder {hub_id!r} here, and to fetch it from the "
            "Hugging Face Hub takes the package huggingface_hub, which is not "
            f"installed. What would do: pip install 'fmkeras[pretrained]', or a "
            f"folder that holds {LAYOUT}."
        ) from error
    wanted = [*FILES, INDEX, "model-*.safetensors"]
    try:
        return Path(snapshot_download(hub_id, allow_patterns=wanted))
    except OSError as error:  # all that the Hub's client raises is one
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise OSError(
            f"load_gpt2: there is no folder {hub_id!r} here, and it could not be "
            f"fetched from the Hugging Face Hub ({reason[0].rstrip('.')}). What would "
            f"do: another try with a working network, or a folder that holds {LAYOUT}."
        ) from error
