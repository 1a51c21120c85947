"""Sets of images: patch sets, folders, arrays; what they are, what they leave out and refuse."""

import os

import numpy as np
import pytest
from made import write_geotiff
from made_features import rough_images, speckle_images
from made_patches import made_patches
from PIL import Image

from satstudio.bench.image_sets import open_set
from satstudio.core.errors import InputError
from satstudio.patches.patch_set import PatchSet
from satstudio.restore.features.extractor import ImageKind


def saved(path, array):
    np.save(path, array, allow_pickle=False)
    return path


def test_a_patch_set_gives_the_patches_of_one_split(tmp_path):
    path = made_patches(tmp_path / "set", train=7, validation=4)
    patches = PatchSet.open(path)
    for split, count in (("train", 7), ("validation", 4)):
        images = open_set(f"{path}#{split}")
        assert images.name == f"set#{split}"
        assert (images.count, images.kind) == (count, ImageKind(1, True))
        np.testing.assert_array_equal(images.read(2, 4), patches.split(split)[2:4])
    assert open_set(path).identity == open_set(f"{path}#train").identity
    assert open_set(path).identity != open_set(f"{path}#validation").identity
    bare = made_patches(tmp_path / "bare", validation=0)
    with pytest.raises(InputError, match="no patches for validation"):
        open_set(f"{bare}#validation")


def test_an_array_gives_its_images_with_or_without_bands(tmp_path):
    array = rough_images(6)
    images = open_set(saved(tmp_path / "a.npy", array))
    assert (images.count, images.kind, images.dtype) == (6, ImageKind(4, False), "float32")
    np.testing.assert_array_equal(images.read(1, 3), array[1:3])
    flat = open_set(saved(tmp_path / "b.npy", speckle_images(5)[:, 0]))
    assert (flat.count, flat.kind) == (5, ImageKind(1, True))
    assert flat.read(0, 1)[0].shape == (1, 32, 32)


def test_a_folder_of_drawn_samples_is_its_array(tmp_path):
    saved(tmp_path / "samples.npy", rough_images(6))
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "grid.png")
    assert open_set(tmp_path).count == 6


def test_a_folder_of_pictures_and_of_geotiff_files(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 20, 24, 3), dtype=np.uint8)
    (tmp_path / "png").mkdir()
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"png/{index}.png")
    (tmp_path / "png/notes.txt").write_text("not an image")
    found = open_set(tmp_path / "png")
    assert (found.count, found.kind, found.dtype) == (3, ImageKind(3, False), "uint8")
    np.testing.assert_array_equal(found.read(0, 3), pictures.transpose(0, 3, 1, 2))

    (tmp_path / "tif").mkdir()
    for index, image in enumerate(speckle_images(3)):
        write_geotiff(tmp_path / f"tif/{index}.tif", image)
    found = open_set(tmp_path / "tif")
    assert found.kind == ImageKind(1, True)
    np.testing.assert_array_equal(found.read(0, 3), speckle_images(3))


def test_transparency_is_no_band(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (20, 24, 4), dtype=np.uint8)
    picture[..., 3] = 255
    Image.fromarray(picture, "RGBA").save(tmp_path / "a.png")
    picture[0, 0, 3] = 0
    Image.fromarray(picture, "RGBA").save(tmp_path / "b.png")
    found = open_set(tmp_path)
    assert found.kind == ImageKind(3, False)
    images = found.read(0, 2)
    np.testing.assert_array_equal(images[0], picture[..., :3].transpose(2, 0, 1))
    assert images[1] is None


def test_images_without_data_or_not_finite_are_left_out(tmp_path):
    array = rough_images(4).copy()
    array[1, 2, 3, 4] = np.nan
    array[3, 0, 0, 0] = np.inf
    images = open_set(saved(tmp_path / "a.npy", array)).read(0, 4)
    assert [image is None for image in images] == [False, True, False, True]
    for index, image in enumerate(array[:2]):
        write_geotiff(tmp_path / f"{index}.tif", np.nan_to_num(image, nan=-9), nodata=-9)
    assert [image is None for image in open_set(tmp_path).read(0, 2)] == [False, True]


def test_a_set_that_is_written_again_has_another_identity(tmp_path):
    path = saved(tmp_path / "a.npy", rough_images(4))
    first = open_set(path).identity
    assert open_set(path).identity == first
    os.utime(path, ns=(1, 1))
    assert open_set(path).identity != first


def test_what_is_no_set_is_refused_with_the_reason(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    write_geotiff(tmp_path / "mixed/a.tif", rough_images(1)[0])
    write_geotiff(tmp_path / "mixed/b.tif", rough_images(1)[0][:2])
    objects = tmp_path / "objects.npy"
    np.save(objects, np.array([{"a": 1}], object), allow_pickle=True)
    (tmp_path / "text.npy").write_text("text")
    cases = {
        tmp_path / "absent": "no set of images",
        tmp_path / "empty": "holds no images",
        tmp_path / "mixed/a.tif": "cut a scene into patches first",
        objects: "no array of numbers",
        tmp_path / "text.npy": "no array of numbers",
        saved(tmp_path / "flat.npy", np.zeros((5, 5))): "has the shape",
        saved(tmp_path / "words.npy", np.array([[["a"]]])): "does not hold numbers",
    }
    for path, reason in cases.items():
        with pytest.raises(InputError, match=reason):
            open_set(path)
    with pytest.raises(InputError, match=r"b\.tif has 2 real bands.*4 real bands"):
        open_set(tmp_path / "mixed").read(0, 2)


def test_a_scene_is_too_large_to_be_one_of_a_set(tmp_path):
    np.lib.format.open_memmap(tmp_path / "big.npy", "w+", np.uint8, (1, 1, 5000, 5000))
    with pytest.raises(InputError, match="cut scenes into patches"):
        open_set(tmp_path / "big.npy")
