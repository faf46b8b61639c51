"""Python-Markdown extension: formulas become MathML while the page is made.

It comes after `pymdownx.arithmatex` in its generic form, which finds the formulas.
"""

import html
import re

from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from site_builder.mathml import mathml

FORMULA = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)


class MathExtension(Extension):
    """Replaces what arithmatex found by MathML."""

    def extendMarkdown(self, md):  # noqa: N802
        """Register the last of all postprocessors."""
        md.postprocessors.register(_Formulas(md), "fmkeras_math", -10)


class _Formulas(Postprocessor):
    def run(self, text):
        return FORMULA.sub(_replace, text)


def _replace(match):
    marked = html.unescape(match[2]).strip()
    tex, display = marked[2:-2].strip(), marked.startswith(r"\[")
    formula = mathml(tex, display)
    if not display:  # the search index has no use for the letters of a formula
        return f"<span data-search-exclude>{formula}</span>"
    return f'<div class="formula" data-search-exclude tabindex="0">{formula}</div>'


def makeExtension(**options):  # noqa: N802
    """Make the extension, as Python-Markdown asks for it."""
    return MathExtension(**options)
