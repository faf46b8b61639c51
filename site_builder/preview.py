"""Makes the site again after an edit, with no more work than the edit asks for."""

from site_builder.build import make_tree
from site_builder.errors import BuildError
from site_builder.with_mkdocs import build_site


class Preview:
    """A site that follows its sources.

    Args:
        project: `Project`.
        console: `rich.console.Console` for progress and warnings.
        folder: Path to keep the site in.
    """

    def __init__(self, project, console, folder):
        self.project = project
        self.console = console
        self.folder = folder
        self._shared = None

    def make(self):
        """Bring the site up to date.

        Raises:
            BuildError: If a source of the site has a fault. The last good pages stay.
        """
        navigation = make_tree(self.project, self.console)
        shared = self._all_pages_depend_on(navigation)
        if shared != self._shared or not self._made_what_has_changed(navigation):
            self._shared = None
            build_site(self.project, navigation, self.folder)
            self._shared = shared

    def _made_what_has_changed(self, navigation):
        try:
            build_site(self.project, navigation, self.folder, only_changed=True)
        except BuildError:  # it may be one of its links into pages not made
            return False
        return True

    def _all_pages_depend_on(self, navigation):
        names, config = self.project.api_names, self.project.config
        return navigation, names.read_bytes(), config.read_bytes()
