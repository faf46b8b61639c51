"""Python-Markdown extension: `>>>` examples of docstrings become code blocks.

Without it Markdown would read every `>>>` as a quotation in a quotation.
"""

import re

from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

TITLE = re.compile(r"(Examples?):\s*")
FENCE = re.compile(r"\s*(`{3,}|~{3,})")


class DoctestExtension(Extension):
    """Fences interactive examples."""

    def extendMarkdown(self, md):  # noqa: N802
        """Register before fenced code is read."""
        md.preprocessors.register(_Examples(md), "fmkeras_doctest", 27)


class _Examples(Preprocessor):
    def run(self, lines):
        return list(_fenced(lines))


def _fenced(lines):
    lines = [*lines, ""]
    open_fence, in_example = None, False
    for number, line in enumerate(lines[:-1]):
        fence = FENCE.match(line)
        if open_fence or (fence and not in_example):
            if open_fence is None:
                open_fence = fence[1]
            elif fence and fence[1].startswith(open_fence):
                open_fence = None
            yield line
            continue
        if not in_example and line.startswith(">>> "):
            in_example = True
            yield "```pycon"
        if in_example and not line.strip() and not _goes_on(lines[number:]):
            in_example = False
            yield "```"
        title = TITLE.fullmatch(line)
        if title and not in_example and _goes_on(lines[number + 1 :]):
            yield f'<span class="doc-section-title">{title[1]}:</span>'
            yield ""
        else:
            yield line
    if in_example:
        yield "```"


def _goes_on(lines):
    """Tell whether the next line that is not empty is an example's."""
    following = next((line for line in lines if line.strip()), "")
    return following.startswith(">>> ")


def makeExtension(**options):  # noqa: N802
    """Make the extension, as Python-Markdown asks for it."""
    return DoctestExtension(**options)
