"""Fréchet and kernel distance as a trend: what is seen, what is kept, how long it may take."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from made_features import features_card, made_network
from made_idx import made_idx, made_images
from made_models import made_card, made_model
from made_patches import band_limited, made_patches

from satstudio.core.errors import Cancelled, InputError, ModelError
from satstudio.core.progress import Progress
from satstudio.learn.evaluation import feature_trend
from satstudio.learn.evaluation.feature_images import open_features
from satstudio.learn.evaluation.feature_trend import SHARE, FeatureTrend
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.set_up import set_up
from satstudio.patches.importing import import_patches
from satstudio.pixels.spectral.fourier import visible_image

SMALL = {"side": 32, "card": features_card(size_px=32)}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return made_network(tmp_path_factory.mktemp("net") / "net.onnx", **SMALL)


def chosen(features, **values):
    return TrainRecipe(**{"preset": "tiny", "threads": 1, "features": str(features), **values})


def features_of(recipe, data):
    return open_features(recipe.features, recipe.threads, set_up(data, recipe))


def opened(patches, features, **values):
    recipe = chosen(features, **values)
    return features_of(recipe, open_data(patches, recipe))


def trend(patches, folder, features="random"):
    data = open_data(patches, chosen(features))
    made = FeatureTrend(opened(patches, features), data, folder)
    made.prepare(Progress())
    return made


def no_more(seeds):
    raise AssertionError(seeds)


def test_a_network_sees_amplitudes_of_complex_samples_as_grey_pictures(patches, network):
    found = opened(patches, network)
    real = found.reference.real()
    assert np.iscomplexobj(real)
    assert np.array_equal(found.shown(real), np.abs(real))
    low, high = np.percentile(np.abs(real), (2, 98))
    assert f"bands 1,1,1 from {low:.12g} to {high:.12g}" in found.extractor.name
    assert found.rows(real[:3]).shape == (3, found.extractor.n_features)


def test_features_without_a_file_see_the_samples_themselves(patches):
    found = opened(patches, "random")
    assert found.extractor.kind.is_complex
    assert np.iscomplexobj(found.shown(found.reference.real()))


def test_of_spectra_the_images_that_they_show_are_seen(tmp_path, network):
    root = made_idx(tmp_path / "digits.gz", made_images(24))
    spectra = import_patches(
        "idx", root, {"domain": "fourier", "size_px": 16}, tmp_path / "spectra", Progress()
    )
    for features in (network, "handcrafted"):
        found = opened(spectra, features)
        real = found.reference.real()
        assert np.array_equal(found.shown(real), visible_image(real))
        assert not found.extractor.kind.is_complex


@pytest.mark.parametrize(("bands", "seen"), [(2, "1,2,2"), (3, "1,2,3"), (4, "1,2,3")])
def test_real_images_are_seen_as_they_are_in_their_first_bands(tmp_path, network, bands, seen):
    values = np.abs(np.concatenate([band_limited(8, 16, seed) for seed in range(bands)], axis=1))
    real = made_patches(tmp_path / "real", size=16, values=values, validation=0)
    found = opened(real, network, method="dcgan")
    assert f"(bands {seen} from" in found.extractor.name


@pytest.mark.parametrize("name", ["pictures", "net.txt", "none.onnx", "own.onnx", "broken.onnx"])
def test_what_is_no_network_of_features_is_refused_before_the_run_has_a_folder(
    name, patches, tmp_path
):
    errors = {
        "pictures": (
            InputError,
            "no features 'pictures': give handcrafted, random, or an ONNX file",
        ),
        "net.txt": (InputError, "or an ONNX file of a feature network"),
        "none.onnx": (ModelError, "There is no model file"),
        "own.onnx": (InputError, "own.onnx is a model for 'generate', not a network of features"),
        "broken.onnx": (ModelError, "broken.onnx is no ONNX model that runs here"),
    }
    made_model(tmp_path / "own.onnx", made_card().to_metadata())
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    features = name if "." not in name else tmp_path / name
    kind, words = errors[name]
    with pytest.raises(kind, match=words):
        train(patches, chosen(features, steps=1), tmp_path / "run", Progress())
    assert not (tmp_path / "run").exists()


def test_a_restorer_has_no_features(patches):
    with pytest.raises(InputError, match="restores images; features are for methods that make"):
        opened(patches, "handcrafted", method="despeckle", preset=None, options={"size": 16})


def test_other_real_images_are_near_and_louder_ones_far(patches, tmp_path):
    one = trend(patches, tmp_path)
    real = one._images.reference.other()
    near, far = one.look(real, no_more), one.look(4 * real, no_more)
    for name in ("frechet_features", "kid"):
        assert near[name] == pytest.approx(near[f"{name}_floor"])
        assert far[name] > 3 * abs(near[name])
    assert near["features_n"] == len(real) == 256
    facts = one.info()
    assert facts["title"] == "fd_random"
    assert (facts["n"], facts["note"][:13]) == (256, "amber: n 256 ")


def test_more_images_are_made_where_there_are_too_few(patches, tmp_path):
    one = trend(patches, tmp_path)
    real = one._images.reference.other()
    asked = []

    def more(seeds):
        asked.extend(seeds)
        return real[list(seeds)]

    assert one.look(real[:40], more) == one.look(real, no_more)
    assert asked == list(range(40, 256))


def test_images_that_are_not_finite_give_no_figure(patches, tmp_path):
    one = trend(patches, tmp_path)
    broken = np.full_like(one._images.reference.real(), np.nan)
    found = one.look(broken, no_more)
    assert found["frechet_features"] is None
    assert found["kid"] is None


def test_real_images_are_measured_once_for_a_patch_set(patches, tmp_path, monkeypatch):
    first = trend(patches, tmp_path / "features")
    (kept,) = (tmp_path / "features").iterdir()
    monkeypatch.setattr(
        "satstudio.learn.evaluation.feature_images.FeatureImages.rows", no_more_rows(1)
    )
    again = trend(patches, tmp_path / "features")
    assert np.array_equal(first._real, again._real)
    assert first._floor == again._floor
    monkeypatch.undo()
    kept.write_bytes(b"half")
    assert np.array_equal(trend(patches, tmp_path / "features")._real, first._real)


def test_a_stop_is_seen_while_real_images_are_measured(recipe, patches, tmp_path):
    followed = recipe.changed(steps=2, features="handcrafted")
    texts = []
    stopping = Progress(lambda share, text: texts.append(text), lambda: len(texts) > 2)
    with pytest.raises(Cancelled):
        train(patches, followed, tmp_path / "run", stopping)
    assert texts[-1] == "Features of real images, 256 and 256"
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "stopped"
    assert not (tmp_path / "run/features").exists()


def no_more_rows(most):
    """Features of so few images only."""

    def rows(self, images, *told):
        assert len(images) <= most
        return np.zeros((len(images), self.extractor.n_features))

    return rows


@pytest.mark.parametrize(("each_s", "is_said"), [(0.3, False), (20.0, True)])
def test_it_takes_a_tenth_of_the_time_at_most(each_s, is_said, patches, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(feature_trend, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    images = opened(patches, "random")
    random = np.random.default_rng(0)

    def slow(self, given, *told):
        now[0] += each_s
        return random.standard_normal((len(given), self.extractor.n_features))

    monkeypatch.setattr("satstudio.learn.evaluation.feature_images.FeatureImages.rows", slow)
    one = FeatureTrend(images, open_data(patches, chosen("random")), tmp_path)
    said = one.prepare(Progress())
    assert ("take 20 s here" in said and "comes after 3 min" in said) == is_said
    real, start, spent, count = images.reference.real(), now[0], 0.0, 0
    while now[0] < start + 450:
        now[0] += 1
        if one.is_due():
            before = now[0]
            one.look(real, no_more)
            spent += now[0] - before
            count += 1
        assert spent <= SHARE * (now[0] - start) + 1e-9
    assert count >= 0.8 * SHARE * 450 / each_s or each_s < 1 / (1 - SHARE)
    assert count > 1


def test_a_training_logs_the_distance_and_run_json_says_of_what(
    recipe, patches, tmp_path, network, monkeypatch
):
    monkeypatch.setattr(
        "satstudio.learn.evaluation.feature_trend.FeatureTrend.is_due", lambda self: True
    )
    monkeypatch.setattr("satstudio.learn.evaluation.evaluator.FIGURE_PIXELS", 32 * 16 * 16)
    followed = recipe.changed(steps=2, features=str(network))
    run = train(patches, followed, tmp_path / "run", Progress())
    last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    names = ("frechet_features", "kid")
    assert all(np.isfinite([last[name], last[f"{name}_floor"]]).all() for name in names)
    assert last["features_n"] == 256
    facts = json.loads((run / "run.json").read_text())["features"]
    assert facts["title"] == "fd_custom@tf1"
    assert facts["extractor"].startswith("custom@tf1:abababababab (bands 1,1,1 from")
    assert len(list((run / "features").iterdir())) == 1
    train(patches, recipe.changed(steps=3), run, Progress(), resume=True)  # may be left out later


def test_large_images_are_fewer(tmp_path, monkeypatch):
    values = np.abs(band_limited(2, 128))
    patches = made_patches(tmp_path / "large", size=128, values=values, validation=0)
    recipe = chosen("random", method="dcgan", options={"size": 128})
    data = open_data(patches, recipe)
    monkeypatch.setattr("satstudio.learn.evaluation.feature_images.MOST_PIXELS", 100 * 128**2)
    assert features_of(recipe, data).n == 100
    monkeypatch.setattr("satstudio.learn.evaluation.feature_images.MOST_PIXELS", 1)
    assert features_of(recipe, data).n == 64
