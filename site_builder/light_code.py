"""Takes out of highlighted code what shows nothing, so that a page is quick to draw.

Pygments wraps every word, bracket and space in an element. On a lesson's page that is
four in five of all elements, and most have the colour of plain text.
"""

import html
import re

WIDE = 88  # columns that a page of common width shows; what is wider scrolls
BLOCK = re.compile(r"(<pre[^>]*>)(?:<span></span>)?<code>(.*?)</code></pre>", re.DOTALL)
TOKEN = re.compile(r'<span class="([a-z]+\d?)">([^<]*)</span>')

# Kinds of token that the style sheet gives no colour of their own.
PLAIN = {"fm", "kc", "n", "o", "ow", "p", "py", "sa", "vm", "w", "x"}
# Kinds that share a colour with the first: side by side they can be one element.
ALIKE = {
    "k": ("kd", "kn", "kp", "kr", "kt"),
    "m": ("il", "mb", "mf", "mh", "mi", "mo"),
    "s": ("s1", "s2", "sb", "sc", "si", "ss"),
}
KIND = {other: kind for kind, others in ALIKE.items() for other in others}
NEIGHBOURS = re.compile(r'<span class="(\w+)">[^<]*(</span>\s*<span class="\1">[^<]*)+')


def lighten(page):
    """Draw highlighted code with fewer elements, in the same colours.

    Each block also says how many lines it has, its height before it is drawn, and the
    keyboard reaches a wide one, so that its end can be scrolled to.

    Args:
        page: String of HTML.

    Returns:
        String of HTML.

    Example:

    >>> code = '<span class="n">x</span><span class="mi">1</span>'
    >>> lighten(f"<pre><span></span><code>{code}</code></pre>")
    '<pre><code style="--lines: 1">x<span class="m">1</span></code></pre>'
    """
    return BLOCK.sub(_block, page)


def _block(match):
    start, code = match.groups()
    lines = html.unescape(re.sub(r"<[^>]*>", "", code)).rstrip("\n").split("\n")
    reached = ' tabindex="0"' if max(map(len, lines)) > WIDE else ""
    code = NEIGHBOURS.sub(_merged, TOKEN.sub(_token, code))
    size = f'style="--lines: {len(lines)}"'
    return f"{start}<code {size}{reached}>{code}</code></pre>"


def _token(match):
    kind, text = match.groups()
    if kind in PLAIN:
        return text
    return f'<span class="{KIND.get(kind, kind)}">{text}</span>'


def _merged(match):
    between = f'</span>(\\s*)<span class="{match[1]}">'
    return re.sub(between, r"\1", match[0])
