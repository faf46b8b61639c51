"""Code keeps its words and its colours when the elements that show nothing are gone."""

import re

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from site_builder.light_code import KIND, PLAIN, lighten
from site_builder.project import REPOSITORY_ROOT

CODE = '''
@decorator
def f(x: int, *, y=1.5e3, **rest) -> str:
    """Say x & y."""
    # a comment with <b>
    for i in range(10):
        yield f"{x:>{y}} {i!r} \\n" + rb'raw' + 0x1F, not None, True
    return super().__init__(self.__class__)
'''


def as_shown(html):
    """Return each character with the kind of token that colours it."""
    shown, kinds = [], []
    for tag, kind, text in re.findall(r'(</?span(?: class="(\w+)")?>)|([^<]+)', html):
        if tag.startswith("</"):
            kinds.pop()
        elif tag:
            kinds.append(kind)
        else:
            kind = kinds[-1] if kinds else ""
            kind = "" if kind in PLAIN else KIND.get(kind, kind)
            shown += [(c, "" if c.isspace() else kind) for c in text]
    return shown


def block(code):
    return re.sub(
        r"<pre>.*?</span>(.*)</pre>",
        r"<pre><span></span><code>\1</code></pre>",
        highlight(code, PythonLexer(), HtmlFormatter(wrapcode=False)),
        flags=re.DOTALL,
    )


def inner(html):
    return re.search(r"<code[^>]*>(.*)</code>", html, re.DOTALL)[1]


@pytest.mark.parametrize("path", [None, "site_builder/source.py", "fmkeras/errors.py"])
def test_every_character_keeps_its_colour(path):
    code = CODE if path is None else (REPOSITORY_ROOT / path).read_text("utf-8")
    before = block(code)
    after = lighten(before)
    assert as_shown(inner(after)) == as_shown(inner(before))
    assert after.count("<span") < 0.5 * before.count("<span")


def test_neighbours_of_one_kind_are_one_element():
    spans = (
        '<span class="s2">"a</span><span class="si">{</span><span class="n">x</span>'
    )
    spans += '<span class="si">}</span> <span class="s2">b"</span>'
    made = lighten(f"<pre><span></span><code>{spans}</code></pre>")
    assert inner(made) == '<span class="s">"a{</span>x<span class="s">} b"</span>'


def test_a_block_says_how_many_lines_it_has():
    made = lighten("<pre id='x'><code>1\n\n3\n</code></pre>")
    assert made == "<pre id='x'><code style=\"--lines: 3\">1\n\n3\n</code></pre>"


def test_the_keyboard_reaches_a_block_that_is_wide():
    for entity in ("x", "&lt;", '<span class="n">x</span>'):
        narrow = lighten(f"<pre><code>{entity * 88}\n{entity}</code></pre>")
        wide = lighten(f"<pre><code>{entity}\n{entity * 89}</code></pre>")
        assert "tabindex" not in narrow
        assert '<code style="--lines: 2" tabindex="0">' in wide


def test_what_is_no_block_of_code_stays():
    page = '<p><code><span class="n">x</span></code></p><pre class="z">text</pre>'
    assert lighten(page) == page


def test_links_in_code_stay():
    link = '<a href="y"><span class="n">x</span></a><span class="o">.</span>'
    made = lighten(f"<pre><span></span><code>{link}</code></pre>")
    assert inner(made) == '<a href="y">x</a>.'
