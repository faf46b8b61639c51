"""`python -m site_builder.publish FOLDER` puts the built site beside earlier versions.

The folder is a checkout of the branch that GitHub Pages shows. Each version lies in a
folder of its own, `versions.json` lists them as mike does, so that the theme's version
selector finds them, and the front door leads to the newest.
"""

import argparse
import json
import re
import shutil
import sys
from pathlib import Path

from site_builder.project import LATEST, REPOSITORY_ROOT, SITE_VERSION, Project

REDIRECT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>fmkeras</title>
<meta http-equiv="refresh" content="0; url={version}/index.html">
<link rel="canonical" href="{version}/index.html">
</head>
<body><p><a href="{version}/index.html">fmkeras</a></p></body>
</html>
"""


def publish(site, folder, version):
    """Copy a site into its version's folder and list all versions.

    Args:
        site: Path of the built site.
        folder: Path of the branch's checkout.
        version: String. `"latest"`, or numbers with dots such as `"0.1"`. What was
            published under it before is replaced; other versions are not touched.

    Returns:
        List of all published versions, `"latest"` first, then from new to old.

    Raises:
        ValueError: If the version is neither.
        FileNotFoundError: If the site has not been built.
    """
    if not _is_version(version):
        raise ValueError(
            "publish: `version` must be 'latest' or numbers with dots. Received: "
            f"version={version!r}. What would do: '0.1'."
        )
    if not (site / "index.html").is_file():
        raise FileNotFoundError(
            f"{site} holds no site. What would do: SITE_VERSION={version} make site"
        )
    if (folder / version).exists():
        shutil.rmtree(folder / version)
    shutil.copytree(site, folder / version)
    versions = _published(folder)
    entries = [{"version": each, "title": each, "aliases": []} for each in versions]
    (folder / "versions.json").write_text(json.dumps(entries, indent=1), "utf-8")
    (folder / "index.html").write_text(REDIRECT.format(version=versions[0]), "utf-8")
    (folder / ".nojekyll").touch()  # shown as it is, without Jekyll
    return versions


def main(arguments=None):
    """Publish the site of this repository under `SITE_VERSION`."""
    parser = argparse.ArgumentParser(
        prog="python -m site_builder.publish",
        description=publish.__doc__.split("\n")[0],
    )
    parser.add_argument("folder", type=Path, help="checkout of the branch gh-pages")
    folder = parser.parse_args(arguments).folder
    try:
        versions = publish(Project(REPOSITORY_ROOT).site, folder, SITE_VERSION)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder} holds the versions {', '.join(versions)}.")
    return 0


def _published(folder):
    found = [path.name for path in folder.iterdir() if (path / "index.html").is_file()]
    return sorted(filter(_is_version, found), key=_age)


def _age(version):
    if version == LATEST:
        return ()
    return tuple(-int(number) for number in version.split("."))


def _is_version(name):
    return name == LATEST or re.fullmatch(r"\d+(\.\d+)*", name) is not None


if __name__ == "__main__":
    sys.exit(main())
