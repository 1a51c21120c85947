"""Two texts mean one coordinate system, or they do not, whoever wrote them."""

import pytest
from rasterio.crs import CRS

from satstudio.core.crs import same_crs

CODES = (4326, 4258, 4267, 3857, 3035, 2154, 27700, 3031, 32632, 32633, 32701)


def wkt(code: int, **options) -> str:
    return CRS.from_epsg(code).to_wkt(**options)


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT2_2019"])
def test_a_code_is_what_it_is_in_either_kind_of_text(version):
    for one in CODES:
        for other in CODES:
            assert same_crs(wkt(one), wkt(other, version=version)) == (one == other)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("+proj=utm +zone=32 +datum=WGS84", 32632),
        ("+proj=utm +zone=1 +south +datum=WGS84", 32701),
        ("+proj=longlat +datum=WGS84", 4326),
    ],
)
def test_without_a_code_the_numbers_decide(said, code):
    own = CRS.from_proj4(said).to_wkt()
    assert [other for other in CODES if same_crs(own, wkt(other))] == [code]
    assert same_crs(wkt(code), own)


def test_names_and_blanks_do_not_matter_and_a_datum_does():
    utm = wkt(32632)
    assert same_crs(utm, utm.replace(",", ", ").replace("WGS 84 / UTM zone 32N", "mine"))
    plain = CRS.from_proj4("+proj=utm +zone=32 +ellps=intl").to_wkt()
    assert not same_crs(plain, utm)
    assert same_crs("LOCAL_CS['a']", "LOCAL_CS['a']")
    assert not same_crs("no text", "of any kind")
