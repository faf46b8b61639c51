"""Where everything lies: the sources, the caches, the tree and the site."""

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY_ROOT = HERE.parent

# The public address of the repository. While it is empty, no page shows a link
# to Colab or to a source file, since that link would be dead.
REPOSITORY_URL = ""

# The version that a site is published as: its folder in the branch `gh-pages`, such
# as "0.1". A site that is not published has none, and no version selector.
SITE_VERSION = os.environ.get("SITE_VERSION", "")
LATEST = "latest"  # the version made from the newest commit


@dataclass(frozen=True)
class Project:
    """The folders of one project.

    Args:
        root: Path of the folder that holds `docs/`, `tutorials/` and the package.
        package_name: String. Name of the package that the lessons use.
    """

    root: Path
    package_name: str = "fmkeras"

    @property
    def package(self):
        """The package's folder."""
        return self.root / self.package_name

    @property
    def tutorials(self):
        """The lessons' folder."""
        return self.root / "tutorials"

    @property
    def docs(self):
        """The pages that are written by hand."""
        return self.root / "docs"

    @property
    def cache(self):
        """Everything made on the way, none of it under version control."""
        return self.root / ".cache"

    @property
    def lesson_cache(self):
        """The outputs of executed lessons."""
        return self.cache / "lessons"

    @property
    def tree(self):
        """The Markdown tree that MkDocs is pointed at."""
        return self.cache / "site_docs"

    @property
    def api_names(self):
        """The file of dotted names that the code of a page may link to."""
        return self.cache / "api_names.json"

    @property
    def config(self):
        """The configuration that MkDocs reads."""
        return self.root / "mkdocs.yml"

    @property
    def site(self):
        """The finished site."""
        return self.root / "site"
