"""A mask of 8 bits inside a TIFF survives a crop; one of 1 bit stays one."""

import numpy as np
import pytest
from made import rgb, write_geotiff

from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.gdal.grey_mask import append_mask
from satstudio.scenes.gdal.handles import open_dataset

MASKS = "optical/masks"
REAL = ("image_rgb_internal_mask.tif", "test_with_mask_1bit_and_ovr.tif", "colorado_extmask.tif")
WINDOWS = [Window(0, 0, 600, 300), Window(2, 3, 280, 260), Window(0, 0, 1, 1)]


def grey(rows, cols):
    """A mask with an edge that fades out."""
    mask = np.zeros((rows, cols), np.uint8)
    mask[4 : rows - 4, 4 : cols - 4] = 128
    mask[8 : rows - 8, 8 : cols - 8] = 255
    mask[0, 0] = 1
    return mask


def read(path):
    with open_dataset(str(path)) as file:
        return file.read(), file.read_masks(1), file.mask_flag_enums, file.subdatasets


@pytest.fixture
def scene(tmp_path):
    path = write_geotiff(tmp_path / "scene.tif", rgb(600, 300), tiled=True)
    mask = grey(600, 300)
    append_mask(path, lambda window: mask[window.slices], Size(600, 300))
    return path


def test_gdal_reads_the_mask_as_one(scene):
    pixels, mask, flags, others = read(scene)
    assert np.array_equal(mask, grey(600, 300))
    assert pixels.shape == (3, 600, 300)
    assert {flag.name for flag in flags[0]} == {"per_dataset"}
    assert others == []


@pytest.mark.parametrize("window", WINDOWS)
def test_all_its_values_survive_a_crop(scene, tmp_path, window):
    out = crop_scene(scene, window, tmp_path / "part.tif", Progress())
    pixels, mask, flags, others = read(out)
    assert np.array_equal(mask, grey(600, 300)[window.slices])
    assert np.array_equal(pixels, read(scene)[0][(slice(None), *window.slices)])
    assert {flag.name for flag in flags[0]} == {"per_dataset"}
    assert others == []
    again = crop_scene(out, Window(0, 0, 1, 1), tmp_path / "again.tif", Progress())
    assert read(again)[1][0, 0] == mask[0, 0]


@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("order", ["LITTLE", "BIG"])
def test_every_layout_of_a_tiff_takes_a_mask(tmp_path, is_big, order):
    path = tmp_path / "scene.tif"
    write_geotiff(path, rgb(40, 50), bigtiff="YES" if is_big else "NO", endianness=order)
    mask = grey(40, 50)
    append_mask(path, lambda window: mask[window.slices], Size(40, 50))
    assert np.array_equal(read(path)[1], mask)


@pytest.mark.parametrize("name", REAL)
def test_masks_of_real_files_survive(open_data, tmp_path, name):
    window = Window(0, 0, 20, 20)
    out = crop_scene(open_data / MASKS / name, window, tmp_path / "part.tif", Progress())
    assert np.array_equal(read(out)[1], read(open_data / MASKS / name)[1][window.slices])
