"""How a decoder's matrices had best start: `python -m benchmarks.starting_values`.

The reference job as our builder starts it, with Glorot and Bengio's numbers (2010), as
wide as a matrix asks for; and with normal numbers of one width, 0.02, as GPT-2 and most
of its descendants start. Both with the same batches, once for a quarter of the steps.
"""

from rich.live import Live
from rich.table import Table

from benchmarks import decoders, peers, shakespeare
from benchmarks.jobs import OURS
from benchmarks.seeding import set_seed

STDDEV = 0.02
STEPS = (shakespeare.STEPS // 4, shakespeare.STEPS)
SEEDS = (0, 1)


def main():
    """Print the held-out loss of every start, number of steps and seed."""
    table = Table("start", "steps", *(f"loss, seed {seed}" for seed in SEEDS))
    with Live(table):  # a row takes a minute or two
        for name, start in (("Glorot", as_built), (f"normal, {STDDEV}", normal)):
            for steps in STEPS:
                losses = [f"{held_out_loss(start, steps, seed):.3f}" for seed in SEEDS]
                table.add_row(name, f"{steps:,}", *losses)


def held_out_loss(start, steps, seed):
    """Train the reference job and tell its loss on text that it never saw.

    Args:
        start: Function of the model that sets its first weights.
        steps: Integer. The learning rate rises for a twentieth of them.
        seed: Integer, the model's; the batches are always the same.

    Returns:
        Float, nats for a character.
    """
    learn, held_out = shakespeare.numbered_text()
    set_seed(OURS, seed)
    schedule = decoders.Schedule(steps // 20, steps, shakespeare.SCHEDULE.final)
    learner = decoders.learner(OURS, peers.SMALL, schedule)
    start(learner.model)
    batches = shakespeare.random_windows(
        learn, steps, shakespeare.LENGTH, shakespeare.BATCH
    )
    learner.epoch(*batches)()
    inputs, targets = shakespeare.windows(held_out, shakespeare.LENGTH)
    return shakespeare.cross_entropy(learner.logits(inputs), targets)


def as_built(model):
    """Leave the weights as the builder drew them."""


def normal(model):
    """Draw every matrix of the blocks anew; the tables have this width already."""
    import keras

    # A generator, since a number would draw alike for matrices of one shape.
    draw = keras.initializers.RandomNormal(
        stddev=STDDEV, seed=keras.random.SeedGenerator()
    )
    for kernel in model.trainable_variables:
        if kernel.name == "kernel":
            kernel.assign(draw(kernel.shape))


if __name__ == "__main__":
    main()
