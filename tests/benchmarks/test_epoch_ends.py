"""The look at epochs that are held open."""

from benchmarks import epoch_ends


def test_both_pipelines_count_and_only_one_is_tuned():
    tuned, untuned = epoch_ends.pipelines()
    assert tuned.options().autotune.enabled is None
    assert untuned.options().autotune.enabled is False
    for pipeline in (tuned, untuned):
        assert list(pipeline.take(3).as_numpy_iterator()) == [0, 2, 4]


def test_every_end_is_timed():
    _, untuned = epoch_ends.pipelines()
    ends = epoch_ends.seconds_to_end(untuned, read_for=0.01, times=3)
    assert len(ends) == 3
    assert min(ends) > 0
