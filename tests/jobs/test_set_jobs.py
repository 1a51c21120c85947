"""Scoring sets and converting weights as jobs: started by a line of JSON, in another process."""

import numpy as np
import pytest
from made_features import rough_images

from satstudio.bench.set_scores import SetScoreRecipe, score_sets
from satstudio.core.errors import Cancelled, InputError, RecipeError
from satstudio.core.progress import Progress
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job


@pytest.fixture
def pair(tmp_path):
    paths = tmp_path / "real.npy", tmp_path / "made.npy"
    for path, images in zip(paths, (rough_images(80, 1), rough_images(60, 2)), strict=True):
        np.save(path, images)
    return paths


def job(pair, **recipe):
    arguments = {"real": str(pair[0]), "generated": str(pair[1]), "recipe": recipe}
    return Job(kind="score_sets", arguments=arguments, nice=0)


def test_a_worker_gives_the_numbers_of_python(pair):
    found = run_job(job(pair, metrics=["fd"], resamples=10), Progress())
    known = score_sets(*pair, SetScoreRecipe(metrics=("fd",), resamples=10), Progress())
    assert list(found) == ["fd_handcrafted", "kid_handcrafted"]
    for name, one in known.items():
        assert found[name]["value"] == pytest.approx(one.value, rel=1e-9)
        assert found[name]["definition"] == one.definition
        assert found[name]["parts"] == pytest.approx(dict(one.parts))


def test_a_worker_refuses_what_python_refuses_and_stops_when_asked(pair, tmp_path):
    with pytest.raises(InputError, match="no features 'good'"):
        run_job(job(pair, extractor={"features": "good"}), Progress())
    with pytest.raises(RecipeError, match="resize"):
        run_job(job(pair, extractor={"features": "handcrafted", "resize": "best"}), Progress())
    calls = iter(range(10**6))
    stopping = Progress(is_stopped=lambda: next(calls) > 0)
    with pytest.raises(Cancelled):
        run_job(job(pair, resamples=10_000), stopping)


@pytest.mark.learn
@pytest.mark.slow
def test_a_worker_converts_and_refuses_weights(tmp_path):
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"none")
    arguments = {"weights": str(wrong), "out": str(tmp_path / "o.onnx")}
    with pytest.raises(InputError, match="read safely"):
        run_job(Job(kind="convert_inception", arguments=arguments, nice=0), Progress())
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.pth"]
