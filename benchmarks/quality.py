"""What every contender has learnt: the same steps on the same data from equal seeds.

The decoder reads tiny Shakespeare by characters; its last row is free in everything but
the time, which is what PyTorch took for its steps. Everybody starts from seed 0, and
from seeds 0 to 2 where a training takes seconds: the mean is told. Tokenizers are asked
whether they give the same ids.
"""

import statistics

from benchmarks import byte_pair, classifiers, peers, shakespeare
from benchmarks.contender import Contender, ContenderError
from benchmarks.decoder_training import NEEDS
from benchmarks.jobs import OURS, Peer
from benchmarks.seeding import set_seed

EPOCHS, SEEDS = 20, 3
DECODER = "reference job, 2,000 steps"
IN_TIME = f"reference job, in the time of {peers.TORCH_EAGER}"
DIGITS = {f"{model}, {EPOCHS} epochs": model for model in classifiers.MODELS}
TOKENS = "encode 1 MB"
LOSS = "held-out loss"
# Who learns, and what it needs. What only changes the time learns the same.
LEARNERS = {
    DECODER: {
        who: needs
        for who, needs in NEEDS.items()
        if who not in (peers.TORCH_COMPILED, peers.UNMENDED)
    },
    **{job: {peers.PLAIN_KERAS: (), classifiers.TORCH: ("torch",)} for job in DIGITS},
    TOKENS: {who: byte_pair.PEERS[who] for who in (byte_pair.RUST, byte_pair.TIKTOKEN)},
}
AT_MOST = {(DECODER, OURS): 1.87, (IN_TIME, OURS): 1.75}


def jobs(row, fast):
    """Compare no speed: `more` does all."""
    return []


def more(row, found, tell, start=Contender):
    """Let everybody learn once, and tell what came of it.

    Args:
        row: String. The row's name.
        found: List of this row's comparisons: none.
        tell: Called with a sentence on what is being done.
        start: Called with module, job and contender; gives a `Contender`.

    Returns:
        A dict of two lists of dicts: `values` and `left_out`.
    """
    values, left_out, results = [], [], {}

    def learn(job, who, argument=""):
        tell(f"{row}, {job}: {who}")
        with start(__name__, job + argument, who) as contender:
            results[job, who] = contender.round()["result"]
        values.extend(_values(row, job, who, results))

    for job, learners in LEARNERS.items():
        for who, packages in {OURS: (), **learners}.items():
            missing = Peer(packages).missing()
            reason = f"not installed: {', '.join(missing)}" if missing else ""
            try:
                if not reason:
                    learn(job, who)
            except ContenderError as error:
                reason = error.reason
            if reason:
                place = {"row": row, "job": job, "peer": who}
                left_out.append({**place, "reason": reason})
    theirs = results.get((DECODER, peers.TORCH_EAGER))
    if theirs and (DECODER, OURS) in results:
        learn(IN_TIME, OURS, argument=f": {theirs['seconds']}")
    return {"values": values, "left_out": left_out}


def build(job, contender):
    """Give the function that learns and evaluates."""
    if job == DECODER:
        return shakespeare.reference(contender)
    if job == TOKENS:
        return lambda: {"digest": byte_pair.digest_of_ids(contender)}
    if job in DIGITS:
        return lambda: _classify(DIGITS[job], contender)

    from benchmarks.against_the_clock import within

    budget = float(job.removeprefix(f"{IN_TIME}: "))
    return lambda: within(budget, *shakespeare.numbered_text())


def _values(row, job, who, results):
    """Put what one contender reached into the table's words."""
    result, place = results[job, who], {"row": row, "job": job, "who": who}
    if job == TOKENS:
        same = result["digest"] == results[job, OURS]["digest"]
        place |= {"what": "ids as ours", "unit": "of 1", "value": float(same)}
        return [] if who == OURS else [{**place, "at_least": 1.0}]
    loss = {**place, "what": LOSS, "unit": "nats", "value": result["loss"]}
    if limit := AT_MOST.get((job, who)):
        loss["at_most"] = limit
    told = [loss]
    if "accuracy" in result:
        share = 100 * result["accuracy"]
        told.append({**place, "what": "test accuracy", "unit": "%", "value": share})
    if "steps" in result:
        told.append(
            {**place, "what": "steps taken", "unit": "", "value": result["steps"]}
        )
    return told


def _classify(model, contender):
    """Train on the digits from each seed, and evaluate on those held out."""
    from fmkeras import data

    (x, y), (x_test, y_test) = data.load_digits(size=28)
    losses, accuracies = [], []
    for seed in range(SEEDS):
        set_seed(contender, seed)
        learner = classifiers.learner(model, contender)
        learner.epochs(x, y, EPOCHS)()
        probabilities = learner.probabilities(x_test)
        losses.append(classifiers.cross_entropy(probabilities, y_test))
        accuracies.append(float((probabilities.argmax(axis=1) == y_test).mean()))
    return {"loss": statistics.mean(losses), "accuracy": statistics.mean(accuracies)}
