"""Every registered extractor: its card, its features, other scales, what it refuses."""

import numpy as np
import pytest
from made_features import rough_images, speckle_images

from satstudio.core.errors import InputError
from satstudio.metrics.features import relative
from satstudio.metrics.measures.distribution import frechet_features
from satstudio.metrics.sets.feature_scores import score_features
from satstudio.restore.features.extractor import EXTRACTORS, ImageKind

REAL, COMPLEX = rough_images(60), speckle_images(60)


@pytest.fixture(params=list(EXTRACTORS))
def name(request):
    return request.param


@pytest.fixture(params=[REAL, COMPLEX], ids=["real", "complex"])
def images(request):
    return request.param


def made(name, images):
    return EXTRACTORS[name].make(ImageKind(images.shape[1], np.iscomplexobj(images)))


def test_none_is_broken():
    assert EXTRACTORS.broken == {}


def test_its_card_says_what_it_is(name, images):
    info, own = EXTRACTORS[name], made(name, images)
    assert info.title
    assert info.source.endswith(".")
    assert own.family == name
    assert own.name.startswith(name)
    assert own.preprocess
    assert str(own.kind) in own.name


def test_features_are_finite_rows_of_float32_and_the_images_stay(name, images):
    own, before = made(name, images), images.copy()
    rows = own(images)
    assert rows.shape == (60, own.n_features)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(own(images), rows)


def test_other_kinds_of_images_have_another_name(name):
    kinds = [ImageKind(1, False), ImageKind(2, False), ImageKind(1, True), ImageKind(2, True)]
    assert len({EXTRACTORS[name].make(kind).name for kind in kinds}) == 4


def test_an_image_is_the_same_in_any_order_of_memory_and_type(name, images):
    own, wide = made(name, images), images.astype(np.result_type(images, np.float64))
    known = own(images)
    np.testing.assert_allclose(own(np.asfortranarray(images)), known, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(own(wide), known, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(own(images[::-1])[::-1], known, rtol=1e-4, atol=1e-6)


def test_a_set_is_nearest_to_itself(name, images):
    own = made(name, images)
    rows, others = relative(*(own(x).astype(float) for x in (images, images[::-1] * 1.5)))
    assert frechet_features(rows, rows) == pytest.approx(0, abs=1e-6)
    assert frechet_features(rows, others) > 0.1


def test_what_it_does_not_take_is_refused_by_name(name, images):
    own = made(name, images)
    for wrong in (images[0], images[:0], images[:, :0], images * np.nan, images[..., :2, :2]):
        with pytest.raises(InputError, match=name):
            own(wrong)


def test_scores_of_it_carry_its_name(name, images):
    own = made(name, images)
    found = score_features(own(images), own(images), ["kid"], own.name)
    assert f"[features of {own.name}; n 60 and 60]" in found["kid"].definition
