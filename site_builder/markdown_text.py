"""Small pieces of Markdown."""

import html
import json
import re


def front_matter(title, description, **more):
    r"""Write the head of a page, for its title and what search engines show.

    Args:
        title: String.
        description: String, of which backticks and dollar signs are left out. The
            theme writes it into an attribute as it is, so it is escaped here.
        more: Further entries, strings.

    Returns:
        String of YAML.

    Example:

    >>> print(front_matter("Lessons", 'All "lessons" on `fit`.'))
    ---
    title: "Lessons"
    description: "All &quot;lessons&quot; on fit."
    ---
    """
    plain = html.escape(re.sub(r"[`$]", "", description), quote=True)
    entries = {"title": title, "description": plain, **more}
    lines = [f"{name}: {_quoted(text)}" for name, text in entries.items()]
    return "\n".join(["---", *lines, "---"])


def fence(code, info):
    """Fence code with more backticks than it holds in a row.

    Args:
        code: String.
        info: String that follows the opening fence.

    Returns:
        String.

    Example:

    >>> print(fence("x = 1", "python"))
    ```python
    x = 1
    ```
    """
    longest = max(map(len, re.findall(r"`+", code)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{info}\n{code}\n{ticks}"


def indent(text, width=4):
    """Indent every line that is not empty."""
    margin = " " * width
    return "\n".join(margin + line if line else line for line in text.split("\n"))


def folded(kind, title, body):
    """Fold a block under a title that opens it.

    Args:
        kind: String. Kind of admonition, such as `"tip"`.
        title: String.
        body: String of Markdown.

    Returns:
        String.

    Example:

    >>> print(folded("tip", "Hint", "Think."))
    ??? tip "Hint"
    <BLANKLINE>
        Think.
    """
    title = title.replace('"', "&quot;")
    return f'??? {kind} "{title}"\n\n{indent(body)}'


def escape_label(text):
    r"""Escape what Markdown would read inside a link's label.

    Example:

    >>> escape_label("loss [nats], $x_1$")
    'loss \\[nats\\], \\$x\\_1\\$'
    """
    return re.sub(r"([\\`*_{}\[\]<>$])", r"\\\1", text)


def summary(docstring):
    r"""Return the first paragraph of a docstring, which is one sentence, on one line.

    Example:

    >>> summary("Load the\n    digits.\n\n    More.")
    'Load the digits.'
    """
    return " ".join(docstring.strip().split("\n\n")[0].split())


def _quoted(text):
    return json.dumps(text, ensure_ascii=False)
