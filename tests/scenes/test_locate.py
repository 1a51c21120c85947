"""A pixel has a longitude and latitude, and back, whatever says where it lies."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from satstudio.core.grid import Gcp, GeoGrid, Size
from satstudio.scenes.gdal.locate import Locator, ground_spacing
from satstudio.scenes.scene import open_scene

SIZE = Size(1000, 800)
UTM = "EPSG:32633"


def test_the_known_point_of_utm_33_is_found():
    grid = GeoGrid(SIZE, (500_000, 10, 0, 5_000_000, 0, -10), UTM)
    assert Locator(grid).lonlat(0, 0) == pytest.approx((15, 45.1535), abs=1e-4)
    assert Locator(grid).note == ""
    assert Locator(grid).residual_m is None


@given(
    row=st.floats(-100, 1100),
    col=st.floats(-100, 900),
    turn=st.floats(0, 6.3),
    crs=st.sampled_from([UTM, "EPSG:4326", "EPSG:3857", "EPSG:3031"]),
)
def test_there_and_back_again(row, col, turn, crs):
    step = 1e-4 if crs == "EPSG:4326" else 10
    cos, sin = step * np.cos(turn), step * np.sin(turn)
    x, y = {"EPSG:4326": (15, 45), "EPSG:3031": (1e6, 1e6)}.get(crs, (500_000, 5_000_000))
    place = Locator(GeoGrid(SIZE, (x, cos, -sin, y, sin, cos), crs))
    assert place.rowcol(*place.lonlat(row, col)) == pytest.approx((row, col), abs=1e-3)


def test_a_south_up_image_is_south_up(open_data):
    with closing(open_scene(open_data / "optical/geo/inverted_lat.tif")) as scene:
        place = Locator(scene.grid)
    assert place.lonlat(0, 0)[1] < place.lonlat(100, 0)[1]


def grid_points(size: Size, bend: float = 0.0, lon0: float = 15.0) -> tuple[Gcp, ...]:
    return tuple(
        Gcp(r, c, (lon0 + c * 2e-4 + bend * r * r + 180) % 360 - 180, 45 - r * 1e-4)
        for r in np.linspace(0, size.rows, 10)
        for c in np.linspace(0, size.cols, 8)
    )


def test_gcps_are_met_and_marked_as_approximate():
    points = grid_points(SIZE, bend=1e-9)
    place = Locator(GeoGrid(SIZE, gcps=points, gcp_crs="EPSG:4326"))
    for point in points[::7]:
        found = place.lonlat(point.row, point.col)
        assert found == pytest.approx((point.x, point.y), abs=1e-9)
    assert place.note == "approx. (GCP)"
    assert place.residual_m < 5
    assert place.rowcol(*place.lonlat(333.3, 444.4)) == pytest.approx((333.3, 444.4), abs=0.05)


def test_a_wrong_gcp_shows_in_the_residual():
    points = list(grid_points(SIZE))
    points[21] = Gcp(points[21].row, points[21].col, points[21].x + 0.01, points[21].y)
    place = Locator(GeoGrid(SIZE, gcps=tuple(points), gcp_crs="EPSG:4326"))
    assert place.residual_m > 50


def test_gcps_may_cross_the_antimeridian():
    points = grid_points(SIZE, lon0=179.95)
    place = Locator(GeoGrid(SIZE, gcps=points, gcp_crs="EPSG:4326"))
    lon, _ = place.lonlat(100, 600)
    assert lon == pytest.approx(-179.93, abs=1e-6)
    assert place.rowcol(-179.93, 44.99) == pytest.approx((100, 600), abs=0.05)


def test_three_points_are_enough_and_two_or_a_line_are_not():
    points = (Gcp(0, 0, 15, 45), Gcp(0, 100, 15.01, 45), Gcp(100, 0, 15, 44.99))
    place = Locator(GeoGrid(Size(100, 100), gcps=points, gcp_crs="EPSG:4326"))
    assert place.lonlat(50, 50) == pytest.approx((15.005, 44.995), abs=1e-6)
    assert Locator(GeoGrid(Size(100, 100), gcps=points[:2])).lonlat(5, 5) is None
    line = tuple(Gcp(i, i, 15 + i / 100, 45) for i in range(4))
    assert Locator(GeoGrid(Size(100, 100), gcps=line)).lonlat(5, 50) is None


def test_rpcs_place_a_scene(open_data):
    with closing(open_scene(open_data / "optical/geo/test_rpcs.tif")) as scene:
        place = Locator(scene.grid)
        known = dict(scene.grid.rpcs)
    lon, lat = place.lonlat(100, 100)
    assert abs(lon - float(known["LONG_OFF"])) < float(known["LONG_SCALE"])
    assert abs(lat - float(known["LAT_OFF"])) < float(known["LAT_SCALE"])
    assert place.note == "approx. (RPC)"
    assert place.rowcol(lon, lat) == pytest.approx((100, 100), abs=0.05)


def test_mars_has_its_own_longitudes(open_data):
    with closing(open_scene(open_data / "optical/geo/cog_hirise_mars.tif")) as scene:
        place = Locator(scene.grid)
    assert place.lonlat(0, 0) == pytest.approx((-53.6136, -14.5116), abs=1e-3)
    assert place.note == "not on Earth"


def test_points_beyond_the_projection_have_no_place(open_data):
    with closing(open_scene(open_data / "optical/geo/goes_geostationary.tif")) as scene:
        place = Locator(scene.grid)
        lons, lats = place.lonlats([0, 271], [0, 271])
    assert np.isnan([lons[0], lats[0]]).all()
    assert np.isfinite([lons[1], lats[1]]).all()
    assert place.lonlat(0, 0) is None


@pytest.mark.parametrize(
    "grid",
    [
        GeoGrid(SIZE),
        GeoGrid(SIZE, (0, 1, 0, 0, 0, 1)),
        GeoGrid(SIZE, crs=UTM),
        GeoGrid(SIZE, (0, 0, 0, 0, 0, 0), UTM),
        GeoGrid(SIZE, (0, 1, 0, 0, 0, 1), "no such CRS"),
        GeoGrid(SIZE, (0, 1, 0, 0, 0, 1), 'LOCAL_CS["here",UNIT["metre",1]]'),
        GeoGrid(SIZE, rpcs=(("LINE_OFF", "1"),)),
    ],
)
def test_an_image_without_a_place_has_none(grid):
    place = Locator(grid)
    assert place.lonlat(1, 1) is None
    assert place.rowcol(15, 45) is None
    assert not place.is_located
    assert ground_spacing(grid) is None


def test_any_thread_may_ask():
    grid = GeoGrid(SIZE, gcps=grid_points(SIZE), gcp_crs="EPSG:4326")
    place = Locator(grid)
    expected = [place.lonlat(i, i) for i in range(50)]
    barrier = threading.Barrier(4)

    def ask(_):
        barrier.wait(10)
        return [place.lonlat(i, i) for i in range(50)]

    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(ask, range(4)))


def test_spacing_is_of_the_ground():
    assert ground_spacing(GeoGrid(SIZE, (0, 10, 0, 5e6, 0, -20), UTM)) == (20, 10)
    degrees = ground_spacing(GeoGrid(SIZE, (15, 1e-4, 0, 60.05, 0, -1e-4), "EPSG:4326"))
    assert degrees == pytest.approx((11.132, 5.566), rel=1e-3)
    feet = ground_spacing(GeoGrid(SIZE, (6e6, 10, 0, 2e6, 0, -10), "EPSG:2225"))
    assert feet == pytest.approx((3.048, 3.048), rel=1e-3)
