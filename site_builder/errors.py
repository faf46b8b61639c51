"""What stops a build, worded for the author of the page that caused it."""


class BuildError(Exception):
    """A fault in a source of the site: the message says where and what would do."""
