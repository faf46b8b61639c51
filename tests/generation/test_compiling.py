"""What is compiled, and what TensorFlow says while it is."""

import logging

from keras import ops

from fmkeras.generation.compiling import compiled


def adding(number):
    """Make one more function of the same code, as every engine does."""
    return lambda x: x + number


def test_many_engines_are_no_reason_to_warn_of_retracing():
    said = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    logger = logging.getLogger("tensorflow")
    logger.addHandler(handler)
    try:
        one = ops.convert_to_tensor(1.0)
        for number in range(8):
            assert float(compiled(adding(number))(one)) == 1 + number
    finally:
        logger.removeHandler(handler)
    assert [message for message in said if "retracing" in message] == []
