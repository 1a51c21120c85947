"""ONNX files of features: name and identity, resize rules, choices of bands, damaged files."""

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats
from made_features import N_FEATURES, N_LOGITS, features_card, made_network
from made_models import made_card, made_model

from satstudio.core.errors import InputError, ModelError, RecipeError
from satstudio.core.files.replacing import sha256_of
from satstudio.restore.features import file as features_file
from satstudio.restore.features.card import FeatureCard, read_any_card
from satstudio.restore.features.choice import ExtractorRecipe, open_extractor
from satstudio.restore.features.extractor import ImageKind
from satstudio.restore.features.file import ThreeBands, file_extractor
from satstudio.restore.features.resize import RULES
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import read_card

PICTURES = ImageKind(3, False)
CHOICE = ThreeBands(bands=(4, 3, 2), low=0, high=3000)


def pictures(n=4, side=40):
    return np.random.default_rng(0).integers(0, 256, (n, 3, side, side), dtype=np.uint8)


def test_a_file_with_a_card_is_named_after_rule_and_weights(tmp_path):
    path = made_network(tmp_path / "net.onnx", features_card())
    own = file_extractor(path, PICTURES)
    assert own.name == "custom@tf1:abababababab"
    assert own.family == "custom@tf1"
    assert (own.n_features, own.n_logits, own.bands) == (N_FEATURES, N_LOGITS, 3)
    assert own.title("frechet_features") == "fd_custom@tf1"
    assert own(pictures()).shape == (4, N_FEATURES)
    assert own.rows(pictures()).shape == (4, N_FEATURES + N_LOGITS)


def test_known_weights_have_their_published_name(tmp_path, monkeypatch):
    monkeypatch.setitem(features_file.KNOWN_WEIGHTS, "ab" * 32, "fid")
    path = made_network(tmp_path / "net.onnx", features_card(id="fid"))
    assert file_extractor(path, PICTURES).name == "fid@tf1:abababababab"
    assert file_extractor(path, PICTURES, "ptfid").title("frechet_features") == "fid@ptfid"


def test_a_card_cannot_claim_a_name_that_its_weights_do_not_have(tmp_path):
    path = made_network(tmp_path / "net.onnx", features_card(id="fid"))
    assert file_extractor(path, PICTURES).family == "custom@tf1"


def test_a_file_without_a_card_is_custom_by_its_own_sha256_and_needs_a_rule(tmp_path):
    path = made_network(tmp_path / "net.onnx", logits=False)
    with pytest.raises(InputError, match=r"net\.onnx does not say.*tf1, ptfid, clean, or none"):
        file_extractor(path, PICTURES)
    own = file_extractor(path, PICTURES, "clean")
    assert own.name == f"custom@clean:{sha256_of(path)[:12]}"
    assert (own.n_features, own.n_logits) == (N_FEATURES, 0)


@pytest.mark.parametrize("rule", RULES)
def test_features_are_those_of_the_resized_picture(tmp_path, rule):
    path = made_network(tmp_path / "net.onnx", features_card())
    weights = onnx.numpy_helper.to_array(onnx.load(path).graph.initializer[0])
    known = RULES[rule](pictures()).mean(axis=(2, 3)) @ weights
    np.testing.assert_allclose(file_extractor(path, PICTURES, rule)(pictures()), known, atol=1e-4)


def test_bands_as_they_are_reach_a_network_of_any_number_of_bands(tmp_path):
    path = made_network(tmp_path / "net.onnx", bands=5, side="side", logits=False)
    own = file_extractor(path, ImageKind(5, False), "none")
    images = np.random.default_rng(0).normal(0, 9, (3, 5, 24, 24))
    weights = onnx.numpy_helper.to_array(onnx.load(path).graph.initializer[0])
    np.testing.assert_allclose(own(images), images.mean(axis=(2, 3)) @ weights, rtol=1e-4)
    with pytest.raises(InputError, match=r"takes 5 bands.*4 real bands"):
        file_extractor(path, ImageKind(4, False), "none")
    with pytest.raises(InputError, match="choice of three"):
        file_extractor(path, ImageKind(5, False), "none", CHOICE)


def test_multispectral_images_need_a_choice_which_is_part_of_the_name(tmp_path):
    path = made_network(tmp_path / "net.onnx", features_card())
    kind = ImageKind(6, False)
    with pytest.raises(InputError, match="choose three bands"):
        file_extractor(path, kind)
    own = file_extractor(path, kind, None, CHOICE)
    assert own.name == "custom@tf1:abababababab (bands 4,3,2 from 0 to 3000)"
    images = np.random.default_rng(0).uniform(-500, 4000, (2, 6, 30, 30)).astype(np.float32)
    chosen = np.clip(np.rint(images[:, [3, 2, 1]] / 3000 * 255), 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(own(images), file_extractor(path, PICTURES)(chosen))
    with pytest.raises(InputError, match="no band 4"):
        file_extractor(path, PICTURES, None, CHOICE)


def test_values_that_are_no_bytes_need_a_stretch_and_complex_ones_are_refused(tmp_path):
    path = made_network(tmp_path / "net.onnx", features_card())
    with pytest.raises(InputError, match="float32, not uint8"):
        file_extractor(path, PICTURES)(pictures().astype(np.float32))
    with pytest.raises(InputError, match="complex"):
        file_extractor(path, ImageKind(3, True), None, CHOICE)


@given(arrays(np.float32, (1, 4, 5, 5), elements=floats(-1e6, 1e6, width=32)))
def test_a_stretch_keeps_order_and_clips(images):
    choice = ThreeBands(bands=(1, 2, 4), low=-100, high=900)
    made = choice.picture(images)
    assert made.dtype == np.uint8
    assert made.shape == (1, 3, 5, 5)
    chosen = images[:, [0, 1, 3]]
    assert (made[chosen <= -100] == 0).all()
    assert (made[chosen >= 900] == 255).all()
    order = np.argsort(chosen, axis=None)
    assert (np.diff(made.ravel()[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("wrong", [{"bands": (0, 1, 2)}, {"low": 5, "high": 5}])
def test_a_choice_that_cannot_be_is_refused(wrong):
    with pytest.raises(RecipeError):
        ThreeBands.build({"bands": (1, 2, 3), "low": 0, "high": 1, **wrong})


def test_no_network_of_features_is_told_in_one_sentence(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x08" + bytes(range(200)))
    with pytest.raises(ModelError, match=r"broken\.onnx is no ONNX model"):
        file_extractor(broken, PICTURES, "tf1")
    with pytest.raises(ModelError, match="no model file"):
        file_extractor(tmp_path / "absent.onnx", PICTURES, "tf1")
    generator = made_model(tmp_path / "generator.onnx")
    with pytest.raises(ModelError, match="for 'generate', not for features"):
        file_extractor(generator, PICTURES)
    plain = made_model(tmp_path / "plain.onnx", {})
    with pytest.raises(ModelError, match="not float32 images"):
        file_extractor(plain, PICTURES, "tf1")
    whole = made_network(tmp_path / "whole.onnx", features_card())
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(whole.read_bytes()[:150])
    with pytest.raises(ModelError, match=r"cut\.onnx"):
        file_extractor(cut, PICTURES)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"n_features": 2048}, "its card says"),
        ({"n_logits": 0}, "its card says"),
        ({"format": 2}, "card format 2"),
    ],
)
def test_a_card_that_does_not_fit_its_network_is_refused(tmp_path, values, reason):
    path = made_network(tmp_path / "net.onnx", features_card(**values))
    with pytest.raises(ModelError, match=reason):
        file_extractor(path, PICTURES)


def test_the_card_comes_back_and_models_of_images_keep_theirs(tmp_path):
    card = features_card()
    assert FeatureCard.from_metadata(card.to_metadata(), tmp_path) == card
    path = made_network(tmp_path / "net.onnx", card)
    assert read_any_card(path) == card
    assert isinstance(read_any_card(made_model(tmp_path / "g.onnx")), ModelCard)
    with pytest.raises(ModelError, match="gives features, not images"):
        read_card(path)
    with pytest.raises(ModelError, match="for 'generate'"):
        FeatureCard.from_metadata(made_card().to_metadata(), path)


def test_a_recipe_names_the_features(tmp_path):
    path = made_network(tmp_path / "net.onnx", features_card())
    kind = ImageKind(4, False)
    assert open_extractor(ExtractorRecipe(), kind).family == "handcrafted"
    assert open_extractor(ExtractorRecipe(features="random"), kind).family == "random"
    chosen = ExtractorRecipe(
        features=str(path), resize="clean", bands=(3, 2, 1), stretch=(0, 1), threads=2
    )
    assert open_extractor(chosen, kind).name == (
        "custom@clean:abababababab (bands 3,2,1 from 0 to 1)"
    )
    for recipe, reason in (
        (ExtractorRecipe(features="inception"), "no features 'inception'.*handcrafted, random"),
        (ExtractorRecipe(features="handcrafted", resize="tf1"), "belong to an ONNX file"),
        (ExtractorRecipe(features=str(path), bands=(1, 2, 3)), "needs both"),
        (ExtractorRecipe(features=str(path), stretch=(0, 1)), "needs both"),
    ):
        with pytest.raises(InputError, match=reason):
            open_extractor(recipe, kind)
