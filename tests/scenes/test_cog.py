"""Results are cloud-optimised: directories first, overviews that are true means, nothing lost."""

import struct
from contextlib import closing

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, speckle_power

from satstudio.core.errors import Cancelled
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.gdal import tiff_join
from satstudio.scenes.scene import open_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import Layout, scene_file, scene_files

ROWS, COLS = 1100, 900


def write(out, pixels, *, valid=None, quantity="intensity", nodata=None, is_cog=True, **details):
    grid = GeoGrid(Size(*pixels.shape[1:]), transform=TRANSFORM.to_gdal(), crs="EPSG:32633")
    known = Details(
        tags={"SATSTUDIO_QUANTITY": quantity, "NOTE": "kept"}, has_mask=valid is not None, **details
    )
    names = tuple(f"band{number}" for number in range(len(pixels)))
    layout = Layout(grid, names, str(pixels.dtype), nodata, known, is_cog=is_cog)
    with scene_file(out, layout, overwrite=True) as target:
        for row in range(0, pixels.shape[1], 300):
            part = pixels[:, row : row + 300]
            window = Window(row, 0, part.shape[1], pixels.shape[2])
            target.write(part, window, None if valid is None else valid[row : row + 300])
    return out


def directories(path):
    """(where it stands, kind, rows, first tile) of each image of a little TIFF."""
    data = path.read_bytes()
    assert data[:4] == b"II*\0"
    assert b"LAYOUT=IFDS_BEFORE_DATA" in data[8:200]
    place, found = struct.unpack_from("<I", data, 4)[0], []
    while place:
        count = struct.unpack_from("<H", data, place)[0]
        tags = {}
        for at in range(place + 2, place + 2 + 12 * count, 12):
            tag, _, many, value = struct.unpack_from("<HHII", data, at)
            if tag in (324, 325) and many > 1:
                value = struct.unpack_from(f"<{many}I", data, value)
            tags[tag] = value
        starts = tags[324] if isinstance(tags[324], tuple) else (tags[324],)
        found.append((place, tags.get(254, 0), tags[257], min(filter(None, starts))))
        place = struct.unpack_from("<I", data, place + 2 + 12 * count)[0]
    return found


@pytest.mark.parametrize("masked", [False, True])
def test_directories_come_first_and_the_coarsest_tiles_before_the_finer(tmp_path, masked):
    pixels = speckle_power(ROWS, COLS)[None]
    valid = np.ones((ROWS, COLS), bool)
    valid[:500, :300] = False
    out = write(tmp_path / "o.tif", pixels, valid=valid if masked else None)
    found = directories(out)
    places, kinds, rows, tiles = zip(*found, strict=True)
    assert list(places) == sorted(places)
    assert max(places) < min(tiles)
    assert list(tiles) == sorted(tiles, reverse=True)
    assert kinds == ((0, 4, 1, 5, 1, 5, 1, 5) if masked else (0, 1, 1, 1))
    assert rows[0] == ROWS
    with rasterio.open(out) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
        assert dataset.overviews(1) == [2, 4, 8][: len(dataset.overviews(1))]
        assert dataset.tags()["NOTE"] == "kept"
        assert dataset.crs.to_epsg() == 32633
        assert dataset.transform == TRANSFORM
        np.testing.assert_array_equal(dataset.read(), pixels)
        if masked:
            np.testing.assert_array_equal(dataset.read_masks(1) > 0, valid)


@pytest.mark.parametrize("quantity", ["intensity", "amplitude", "db"])
def test_overviews_are_means_of_power_of_valid_pixels(tmp_path, quantity):
    power = speckle_power(ROWS, COLS).astype(np.float64) + 0.01
    values = {"intensity": power, "amplitude": power**0.5, "db": 10 * np.log10(power)}[quantity]
    values = values.astype(np.float32)
    values[:100, :100] = -9999
    out = write(tmp_path / "o.tif", values[None], quantity=quantity, nodata=-9999)
    with rasterio.open(out, OVERVIEW_LEVEL=0) as level:
        found = level.read(1)
        assert level.nodata == -9999
    assert (found[:50, :50] == -9999).all()
    mean = power.reshape(ROWS // 2, 2, COLS // 2, 2).mean(axis=(1, 3))
    wanted = {"intensity": mean, "amplitude": mean**0.5, "db": 10 * np.log10(mean)}[quantity]
    np.testing.assert_allclose(found[60:, 60:], wanted[60:, 60:], rtol=1e-3, atol=1e-2)


def test_classes_have_the_nearest_pixel_and_keep_their_palette(tmp_path):
    classes = (np.indices((600, 700)).sum(axis=0) // 100 % 3).astype(np.uint8)
    palette = {0: (0, 0, 0, 255), 1: (255, 0, 0, 255), 2: (0, 255, 0, 255)}
    out = write(
        tmp_path / "o.tif", classes[None], quantity="class", colours=("palette",), palette=palette
    )
    with rasterio.open(out, OVERVIEW_LEVEL=0) as level:
        assert set(np.unique(level.read(1))) == {0, 1, 2}
    with rasterio.open(out) as dataset:
        assert dataset.colormap(1)[1] == (255, 0, 0, 255)
        np.testing.assert_array_equal(dataset.read(1), classes)


def test_complex_samples_and_small_images_have_no_overviews(tmp_path):
    pixels = (speckle_power(600, 500) * np.exp(1j)).astype(np.complex64)
    for values in (pixels[None], speckle_power(90, 200)[None], speckle_power(1, 1)[None]):
        out = write(tmp_path / "o.tif", values, quantity="complex" if values.ndim == 4 else "dn")
        with rasterio.open(out) as dataset:
            assert dataset.overviews(1) == []
            np.testing.assert_array_equal(dataset.read(), values)


@pytest.mark.parametrize("bands", [3, 6])
def test_several_bands_and_places_of_every_kind_are_kept(tmp_path, bands):
    pixels = np.stack([speckle_power(600, 500, seed=n) for n in range(bands)])
    plain = write(tmp_path / "a.tif", pixels, is_cog=False)
    out = write(tmp_path / "b.tif", pixels)
    with closing(open_scene(plain)) as before, closing(open_scene(out)) as after:
        assert after.grid == before.grid
        assert after.bands == before.bands
        assert after.tags == before.tags
        np.testing.assert_array_equal(after.read().pixels, pixels)


def test_what_does_not_fit_a_classic_tiff_is_a_big_one(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_join, "MOST_CLASSIC", 10_000)
    pixels = speckle_power(700, 600)[None]
    valid = speckle_power(700, 600, seed=3) > 0.5
    out = write(tmp_path / "o.tif", pixels, valid=valid)
    assert out.read_bytes()[:4] == b"II+\0"
    with rasterio.open(out) as dataset:
        assert dataset.overviews(1) == [2, 4]
        assert dataset.tags()["NOTE"] == "kept"
        np.testing.assert_array_equal(dataset.read(), pixels)
        np.testing.assert_array_equal(dataset.read_masks(1) > 0, valid)


def test_a_stop_while_it_is_arranged_leaves_nothing(tmp_path):
    pixels, told = speckle_power(700, 700)[None], []
    progress = Progress(
        lambda share, text: told.append(text), lambda: told[-1:] == ["Arranging the file"]
    )
    layout = Layout(GeoGrid(Size(700, 700)), ("a",), "float32", is_cog=True)
    with (
        pytest.raises(Cancelled),
        scene_files([(tmp_path / "o.tif", layout)], reading=progress) as (target,),
    ):
        target.write(pixels, Window(0, 0, 700, 700))
    assert list(tmp_path.iterdir()) == []
