"""A look at what goes into `fit` and `evaluate`, whichever way it comes."""

import inspect
from contextlib import contextmanager, nullcontext

import keras

from fmkeras.runtime.epoch_ends import mend_epoch_ends
from fmkeras.runtime.memory import keep_memory
from fmkeras.runtime.pipelines import is_tf_dataset, untuned


def call_checked(method, args, kwargs, check, check_pipeline, reword):
    """Call `fit` or `evaluate`, and let every batch pass a check on its way.

    Before `fit`, the optimiser gets its variables.

    Arrays are checked at once; the batches of a generator, of a `PyDataset` and of
    `tf.data` as they come.

    Args:
        method: The bound method of a `keras.Model`.
        args: Tuple of positional arguments of that method.
        kwargs: Dict of its keyword arguments.
        check: Function of `(x, y)` or a longer tuple of arrays; raises `ValueError`.
        check_pipeline: Function from a `tf.data.Dataset` to one that stops at the
            first wrong batch.
        reword: Function from the text of a backend's error to a `ValueError` that
            says the same to a learner, or to `None` if it is about something else.

    Returns:
        What the method returns.

    Raises:
        ValueError: If a batch fails the check.
    """
    call = inspect.signature(method).bind(*args, **kwargs)
    refusals = []

    def remember(batch):
        try:
            check(batch)
        except ValueError as refusal:
            refusals.append(refusal)
            raise

    mend_epoch_ends()
    keep_memory()
    model = method.__self__
    _guard_arguments(call.arguments, remember, check_pipeline)
    if method.__name__ == "fit":
        _build_optimizer(model)
    try:
        with _kept_weights(model):
            return method(*call.args, **call.kwargs)
    except Exception as error:
        # A backend has wrapped the refusal in a traceback of its own.
        worded = refusals[0] if refusals else reword(str(error))
        if worded is None:
            raise
        raise worded from None


def _build_optimizer(model):
    """Make the optimiser's variables before the first step is traced.

    TensorFlow traces a function once more if it has made variables. Keras makes them
    in the first step, except where replicas share them: there it does as we do here.
    """
    if not model.built or not model.compiled:
        return
    strategy = getattr(model, "distribute_strategy", None)  # TensorFlow's alone
    if model.optimizer.built or (strategy and strategy.num_replicas_in_sync > 1):
        return
    with strategy.scope() if strategy else nullcontext():
        model.optimizer.build(model.trainable_variables)


@contextmanager
def _kept_weights(model):
    """Leave a model its weights after an error on JAX.

    While Keras trains there, the weights are in arguments of its functions and the
    model has none; an error between two steps would lose them.
    """
    if keras.backend.backend() != "jax" or not model.built or not model.compiled:
        yield
        return
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    before = [variable.value for variable in variables]
    try:
        yield
    except BaseException:
        model.jax_state_sync()  # what the last whole step has left
        for variable, value in zip(variables, before, strict=True):
            if variable._value is None and not value.is_deleted():
                variable.assign(value)
        raise


def _guard_arguments(arguments, check, check_pipeline):
    if arguments.get("y") is not None:
        check((arguments["x"], arguments["y"]))
    for name in ("x", "validation_data"):
        values = arguments.get(name)
        if name == "validation_data" and isinstance(values, (tuple, list)):
            check(values)
        elif is_tf_dataset(values):
            arguments[name] = untuned(check_pipeline(values))
        elif isinstance(values, keras.utils.PyDataset):
            arguments[name] = _CheckedDataset(values, check)
        elif inspect.isgenerator(values):
            arguments[name] = _checked_batches(values, check)


def _checked_batches(batches, check):
    for batch in batches:
        check(batch)
        yield batch


class _CheckedDataset(keras.utils.PyDataset):
    """A `PyDataset` that looks at every batch it passes on."""

    def __init__(self, dataset, check):
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self.dataset = dataset
        self.check = check

    @property
    def num_batches(self):
        return self.dataset.num_batches

    def __getitem__(self, index):
        batch = self.dataset[index]
        self.check(batch)
        return batch

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()
