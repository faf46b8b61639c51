"""Gives each table its frame while the page is made, and shows it once it is whole."""

import re

from site_builder.whole import END

BARE = re.compile(r"<table>.*?</table>", re.DOTALL)


def framed(page):
    r"""Put every table into a box that scrolls, with a mark at its end.

    The theme's script makes such a box too, when the page is there: then what follows
    would move.

    Args:
        page: String of HTML.

    Returns:
        String of HTML.

    Example:

    >>> print(framed("<table>…</table>").replace("><", ">\n<"))
    <div class="md-typeset__scrollwrap wide-table">
    <div class="md-typeset__table">
    <table>…</table>
    </div>
    <span class="whole" hidden>
    </span>
    </div>
    """
    return BARE.sub(_frame, page)


def _frame(match):
    inner = f'<div class="md-typeset__table">{match[0]}</div>'
    return f'<div class="md-typeset__scrollwrap wide-table">{inner}{END}</div>'
