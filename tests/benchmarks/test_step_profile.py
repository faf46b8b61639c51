"""What a compiled step spends its time on, kind by kind."""

import pytest

from benchmarks.step_profile import by_kind, profiled


def test_kernels_are_summed_up_by_kind():
    events = [
        ("MatMul.174", 0.25),
        ("MatMul_1.80", 0.5),
        ("dot.3", 1.0),
        ("wrapped_reduce-window.90", 2.0),
        ("ynn_fusion.40", 4.0),
        ("multiply_tanh_fusion.3", 8.0),
        ("convert_fusion.2", 16.0),
        ("_MklNativeFusedConv2D", 32.0),
        ("convolution.7", 64.0),
        ("_MklNativeMaxPoolGrad", 128.0),
        ("while.24", 256.0),  # what is in it is noted by itself
        ("call", 256.0),
        ("StatefulPartitionedCall", 256.0),
    ]
    assert by_kind(events) == {
        "matrix products": (1.75, 3),
        "convolutions": (96.0, 2),
        "poolings": (128.0, 1),
        "sums": (6.0, 2),
        "the rest, number by number": (24.0, 2),
    }


def test_kinds_without_a_kernel_are_told():
    assert by_kind([]) == {
        "matrix products": (0.0, 0),
        "convolutions": (0.0, 0),
        "poolings": (0.0, 0),
        "sums": (0.0, 0),
        "the rest, number by number": (0.0, 0),
    }


@pytest.mark.slow
def test_without_xla_every_operation_is_noted():
    import tensorflow as tf

    @tf.function
    def step(x):
        return tf.nn.max_pool2d(
            tf.nn.conv2d(x, tf.ones((2, 2, 3, 5)), 1, "SAME"), 2, 2, "SAME"
        )

    _, events = profiled(lambda: step(tf.ones((4, 7, 6, 3))))
    kinds = by_kind(events)
    assert kinds["convolutions"][1] == kinds["poolings"][1] == 1
    assert kinds["matrix products"][1] == 0


@pytest.mark.slow
def test_every_kernel_of_a_compiled_function_is_noted():
    import tensorflow as tf

    @tf.function(jit_compile=True)
    def step(x):
        return tf.tanh(x @ x) + 1.0

    seconds, events = profiled(lambda: step(tf.ones((64, 64))))
    kinds = by_kind(events)
    assert kinds["matrix products"][1] == 1
    assert kinds["the rest, number by number"][1] == 1
    assert 0 < kinds["matrix products"][0] < seconds + 1.0
