"""Python-Markdown extension: names of the package lead to their API page.

In a block of Python every name that an import of the page binds becomes a link, and
so does a dotted name in code within a sentence. The example of a docstring also knows
the public names of the module that it stands in. A name that the reference does not
have stops the build. The links are left to autorefs as `<autoref>` elements; a name of
Keras leads to keras.io where the table has it.
"""

import ast
import html
import json
import re
import textwrap
from pathlib import Path

from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from site_builder.api_names import find_anchor
from site_builder.code_references import bound_names, references_in
from site_builder.errors import BuildError
from site_builder.keras_names import find_keras_page, identifier_of, is_of_keras
from site_builder.source import imported_names

FENCED = re.compile(
    r"^ *(`{3,})(python|pycon)\b[^\n]*\n(.*?)^ *\1", re.DOTALL | re.MULTILINE
)
PROMPTED = re.compile(r"^ *(?:>>>|\.\.\.) ?(.*)", re.MULTILINE)
HIGHLIGHTED = re.compile(
    r'<div class="language-py(?:thon|con) highlight">.*?</div>(?!</)', re.DOTALL
)
NAME = r'<span class="n[a-mo-z]?">(\w+)</span>'  # "nn" is an imported module
DOTTED = re.compile(rf'{NAME}((?:<span class="o">\.</span>{NAME})*)')
SHOWN = re.compile(r"(.*?<code>)(.*)(</code>.*)", re.DOTALL)
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
        return _reference(anchor, shown)

    def _link_outside(self, dotted, shown):
        page = find_keras_page(self.names.get("keras", {}), dotted)
        if page is None:  # the names that lessons use were checked before
            return shown
        return _reference(identifier_of(page[0], self.names["keras"]), shown)

    def beside(self, documented):
        """Return what is in scope in the example of a public name's docstring.

        Args:
            documented: String. The anchor of the name; empty outside of docstrings.

        Returns:
            Dictionary as from `imported_names`.
        """
        objects = self.names["objects"]
        modules = {
            name.rpartition(".")[0] for name, at in objects.items() if at == documented
        }
        scope = {"keras": ("keras", None), "ops": ("keras", "ops")} if modules else {}
        for name in objects:
            module, _, last = name.rpartition(".")
            if module in modules and objects[name] != documented:
                scope[last] = (module, last)
        return scope


class _Imports(Preprocessor):
    def __init__(self, md, links):
        super().__init__(md)
        self.links = links

    def run(self, lines):
        self.links.imports = self.links.beside(_documented(self.md))
        for match in FENCED.finditer("\n".join(lines)):
            code = match[3]
            if match[2] == "pycon":
                code = "\n".join(PROMPTED.findall(code))
            try:
                tree = ast.parse(textwrap.dedent(code))
            except SyntaxError:
                continue
            self.links.imports |= imported_names(tree)
            for name in bound_names(tree) & set(self.links.imports):
                del self.links.imports[name]
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
        if "<autoref " in match[0]:  # a docstring's, and read before
            return match[0]
        start, code, end = SHOWN.fullmatch(match[0]).groups()
        places = references_in(_plain(code), self.links.imports)
        pieces, read, place = [], 0, 0
        for name in DOTTED.finditer(code):
            between = code[read : name.start()]
            place += len(_plain(between))
            linked = self._dotted(name) if place in places else name[0]
            pieces += [between, linked]
            place += len(_plain(name[0]))
            read = name.end()
        code = IMPORTED_MODULE.sub(self._module, "".join([*pieces, code[read:]]))
        return start + code + end

    def _module(self, match):
        return self.links.link(match[1], match[0])

    def _dotted(self, match):
        source, original = self.links.imports[match[1]]
        names = [original] if original else []
        names += re.findall(r">(\w+)<", match[2])
        return self.links.link(".".join([source, *names]), match[0])


def _reference(identifier, shown):
    return f'<autoref identifier="{identifier}">{shown}</autoref>'


def _documented(md):
    """Return the name whose docstring is being read, as mkdocstrings marks its ids."""
    if "mkdocstrings_ids" not in md.treeprocessors:
        return ""
    return md.treeprocessors["mkdocstrings_ids"].id_prefix.removesuffix("--")


def _plain(shown):
    """Return the text of some HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", shown))


def makeExtension(**options):  # noqa: N802
    """Make the extension, as Python-Markdown asks for it."""
    return CodeLinksExtension(**options)
