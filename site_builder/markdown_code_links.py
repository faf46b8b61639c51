"""Python-Markdown extension: names of the package lead to their API page.

In a block of Python every name that an import of the page binds becomes a link, and
so does a dotted name in code within a sentence. A name that the reference does not
have stops the build. The links are left to mkdocstrings as `<autoref>` elements.
A name of Keras leads to keras.io where the table has it.
"""

import ast
import json
import re
from pathlib import Path

from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from site_builder.api_names import find_anchor
from site_builder.errors import BuildError
from site_builder.keras_names import find_keras_page, is_of_keras
from site_builder.source import imported_names

FENCED = re.compile(r"^ *(`{3,})python\b[^\n]*\n(.*?)^ *\1", re.DOTALL | re.MULTILINE)
HIGHLIGHTED = re.compile(
    r'<div class="language-python highlight">.*?</div>(?!</)', re.DOTALL
)
NAME = r'<span class="n[a-mo-z]?">(\w+)</span>'  # "nn" is an imported module
DOTTED = re.compile(rf'{NAME}((?:<span class="o">\.</span>{NAME})*)')
IMPORTED_MODULE = re.compile(r'<span class="nn">([\w.]+)</span>')
# Code in a sentence; what is a link or a heading already is matched, and left alone.
INLINE = re.compile(
    r"<(a|autoref|h[1-6])\b.*?</\1>|<code>(?P<name>\w+(?:\.\w+)+)</code>", re.DOTALL
)


class CodeLinksExtension(Extension):
    """Links names in code to the API reference."""

    def __init__(self, **options):
        self.config = {"names": ["", "File of the names that have a place"]}
        super().__init__(**options)

    def extendMarkdown(self, md):  # noqa: N802
        """Register before fenced code is read and after everything is written."""
        path = Path(self.getConfig("names"))
        if path.is_file():
            links = _Links(json.loads(path.read_text("utf-8")))
            md.preprocessors.register(_Imports(md, links), "fmkeras_imports", 29)
            md.postprocessors.register(_Linker(md, links), "fmkeras_code_links", -20)


class _Links:
    """The anchors of the reference, and what the page's imports stand for."""

    def __init__(self, names):
        self.names = names
        self.imports = {}

    def link(self, dotted, shown):
        if is_of_keras(dotted):
            return self._link_outside(dotted, shown)
        try:
            anchor = find_anchor(self.names, dotted)
        except LookupError as error:
            raise BuildError(f"Unknown name in code: {error}") from None
        if anchor is None:
            return shown
        return f'<autoref identifier="{anchor}">{shown}</autoref>'

    def _link_outside(self, dotted, shown):
        page = find_keras_page(self.names.get("keras", {}), dotted)
        if page is None:  # the names that lessons use were checked before
            return shown
        name, address = page
        link = f'class="autorefs autorefs-external" href="{address}"'
        return f'<a {link} title="{name} on keras.io">{shown}</a>'


class _Imports(Preprocessor):
    def __init__(self, md, links):
        super().__init__(md)
        self.links = links

    def run(self, lines):
        self.links.imports = {}
        for match in FENCED.finditer("\n".join(lines)):
            try:
                tree = ast.parse(_dedent(match[2]))
            except SyntaxError:
                continue
            self.links.imports |= imported_names(tree)
        return lines


class _Linker(Postprocessor):
    def __init__(self, md, links):
        super().__init__(md)
        self.links = links

    def run(self, text):
        text = HIGHLIGHTED.sub(self._block, text)
        return INLINE.sub(self._inline, text)

    def _inline(self, match):
        return self.links.link(match["name"], match[0]) if match["name"] else match[0]

    def _block(self, match):
        block = IMPORTED_MODULE.sub(self._module, match[0])
        return DOTTED.sub(self._dotted, block) if self.links.imports else block

    def _module(self, match):
        return self.links.link(match[1], match[0])

    def _dotted(self, match):
        if match[1] not in self.links.imports:
            return match[0]
        source, original = self.links.imports[match[1]]
        names = [original] if original else []
        names += re.findall(r">(\w+)<", match[2])
        return self.links.link(".".join([source, *names]), match[0])


def _dedent(code):
    width = len(code) - len(code.lstrip(" "))
    return re.sub(rf"^ {{{width}}}", "", code, flags=re.MULTILINE)


def makeExtension(**options):  # noqa: N802
    """Make the extension, as Python-Markdown asks for it."""
    return CodeLinksExtension(**options)
