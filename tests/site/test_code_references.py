"""Only what speaks of an import is a reference to it, and no namesake."""

import ast

import pytest

from site_builder.code_references import bound_names, references_in


@pytest.mark.parametrize(
    "code",
    [
        "«data».load()",
        "é = «data».load(data=«data».x)",
        "self.data = self.data.load(«data»)",
        "def f(data, *, x=«data»):\n    return data.load()\n\n\n«data»",
        "def f(x):\n    data = x\n    return data\n\n\n«data»",
        "def f(x):\n    return «data».load(x)",
        "[data for data in x] + «data».all",
        "lambda data: data.x",
        "lambda x: «data».x",
        "class A(«data».Base):\n    data = 1\n    b = data",
        "class A:\n    def data(self):\n        return self.data(«data».x)",
        "@«data».decorated\ndef f(**data):\n    del data",
        "for x in «data».y:\n    with x as d:\n        print(x.data, «data»)",
        ">>> self.data = «data».load()\n>>> for x in y:\n...     «data».z(data=x)\n"
        "...\ndata\n>>> 'data'",
        "from x import «data», é, y as «data»\nimport data",
        "%pip install data",
        "data.",
    ],
)
def test_only_a_use_of_the_import_counts(code):
    plain = code.replace("«", "").replace("»", "")
    expected, text = set(), code
    while "«" in text:
        expected.add(text.index("«"))
        text = text.replace("«", "", 1).replace("»", "", 1)
    assert references_in(plain, {"data"}) == expected


def test_only_the_top_level_gives_a_name_another_meaning_for_the_page():
    code = "a = 1\nfor b in x: c, d = b\ndef e(f):\n    g = f\n[h for h in x]\nx.i = 1"
    assert bound_names(ast.parse(code)) == {"a", "b", "c", "d", "e"}
