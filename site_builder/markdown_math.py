"""Python-Markdown extension: formulas become MathML while the page is made.

It comes after `pymdownx.arithmatex` in its generic form, which finds the formulas.
"""

import html
import re

from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from site_builder.mathml import mathml
from site_builder.whole import END

# A formula, and the punctuation that may not part with it at the end of a line.
FORMULA = re.compile(
    r'([(“‘]*)<(span|div) class="arithmatex">(.*?)</\2>([.,;:!?)’”]*)', re.DOTALL
)


class MathExtension(Extension):
    """Replaces what arithmatex found by MathML."""

    def extendMarkdown(self, md):  # noqa: N802
        """Register the last of all postprocessors."""
        md.postprocessors.register(_Formulas(md), "fmkeras_math", -10)


class _Formulas(Postprocessor):
    def run(self, text):
        return FORMULA.sub(_replace, text)


def _replace(match):
    before, element, marked, after = match.groups()
    marked = html.unescape(marked).strip()
    formula = mathml(marked[2:-2].strip(), display=element == "div")
    # The search index has no use for the letters of a formula.
    if element == "div":
        block = '<div class="formula" data-search-exclude tabindex="0">'
        return f"{before}{block}{formula}{END}</div>{after}"
    inline = f"<span data-search-exclude>{formula}</span>"
    if before or after:
        return f'<span class="unbroken">{before}{inline}{after}</span>'
    return inline


def makeExtension(**options):  # noqa: N802
    """Make the extension, as Python-Markdown asks for it."""
    return MathExtension(**options)
