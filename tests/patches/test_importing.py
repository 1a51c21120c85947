"""A data set's own files become a patch set; what does not fit is one sentence."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from made_idx import made_idx, made_images

from satstudio.core.errors import Cancelled, InputError
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.patches.check import check_patches
from satstudio.patches.dataset import DATASETS
from satstudio.patches.importing import import_patches
from satstudio.patches.manifest import MANIFEST
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.scaling import scaled
from satstudio.pixels.spectral.fourier import padded, visible_image

FASHION = Path(os.environ.get("SATSTUDIO_TEST_FASHION", "/usr/share/datasets/fashion-mnist"))
IMAGES = made_images(20)


@pytest.fixture
def folder(tmp_path):
    """A folder as MNIST's own: training and test images, and labels."""
    root = tmp_path / "mnist"
    root.mkdir()
    made_idx(root / "train-images-idx3-ubyte.gz", IMAGES)
    made_idx(root / "t10k-images-idx3-ubyte.gz", made_images(6, seed=1))
    made_idx(root / "train-labels-idx1-ubyte.gz", np.zeros(20, np.uint8))
    return root


def imported(root, out, **choices):
    values = {"size_px": 16} | choices
    return PatchSet.open(import_patches("idx", root, values, out, Progress()))


def test_pixels_are_shares_of_white_in_the_middle_of_zeros(folder, tmp_path):
    patches = imported(folder, tmp_path / "set")
    assert patches.train.shape == (20, 1, 16, 16)
    assert patches.validation.shape == (6, 1, 16, 16)
    assert patches.train.dtype == np.float32
    np.testing.assert_allclose(patches.train[:][:, 0, 4:12, 4:12], IMAGES / 255, atol=1e-7)
    assert patches.manifest.domain == "image"
    assert patches.manifest.scaling.kind == "linear"
    seen = scaled(patches.train[:], patches.manifest.scaling)
    assert (seen.mean(), seen.std()) == pytest.approx((0, 1), abs=1e-3)


def test_spectra_give_the_images_back_to_a_millionth(folder, tmp_path):
    patches = imported(folder, tmp_path / "set", domain="fourier")
    manifest = patches.manifest
    assert (manifest.domain, manifest.is_complex) == ("fourier", True)
    assert manifest.scaling == Scaling(kind="unit_power", gain=1)
    assert patches.train.dtype == np.complex64
    wanted = padded(IMAGES.astype(np.float64) / 255, 16)
    assert np.abs(visible_image(patches.train[:][:, 0]) - wanted).max() <= 1e-6
    np.testing.assert_array_equal(scaled(patches.train[:], manifest.scaling), patches.train[:])


def test_the_manifest_says_where_each_patch_comes_from(folder, tmp_path):
    manifest = imported(folder, tmp_path / "set", domain="fourier", seed=4).manifest
    assert [Path(source.address).name[:5] for source in manifest.sources] == ["train", "t10k-"]
    assert manifest.sources[0].rows == 20 * 8
    assert manifest.items[3].window == (24, 0, 8, 8)
    assert (manifest.items[22].source, manifest.items[22].window) == (1, (16, 0, 8, 8))
    assert manifest.recipe["dataset"] == "idx"
    assert manifest.seed == 4
    assert check_patches(tmp_path / "set") == []


def test_one_file_is_parted_by_the_seed(tmp_path):
    path = made_idx(tmp_path / "digits", IMAGES)
    first, same, other = (
        imported(path, tmp_path / name, validation_share=0.25, seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert (len(first.train), len(first.validation)) == (15, 5)
    assert first.manifest.items == same.manifest.items
    assert first.manifest.items != other.manifest.items
    rows = [entry.window[0] // 8 for entry in first.manifest.items]
    assert sorted(rows) == list(range(20))
    read = np.concatenate([first.train[:], first.validation[:]])[:, 0, 4:12, 4:12]
    np.testing.assert_allclose(read, IMAGES[rows] / 255, atol=1e-7)
    assert check_patches(tmp_path / "a") == []


def test_a_validation_file_of_ones_own_and_fewer_images(folder, tmp_path):
    root, test = folder / "train-images-idx3-ubyte.gz", folder / "t10k-images-idx3-ubyte.gz"
    patches = imported(root, tmp_path / "set", test=str(test), count=5)
    assert (len(patches.train), len(patches.validation)) == (5, 5)


def test_the_scaling_is_ones_choice(folder, tmp_path):
    plain = imported(folder, tmp_path / "a", scaling="plain").manifest.scaling
    assert (plain.gain, plain.offset) == (1, 0)
    spectra = imported(folder, tmp_path / "b", domain="fourier", scaling="unit_power")
    seen = scaled(spectra.train[:], spectra.manifest.scaling)
    assert np.mean(np.abs(seen) ** 2) == pytest.approx(1, rel=1e-3)
    with pytest.raises(InputError, match="plain or unit_power"):
        imported(folder, tmp_path / "c", domain="fourier", scaling="linear")


@pytest.mark.parametrize(
    ("harm", "choices", "why"),
    [
        (lambda root: None, {"size_px": 8, "count": 0}, "count"),
        (lambda root: None, {"colour": "red"}, "colour"),
        (lambda root: made_idx(root / "train-images-idx3-ubyte.gz", made_images(4, 9, 8)), {},
         r"t10k-images.* images of 8 x 8 px, train-images.* of 9 x 8"),
        (lambda root: made_idx(root / "my-train-images-idx3-ubyte"), {}, "several sets"),
        (lambda root: (root / "train-images-idx3-ubyte.gz").unlink(), {}, "no IDX file of train"),
        (lambda root: (root / "train-images-idx3-ubyte.gz").write_bytes(b"no"), {}, "no gzip file"),
        (lambda root: None, {"test": "nowhere"}, "Cannot read nowhere"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence_and_leaves_nothing(folder, tmp_path, harm, choices, why):
    harm(folder)
    with pytest.raises(InputError, match=why):
        imported(folder, tmp_path / "set", **choices)
    assert [path.name for path in tmp_path.iterdir()] == ["mnist"]


def test_images_larger_than_the_patches_are_refused(tmp_path):
    path = made_idx(tmp_path / "big", made_images(3, 20, 12))
    with pytest.raises(InputError, match=r"big holds images of 20 x 12 px.*larger side"):
        imported(path, tmp_path / "set")


def test_a_file_is_not_learnt_from_and_judged_with(folder, tmp_path):
    path = folder / "train-images-idx3-ubyte.gz"
    with pytest.raises(InputError, match="both for training and for validation"):
        imported(folder, tmp_path / "set", test=str(path))


def test_a_stop_leaves_nothing(folder, tmp_path):
    asked = iter([False] * 12 + [True] * 100)
    progress = Progress(is_stopped=lambda: next(asked))
    with pytest.raises(Cancelled):
        import_patches("idx", folder, {"size_px": 16}, tmp_path / "set", progress)
    assert not (tmp_path / "set").exists()


def test_an_unknown_data_set_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(InputError, match=r"no data set 'mnist'.*idx"):
        import_patches("mnist", tmp_path, {}, tmp_path / "set", Progress())
    assert DATASETS["idx"].options.model_json_schema()["properties"]["domain"]


def test_a_manifest_from_before_domains_is_of_images(folder, tmp_path):
    patches = imported(folder, tmp_path / "set")
    path = patches.path / MANIFEST
    values = json.loads(path.read_text("utf-8"))
    del values["domain"]
    path.write_text(json.dumps(values), "utf-8")
    assert PatchSet.open(patches.path).manifest.domain == "image"


@pytest.mark.skipif(
    not FASHION.is_dir(), reason="Debian's package dataset-fashion-mnist is not installed"
)
def test_fashion_mnist_as_debian_has_it(tmp_path):
    choices = {"domain": "fourier", "count": 400}
    patches = PatchSet.open(import_patches("idx", FASHION, choices, tmp_path / "set", Progress()))
    assert patches.train.shape == (400, 1, 32, 32)
    assert [source.rows for source in patches.manifest.sources] == [60_000 * 28, 10_000 * 28]
    images = visible_image(patches.train[:][:, 0])
    levels = images * 255
    assert np.abs(levels - np.rint(levels)).max() < 1e-3
    assert images[:, 2:30, 2:30].max() <= 1 + 1e-6
    assert images[:, :2].max() < 1e-6
