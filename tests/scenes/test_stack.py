"""Several files that lie on each other are one scene with dates and polarisations."""

import numpy as np
import pytest
from made import made_complex, made_rgb, speckle, write_geotiff
from rasterio.transform import from_origin

from satstudio.core.errors import InputError, SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.geometry.stack import open_stack
from satstudio.scenes.scene import open_scene


def test_dates_and_polarisations_become_bands_in_order(tmp_path):
    names = ["s_20220202_VV.tif", "s_20220101_VV.tif", "s_20220101_VH.tif"]
    paths = [
        write_geotiff(tmp_path / name, speckle(40, 30, seed=seed))
        for seed, name in enumerate(names)
    ]
    stack = open_stack(paths)
    assert stack.bands == ("VV 2022-01-01", "VH 2022-01-01", "VV 2022-02-02")
    assert [info.date for info in stack.band_info] == ["2022-01-01", "2022-01-01", "2022-02-02"]
    assert [info.polarisation for info in stack.band_info] == ["VV", "VH", "VV"]
    assert stack.is_complex
    window = Window(3, 4, 20, 10)
    found = stack.read(window, bands=[2, 0])
    assert np.array_equal(found.pixels[0], speckle(40, 30, seed=0)[window.slices])
    assert np.array_equal(found.pixels[1], speckle(40, 30, seed=1)[window.slices])
    assert stack.read(shape=Size(10, 10)).quantity == "power"
    assert stack.sample().pixels.shape == (3, 1, 1200)
    stack.close()
    with pytest.raises(SceneReadError, match="closed"):
        stack.read()


def test_a_pixel_is_valid_where_every_file_has_data(tmp_path):
    first, second = np.ones((2, 6, 6), np.float32)
    first[0], second[:, 0] = -1, -1
    paths = [
        write_geotiff(tmp_path / f"{name}.tif", pixels, nodata=-1)
        for name, pixels in (("a", first), ("b", second))
    ]
    stack = open_stack(paths)
    assert stack.read().valid.sum() == 25
    assert stack.read(bands=[0]).valid.sum() == 30
    stack.close()


def test_files_that_do_not_go_together_are_named(tmp_path):
    small, large = (
        made_complex(tmp_path, 20, 20, name="s.tif"),
        made_complex(tmp_path, name="l.tif"),
    )
    with pytest.raises(InputError, match=r"l\.tif of 128 x 128 .* s\.tif of 20 x 20"):
        open_stack([small, large])
    with pytest.raises(InputError, match=r"rgb\.tif is real and l\.tif is complex"):
        open_stack([large, made_rgb(tmp_path, 128, 128)])
    with pytest.raises(InputError, match="was not given"):
        open_stack([])


def test_a_mixed_stack_takes_the_wider_type(tmp_path):
    one = write_geotiff(tmp_path / "a.tif", np.ones((4, 4), np.uint8))
    two = write_geotiff(tmp_path / "b.tif", np.full((4, 4), -300, np.int16))
    stack = open_stack([one, two])
    assert stack.dtype == "int16"
    assert stack.read().pixels[:, 0, 0].tolist() == [1, -300]
    assert stack.bands == ("a band1", "b band1")
    stack.close()


def test_real_elements_of_a_matrix_stack(open_data):
    folder = open_data / "sar_intensity/polsar_T3"
    stack = open_stack(sorted(folder.glob("*.bin")))
    assert len(stack.bands) == len(set(stack.bands)) == 9
    assert stack.grid.size == Size(201, 101)
    stack.close()


def test_the_address_of_a_stack_opens_it_again(tmp_path):
    paths = [
        write_geotiff(tmp_path / f"{day}_HH.tif", speckle(30, 20, seed=seed))
        for seed, day in enumerate(("20220101", "20220113"))
    ]
    stack = open_stack(paths)
    assert stack.address == f"stack:{paths[0]}|{paths[1]}"
    assert stack.name == "20220101_HH.tif + 1"
    assert stack.path == paths[0]
    again = open_scene(stack.address)
    assert again.identity == stack.identity
    assert np.array_equal(again.read().pixels, stack.read().pixels)
    out = crop_scene(stack.address, Window(2, 3, 10, 12), tmp_path / "crop.tif", Progress())
    cropped = open_scene(out)
    assert cropped.band_info == stack.band_info
    assert np.array_equal(cropped.read().pixels, stack.read(Window(2, 3, 10, 12)).pixels)
    for scene in (stack, again, cropped):
        scene.close()


def test_one_file_is_a_stack_of_one(tmp_path):
    path = made_rgb(tmp_path)
    stack = open_stack([path])
    assert np.array_equal(stack.read().pixels, open_scene(path).read().pixels)
    stack.close()


def test_bands_of_files_of_one_name_are_told_apart(tmp_path):
    paths = [write_geotiff(tmp_path / day / "slc.tif", speckle(8, 8)) for day in ("a", "b")]
    stack = open_stack(paths)
    assert stack.bands == ("1 slc band1", "2 slc band1")
    stack.close()


def test_files_on_other_ground_are_no_stack(tmp_path):
    here = write_geotiff(tmp_path / "here.tif", speckle(20, 20), crs="EPSG:32632")
    south = write_geotiff(tmp_path / "south.tif", speckle(20, 20), crs="EPSG:32701")
    beside = write_geotiff(
        tmp_path / "beside.tif", speckle(20, 20), crs="EPSG:32632",
        transform=from_origin(500_010, 5_000_000, 10, 10),
    )  # fmt: skip
    with pytest.raises(InputError, match=r"south\.tif does not lie on here\.tif: .*1S"):
        open_stack([here, south])
    with pytest.raises(InputError, match=r"beside\.tif does not lie on here\.tif: .* 1 px apart"):
        open_stack([here, beside])
