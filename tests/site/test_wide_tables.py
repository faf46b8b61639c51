"""Each table has its frame before any script runs, and a mark at its end."""

from site_builder.wide_tables import END, framed


def test_each_table_stands_in_a_frame_that_ends_with_the_mark():
    page = "<p>a</p><table>\n<tr></tr>\n</table><p>b</p><table></table>"
    start = '<div class="md-typeset__scrollwrap wide-table">'
    start += '<div class="md-typeset__table">'
    assert framed(page) == (
        f"<p>a</p>{start}<table>\n<tr></tr>\n</table></div>{END}</div>"
        f"<p>b</p>{start}<table></table></div>{END}</div>"
    )


def test_a_table_with_a_class_is_left_to_who_made_it():
    page = '<table class="highlighttable"><tr></tr></table>'
    assert framed(page) == page
