"""What TensorFlow loses at the end of an epoch, in one place.

While a `tf.data` pipeline runs, a thread of TensorFlow tunes it and sleeps in between,
twice as long each time: 10 ms, 20 ms, 40 ms, up to a minute. At the end of an epoch
TensorFlow 2.21 waits for that thread, and on few cores often until it wakes by itself:
an epoch of 6 seconds then takes 10.2. Without the tuning there is no such thread. What
may run side by side then runs on all cores, and batches are made ahead as before.
"""

import functools

from fmkeras.runtime.pipelines import untuned


def mend_epoch_ends():
    """Let the epochs of Keras models end when they are over.

    Keras makes a pipeline of arrays, generators and `PyDataset`s, and takes a
    `tf.data.Dataset` as it is. All come out of one function, which is replaced for
    this process; the batches stay the same. A pipeline that asks for tuning keeps it.
    Nothing happens a second time, or on another backend than TensorFlow.

    Example:

    >>> mend_epoch_ends()
    """
    import keras
    from keras.src.trainers import data_adapters

    get = data_adapters.get_data_adapter
    if keras.backend.backend() == "tensorflow" and not hasattr(get, "__wrapped__"):
        data_adapters.get_data_adapter = _without_tuning(get)


def _without_tuning(get_data_adapter):
    @functools.wraps(get_data_adapter)
    def get(*args, **kwargs):
        adapter = get_data_adapter(*args, **kwargs)
        make = adapter.get_tf_dataset
        adapter.get_tf_dataset = lambda: untuned(make())
        return adapter

    return get
