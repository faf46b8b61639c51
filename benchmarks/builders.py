"""How fast the builders train, against stock Keras and against PyTorch.

Run with `python -m benchmarks.builders`. Each job is one epoch over the same images in
the same batches; a peer that is not installed is left out and named.
"""

import importlib.util
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.paired import paired_seconds, ratios
from fmkeras import data, models

IMAGES = 8_192
BATCH = 128
HIDDEN = (256, 128)


def images():
    """Give real digits, repeated until there are enough of them."""
    (x, y), _ = data.load_digits(size=28)
    rows = np.resize(np.arange(len(x)), IMAGES)
    return x[rows], y[rows]


def fmkeras_job(model, x, y):
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0)


def stock_keras_job(model, x, y):
    """The same model under a plain `compile`: a former user's way of writing it."""
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0)


def xla_job(model, x, y):
    """The builder's model under XLA: the default that was weighed and not taken."""
    model.jit_compile = True
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0)


def torch_lenet():
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(models.lenet.DROPOUT),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Dropout(models.lenet.DROPOUT),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Dropout(models.lenet.DROPOUT),
        nn.Linear(84, 10),
    )


def torch_mlp():
    from torch import nn

    first, second = HIDDEN
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, first),
        nn.ReLU(),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Linear(second, 10),
    )


def torch_job(model, x, y):
    """One eager epoch, accuracy counted as Keras counts it."""
    import torch

    x = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()
    y = torch.from_numpy(y).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    cross_entropy = torch.nn.CrossEntropyLoss()

    def epoch():
        model.train()
        right = 0
        for batch in torch.randperm(len(x)).split(BATCH):
            logits = model(x[batch])
            loss = cross_entropy(logits, y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right += int((logits.argmax(dim=1) == y[batch]).sum())
        return right / len(x)

    return epoch


def jobs(name, x, y):
    builders = {
        "LeNet-5": (lambda **k: models.lenet5(**k), torch_lenet),
        "MLP": (lambda **k: models.mlp((28, 28, 1), HIDDEN, 10, **k), torch_mlp),
    }
    build, build_torch = builders[name]
    found = {
        "fmkeras": fmkeras_job(build(), x, y),
        "Keras, plain compile": stock_keras_job(build(compile=False), x, y),
        "fmkeras under XLA": xla_job(build(), x, y),
    }
    if importlib.util.find_spec("torch"):
        found["PyTorch, eager"] = torch_job(build_torch(), x, y)
    return found


def main():
    """Print one row for every model and peer."""
    keras.utils.set_random_seed(0)
    table = Table(title=f"Training on {IMAGES:,} images of 28 × 28, batches of {BATCH}")
    for heading in (
        "model",
        "peer",
        "peer images/s",
        "ours images/s",
        "ratio",
        "range",
    ):
        table.add_column(
            heading, justify="left" if heading in "model peer" else "right"
        )
    x, y = images()
    for name in ("LeNet-5", "MLP"):
        seconds = paired_seconds(jobs(name, x, y))
        ours = seconds.pop("fmkeras")
        for peer, theirs in seconds.items():
            median, low, high = ratios(theirs, ours)
            table.add_row(
                name,
                peer,
                f"{IMAGES / float(np.median(theirs)):,.0f}",
                f"{IMAGES / float(np.median(ours)):,.0f}",
                f"{median:.2f}",
                f"{low:.2f} to {high:.2f}",
            )
    console = Console()
    console.print(table)
    if not importlib.util.find_spec("torch"):
        console.print("PyTorch is not installed here and was left out.")


if __name__ == "__main__":
    main()
