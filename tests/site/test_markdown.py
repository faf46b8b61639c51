"""The Markdown extensions: formulas, examples of docstrings, links in code."""

import json
import re
import textwrap
from pathlib import Path

import markdown
import pytest

from site_builder.api_names import api_names
from site_builder.errors import BuildError
from site_builder.mathml import LatexError, find_formula, mathml

FORMULAS = [
    r"\operatorname*{arg\,min}_{\theta \in \Theta} \mathcal{L}(\theta)",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    r"\lVert w \rVert_2^2",
    r"\boldsymbol{x}^\top \mathbf{W}",
    r"\mathbb{R}^{B \times D}",
    r"p_c = \frac{e^{z_c}}{\sum_k e^{z_k}}",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    r"\begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}",
]


def render(text, extension, **options):
    extensions = ["pymdownx.arithmatex", "pymdownx.highlight", "pymdownx.superfences"]
    return markdown.markdown(
        textwrap.dedent(text),
        extensions=[*extensions, extension],
        extension_configs={
            "pymdownx.arithmatex": {"generic": True},
            "pymdownx.highlight": {"pygments_lang_class": True},
            extension: options,
        },
    )


@pytest.mark.parametrize("tex", FORMULAS)
def test_latex_becomes_mathml_that_is_well_formed(tex):
    import html
    import xml.etree.ElementTree as ElementTree

    made = mathml(tex, display=True)
    root = ElementTree.fromstring(made)
    assert root.tag.endswith("math")
    assert root.get("display") == "block"
    assert "<merror" not in made
    assert f'alttext="{html.escape(tex)}"' in made


@pytest.mark.parametrize(
    "tex", [r"\frac{a}", r"\undefined x", r"\left( x", "x_1_2", r"\begin{aligned} x"]
)
def test_bad_latex_is_an_error_that_shows_the_formula(tex):
    with pytest.raises(LatexError) as error:
        mathml(tex, display=False)
    assert str(error.value).startswith("Bad LaTeX: ")
    assert str(error.value).endswith(f"The formula: {tex}")


def test_a_formula_is_found_in_its_source(project):
    assert find_formula(project, "x_i = i^2") == "fmkeras/data/numbers.py, line 8"
    assert find_formula(project, "=\n  x^2") == "tutorials/01_squares.py, line 14"
    assert find_formula(project, "z^9") == "In a formula of no known source"


def test_formulas_in_a_page_need_no_javascript():
    made = render("A $x^2$ here.\n\n$$\ny\n$$\n", "site_builder.markdown_math")
    assert made.count("<math ") == 2
    assert "arithmatex" not in made
    assert "script" not in made
    assert '<div class="formula" data-search-exclude tabindex="0"><math' in made
    assert '</math><span class="whole" hidden></span></div>' in made


def test_no_line_ends_between_a_formula_and_its_punctuation():
    made = render(
        "A ($x$), b $y$; c $z$ d.\n\n$$\nw\n$$\n", "site_builder.markdown_math"
    )
    formula = "<span data-search-exclude>F</span>"
    kept = '<span class="unbroken">'
    assert re.sub("<math.*?</math>", "F", made).split("\n")[0] == (
        f"<p>A {kept}({formula}),</span> b {kept}{formula};</span> c {formula} d.</p>"
    )


def test_a_number_keeps_what_belongs_to_it():
    made = render("35 % of 4 × 5 × 6, `7 % 3`, a × b", "site_builder.markdown_spaces")
    kept = "35~% of 4~×~5~×~6".replace("~", "\u00a0")
    assert made == f"<p>{kept}, <code>7 % 3</code>, a × b</p>"


def test_an_example_in_a_docstring_is_code_and_no_quotation():
    text = """\
        Words.

        Example:

        >>> 1 + 1
        2

        >>> 2 + 2
        4

        More words.
        """
    made = render(text, "site_builder.markdown_doctest")
    assert "<blockquote>" not in made
    assert made.count("<code") == 1
    assert '<span class="doc-section-title">Example:</span>' in made
    assert made.rstrip().endswith("<p>More words.</p>")


def test_an_example_inside_a_fence_is_left_alone():
    text = "```text\n>>> 1\n```\n\n> quoted\n"
    made = render(text, "site_builder.markdown_doctest")
    assert made.count("<code") == 1
    assert "<blockquote>" in made
    assert "&gt;&gt;&gt; 1" in made


@pytest.fixture
def names(project):
    path = project.root / "names.json"
    path.write_text(json.dumps(api_names(project.package, ["data"])))
    return str(path)


def links(made):
    found = re.findall(r'<autoref identifier="([^"]*)">(.*?)</autoref>', made)
    return {re.sub("<[^>]*>", "", shown): target for target, shown in found}


def test_names_in_code_lead_to_the_reference(names):
    text = """\
        ```python
        import numpy as np
        from fmkeras import data
        from fmkeras.data import load_text as text

        np.array(data.load_numbers(3))
        text().upper()
        ```

        Later: `fmkeras.data.load_text` and `x.y`.

        ```python
        data.load_text()
        ```
        """
    made = render(text, "site_builder.markdown_code_links", names=names)
    assert links(made) == {
        "data": "fmkeras.data",
        "fmkeras.data": "fmkeras.data",
        "text": "fmkeras.data.load_text",
        "data.load_numbers": "fmkeras.data.load_numbers",
        "fmkeras.data.load_text": "fmkeras.data.load_text",
        "data.load_text": "fmkeras.data.load_text",
    }


@pytest.mark.parametrize(
    "text",
    [
        "See `fmkeras.data.load_nothing`.",
        "```python\nfrom fmkeras import data\n\ndata.load_nothing()\n```",
        "```python\nfrom fmkeras.data import load_nothing\n```",
    ],
)
def test_a_name_that_the_reference_lacks_is_an_error(names, text):
    with pytest.raises(BuildError) as error:
        render(text, "site_builder.markdown_code_links", names=names)
    assert str(error.value) == (
        "Unknown name in code: `fmkeras.data.load_nothing` is no public name of "
        "`fmkeras.data`."
    )


def test_what_is_a_link_or_a_heading_already_is_left_alone(names):
    text = "# `fmkeras.data`\n\nSee [`fmkeras.data`](x.md), and `fmkeras.data` too."
    made = render(text, "site_builder.markdown_code_links", names=names)
    assert made.count("<autoref") == 1
    assert '<a href="x.md"><code>fmkeras.data</code></a>' in made
    assert "<h1><code>fmkeras.data</code></h1>" in made


def test_a_block_that_has_links_already_is_left_alone(names):
    first = render(
        "```pycon\n>>> from fmkeras.data import load_text\n```",
        "site_builder.markdown_code_links",
        names=names,
    )
    again = render(first, "site_builder.markdown_code_links", names=names)
    assert first.count("<autoref ") == again.count("<autoref ") == 2


def test_names_of_one_page_mean_nothing_on_the_next(names):
    md = markdown.Markdown(
        extensions=["pymdownx.superfences", "site_builder.markdown_code_links"],
        extension_configs={"site_builder.markdown_code_links": {"names": names}},
    )
    md.convert("```python\nfrom fmkeras import data\n```")
    assert links(md.reset().convert("```python\ndata.load_text()\n```")) == {}


@pytest.mark.parametrize("language", ["python", "pycon"])
def test_the_name_of_an_argument_is_no_link(names, language):
    prompt = ">>> " if language == "pycon" else ""
    text = f"""\
        ```{language}
        {prompt}from fmkeras.data import load_text, load_numbers
        {prompt}load_text(load_numbers=load_numbers())
        ```
        """
    made = render(text, "site_builder.markdown_code_links", names=names)
    links_to_numbers = made.count('"fmkeras.data.load_numbers"')
    assert links_to_numbers == 2  # the import and the call
    assert set(links(made)) == {"fmkeras.data", "load_text", "load_numbers"}


class DocstringOf(markdown.extensions.Extension):
    """Marks a text as mkdocstrings marks the docstring of an object."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def extendMarkdown(self, md):  # noqa: N802
        mark = markdown.treeprocessors.Treeprocessor(md)
        mark.id_prefix = f"{self.name}--"
        md.treeprocessors.register(mark, "mkdocstrings_ids", 4)


def test_the_example_of_a_docstring_knows_the_names_beside_it(names, project, edit):
    path = project.package / "data" / "text.py"
    edit(path, "def load_text", "def other():\n    pass\n\n\ndef load_text")
    code = ">>> load_numbers(load_text(), other=3)\n>>> other = load_words(keras)"
    places = json.loads(Path(names).read_text())
    for name in ("load_words", "other"):
        places["objects"][f"fmkeras.data.text.{name}"] = f"fmkeras.data.{name}"
    places["keras"] = {"keras": "api/"}
    Path(names).write_text(json.dumps(places))

    def made(documented):
        return markdown.markdown(
            f"```pycon\n{code}\n```\n",
            extensions=[
                "pymdownx.highlight",
                "pymdownx.superfences",
                "site_builder.markdown_code_links",
                DocstringOf(documented),
            ],
            extension_configs={
                "pymdownx.highlight": {"pygments_lang_class": True},
                "site_builder.markdown_code_links": {"names": names},
            },
        )

    assert links(made("fmkeras.data.load_text")) == {
        "load_numbers": "fmkeras.data.load_numbers",
        "load_words": "fmkeras.data.load_words",
        "keras": "keras.io",
    }
    assert links(made("")) == {}
