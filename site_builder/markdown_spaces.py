"""Python-Markdown extension: no line ends inside "35 %" or "5 × 5".

The space in a plain source becomes one that does not break, in text only: what is code
or a formula has been taken out of the way before.
"""

from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

INSIDE_A_QUANTITY = r"(?<=\d) (?:× (?=\d)|(?=%))"


class SpacesExtension(Extension):
    """Keeps a number together with what belongs to it."""

    def extendMarkdown(self, md):  # noqa: N802
        """Register after code and formulas."""
        processor = _Spaces(INSIDE_A_QUANTITY, md)
        md.inlinePatterns.register(processor, "fmkeras_spaces", 60)


class _Spaces(InlineProcessor):
    def handleMatch(self, match, data):  # noqa: N802
        return match[0].replace(" ", "\u00a0"), match.start(), match.end()


def makeExtension(**options):  # noqa: N802
    """Make the extension, as Python-Markdown asks for it."""
    return SpacesExtension(**options)
