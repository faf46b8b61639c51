"""In a real notebook, a figure appears once: as the value of its cell."""

import nbformat
import pytest
from nbclient import NotebookClient

FIGURES = """
import numpy as np
from fmkeras import plots
from fmkeras.scratch import Value

x = np.random.default_rng(0).normal(size=(9, 2))
node = [{"name": "x", "operation": "", "data": 1.0, "grad": 1.0}]
"""

CALLS = [
    "plots.activation_curves({'tanh': np.tanh})",
    "plots.attention_map(np.eye(2), ['a', 'b'])",
    "plots.bars(['a', 'b'], [1, 2])",
    "plots.computational_graph(node, [])",
    "plots.curves([1, 2], {'y': [1, 2]})",
    "plots.decision_boundary(lambda p: p[:, 0] > 0, x, x[:, 0] > 0)",
    "plots.feature_maps(np.ones((4, 4, 3)))",
    "plots.image_grid(np.ones((2, 4, 4)))",
    "plots.learning_curves({'loss': [1.0, 0.5]})",
    "plots.loss_surface(lambda u, v: u**2 + v**2, x)",
    "plots.scatter_fit(x[:, 0], x[:, 1])",
]

KEPT = """
figure = plots.curves([1, 2], {"y": [1, 2]})
import matplotlib.pyplot as plt
plt.get_fignums()
"""


@pytest.fixture(scope="module")
def cells():
    sources = [FIGURES, *CALLS, KEPT, "figure"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "", "language": ""}
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # as in a reader's Jupyter
        NotebookClient(notebook, timeout=120).execute()
    return {cell.source: cell.outputs for cell in notebook.cells}


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_a_cell_that_ends_in_a_figure_shows_it_exactly_once(cells, call):
    (output,) = cells[call]
    assert output.output_type == "execute_result"
    assert "image/png" in output.data


@pytest.mark.slow
def test_a_figure_that_is_kept_is_not_shown(cells):
    (output,) = cells[KEPT]
    assert output.data == {"text/plain": "[]"}


@pytest.mark.slow
def test_a_figure_that_was_kept_can_be_shown_later(cells):
    (output,) = cells["figure"]
    assert "image/png" in output.data
