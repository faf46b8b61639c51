"""The mark of what the reader is shown only when all of it has come.

A browser draws half a table or half a formula, and gives it another width when the rest
arrives. The style sheet hides it until the mark at its end is there.
"""

END = '<span class="whole" hidden></span>'
