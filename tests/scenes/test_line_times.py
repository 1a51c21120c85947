"""Lines of a crop have times of their own, burst by burst."""

from contextlib import closing
from datetime import datetime

import pytest

from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.line_times import cropped_tags, line_tags
from satstudio.scenes.scene import open_scene

SAFE = "sar_slc/safe_crop/S1A_IW_SLC__1SDV_20220918T074921_20220918T074946_045056_056232_CROP.SAFE"
FULL = (
    "sar_slc/safe_full_size/S1B_IW_SLC__1SDV_20210401T052622_20210401T052650_026269_032297_EFA4.zip"
)
INTERVAL_S = 2.055556299999998e-03
NAMES = ("FIRST_LINE_TIME", "START_TIME", "LAST_LINE_TIME", "STOP_TIME")


def tags_of(path):
    with closing(open_scene(path)) as scene:
        return scene.tags


def seconds(first, second):
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()


def test_a_crop_of_a_product_carries_its_own_first_line_time(open_data, tmp_path):
    whole = tags_of(open_data / SAFE)
    assert whole["FIRST_LINE_TIME"] == whole["START_TIME"] == "2022-09-18T07:49:39.530512"
    assert abs(seconds(whole["LAST_LINE_TIME"], whole["STOP_TIME"])) < 2e-6
    window = Window(100, 50, 64, 40)
    made = crop_scene(open_data / SAFE, window, tmp_path / "part.tif", Progress())
    tags = tags_of(made)
    assert seconds(whole["START_TIME"], tags["START_TIME"]) == pytest.approx(
        100 * INTERVAL_S, abs=1e-6
    )
    assert seconds(tags["START_TIME"], tags["STOP_TIME"]) == pytest.approx(
        63 * INTERVAL_S, abs=2e-6
    )
    assert tags["FIRST_LINE_TIME"] == tags["START_TIME"]
    assert tags["PRODUCT_START_TIME"] == whole["START_TIME"]
    inner = crop_scene(made, Window(10, 0, 20, 20), tmp_path / "inner.tif", Progress())
    again = crop_scene(
        open_data / SAFE, Window(110, 50, 20, 20), tmp_path / "again.tif", Progress()
    )
    for name in NAMES:
        assert abs(seconds(tags_of(inner)[name], tags_of(again)[name])) <= 2e-6
    assert tags_of(inner)["PRODUCT_START_TIME"] == whole["START_TIME"]


def test_a_restored_window_carries_it_too(open_data, tmp_path):
    recipe = RestoreRecipe(window=Window(100, 50, 64, 40))
    out = tmp_path / "restored.tif"
    restore_scene(open_data / SAFE, "baseline:boxcar", recipe, out, Progress())
    assert tags_of(out)["FIRST_LINE_TIME"] == "2022-09-18T07:49:39.736068"


def test_bursts_overlap_in_time(open_data):
    whole = tags_of(open_data / FULL)
    assert whole["FIRST_LINE_TIME"] == whole["START_TIME"]
    assert whole["LAST_LINE_TIME"] == whole["STOP_TIME"]  # computed of the last of nine bursts
    second = cropped_tags(whole, Window(1501, 0, 10, 10))  # the first line of the second burst
    assert second["FIRST_LINE_TIME"] == "2021-04-01T05:26:26.966491"
    before = cropped_tags(whole, Window(1500, 0, 10, 10))
    assert seconds(second["FIRST_LINE_TIME"], before["FIRST_LINE_TIME"]) > 0.3  # they overlap
    assert before["LINE_TIMES"].split()[1] == "1:2021-04-01T05:26:26.966491"
    assert cropped_tags(before, Window(1, 0, 9, 9))["FIRST_LINE_TIME"] == second["FIRST_LINE_TIME"]


def test_an_image_without_bursts_counts_from_its_first_line():
    start = datetime(2020, 1, 1)
    tags = {"START_TIME": start.isoformat(), **line_tags([(0, start)], 0.5, 100)}
    made = cropped_tags(tags, Window(7, 0, 3, 3))
    assert made["START_TIME"] == made["FIRST_LINE_TIME"] == "2020-01-01T00:00:03.500000"
    assert made["LAST_LINE_TIME"] == "2020-01-01T00:00:04.500000"


@pytest.mark.parametrize("damage", [{}, {"LINE_TIMES": "x"}, {"AZIMUTH_TIME_INTERVAL_S": "?"}])
def test_of_lines_that_nothing_is_known_of_nothing_is_said(damage):
    tags = {"START_TIME": "2020-01-01", **damage}
    assert cropped_tags(tags, Window(7, 0, 3, 3)) == tags
