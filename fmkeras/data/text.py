"""Text to learn a language from: one embedded, one on request."""

import re

from fmkeras.data.download import cache_home, fetch
from fmkeras.data.remote_texts import TINY_SHAKESPEARE
from fmkeras.errors import check_choice

NAMES = ("python_reference", "tiny_shakespeare")

_UNDERLINE = re.compile(r"^[*=~\-]{3,}$", re.MULTILINE)


def load_text(name="python_reference"):
    """Load a text as one string.

    `"python_reference"` is the Python language reference that every CPython
    carries for its `help()`: about 370,000 characters of plain English prose,
    grammar and code. Its topics follow each other in alphabetical order, and
    a paragraph that occurs again (the section on `for` is also part of the one
    on compound statements) is left out: otherwise held-out text would have
    been seen in training, and its loss would lie. The text is the same wherever
    the same release of Python runs. Releases differ as their documentation does:
    3.12 says more than 3.11, and even 3.11.7 words things otherwise than 3.11.2,
    in about 8 % of the text. Numbers to compare must come from one release.

    `"tiny_shakespeare"` is 1,115,394 characters of Shakespeare's plays, which
    many tutorials train on. It is downloaded once (1 MB) into Keras's cache.

    Args:
        name: String, `"python_reference"` or `"tiny_shakespeare"`.

    Returns:
        String.

    Raises:
        ValueError: If there is no text of that name.
        DownloadError: If `"tiny_shakespeare"` is not in Keras's cache and cannot
            be fetched; `"python_reference"` would do.

    Example:

    >>> print(load_text().splitlines()[0])
    The "assert" statement

    Reference:
        The Python language reference, https://docs.python.org/3/reference/;
        Karpathy (2015), "The unreasonable effectiveness of recurrent neural
        networks", https://karpathy.github.io/2015/05/21/rnn-effectiveness/.
    """
    check_choice("load_text", "name", name, NAMES)
    if name == "python_reference":
        return _python_reference()
    path = fetch(
        TINY_SHAKESPEARE,
        cache_home(),
        owner="load_text",
        instead='load_text("python_reference")',
    )
    return path.read_bytes().decode("utf-8")


def _python_reference():
    from pydoc_data.topics import topics

    seen, kept = set(), []
    for topic in sorted(topics):
        for paragraph in topics[topic].split("\n\n"):
            # The same paragraph, whether or not it is wrapped, indented or
            # underlined in the same way.
            words = " ".join(_UNDERLINE.sub("", paragraph).split())
            if words and words not in seen:
                seen.add(words)
                kept.append(paragraph.strip("\n"))
    return "\n\n".join(kept) + "\n"
