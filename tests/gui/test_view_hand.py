"""The View page by mouse and keys: what stands under the mouse, colours, crops, choosers."""

import numpy as np
import pytest
import rasterio
from gui_made import made_context, open_in, rest_on, shown_page, wait_complete, wheel
from made import made_complex, made_slc, write_geotiff
from PySide6.QtCore import QPoint, QPointF, Qt
from rasterio.transform import from_origin
from window_made import ChosenFiles

from satstudio.gui.canvas.scene_actions import layer_style
from satstudio.gui.kit.choosers.image_chooser import ImageChooser
from satstudio.gui.pages.view.page import make_page
from satstudio.render.legend import legend
from satstudio.scenes.scene import ImageInfo, list_images


@pytest.fixture
def context(qtbot):
    with made_context() as made:
        yield made


@pytest.fixture
def page(context, qtbot):
    with shown_page(make_page(context), qtbot, 640, 520) as made:
        yield made


def pixel_of(page):
    """Row and column that the read-out names."""
    words = page.readout.text.split()
    return int(words[1]), int(words[3])


def settled(page, qtbot):
    """Wait until the read-out shows the value of its pixel."""
    qtbot.waitUntil(lambda: page.readout._found is not None and not page.readout._is_asking)


def ramp(folder, **options):
    values = np.arange(400 * 400, dtype=np.float32).reshape(1, 400, 400)
    return write_geotiff(folder / "ramp.tif", values, **options)


@pytest.mark.parametrize("key", [Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Plus, Qt.Key.Key_0])
def test_the_read_out_follows_keys_while_the_mouse_rests(page, context, qtbot, tmp_path, key):
    open_in(context, qtbot, ramp(tmp_path))
    wait_complete(page.canvas, qtbot)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Plus)
    place = QPoint(200, 150)
    rest_on(qtbot, page.canvas, place.x(), place.y())
    qtbot.waitUntil(lambda: "row" in page.readout.text, timeout=3000)
    before = pixel_of(page)
    qtbot.keyClick(page.canvas, key)
    row, col = page.canvas.image_at(QPointF(place))
    qtbot.waitUntil(lambda: pixel_of(page) == (int(row), int(col)), timeout=3000)
    assert pixel_of(page) != before
    value = f"{int(row) * 400 + int(col)}"
    qtbot.waitUntil(lambda: page.readout._value.text() == value, timeout=3000)


def test_the_read_out_follows_a_fit_and_another_scene(page, context, qtbot, tmp_path):
    open_in(context, qtbot, ramp(tmp_path))
    wait_complete(page.canvas, qtbot)
    wheel(page.canvas, QPointF(300, 200), 600)
    rest_on(qtbot, page.canvas, 230, 140)
    qtbot.keyClick(page.canvas, Qt.Key.Key_F)
    row, col = page.canvas.image_at(QPointF(230, 140))
    qtbot.waitUntil(lambda: pixel_of(page) == (int(row), int(col)), timeout=3000)
    open_in(context, qtbot, made_slc(tmp_path))
    wait_complete(page.canvas, qtbot)
    qtbot.waitUntil(lambda: "|z|" in page.readout.text, timeout=3000)


def test_a_pixel_marked_with_keys_is_spoken_of_until_the_mouse_moves(
    page, context, qtbot, tmp_path
):
    open_in(context, qtbot, ramp(tmp_path))
    wait_complete(page.canvas, qtbot)
    rest_on(qtbot, page.canvas, 200, 150)
    qtbot.waitUntil(lambda: "row" in page.readout.text, timeout=3000)
    row, col = pixel_of(page)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert pixel_of(page) == (row, col + 1)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Plus)
    assert pixel_of(page) == (row, col + 1)


def test_a_box_typed_with_west_and_east_exchanged_is_refused(page, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_slc(tmp_path))
    qtbot.waitUntil(lambda: context.scenes.locator(address) is not None, timeout=5000)
    qtbot.keyClick(page.canvas, Qt.Key.Key_C)
    bar = page.crop_bar
    for edit, text in zip(bar._edits(), ("15.012", "44.98", "15.002", "44.99"), strict=True):
        qtbot.mouseDClick(edit, Qt.MouseButton.LeftButton)
        qtbot.keyClicks(edit, text)
    qtbot.keyClick(bar.north, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "exchange west and east" in bar.note.text(), timeout=5000)
    assert bar.note.isVisible()
    assert context.store.session.crop is None
    assert not bar.save.isEnabled()


def across_180(folder):
    """A scene from 179 E to 179 W."""
    values = np.ones((1, 100, 200), np.float32)
    return write_geotiff(
        folder / "dateline.tif", values, crs="EPSG:4326", transform=from_origin(179, 10, 0.01, 0.01)
    )


def test_a_box_may_cross_the_antimeridian_where_the_scene_does(page, context, qtbot, tmp_path):
    address = open_in(context, qtbot, across_180(tmp_path))
    qtbot.waitUntil(lambda: context.scenes.locator(address) is not None, timeout=5000)
    qtbot.keyClick(page.canvas, Qt.Key.Key_C)
    bar = page.crop_bar
    for edit, text in zip(bar._edits(), ("179.5", "9.2", "-179.5", "9.8"), strict=True):
        qtbot.mouseDClick(edit, Qt.MouseButton.LeftButton)
        qtbot.keyClicks(edit, text)
    qtbot.keyClick(bar.north, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: context.store.session.crop is not None, timeout=5000)
    window = context.store.session.crop
    assert (window.col, window.cols) == pytest.approx((50, 100), abs=1)
    qtbot.waitUntil(lambda: bar.west.text() == "179.50000", timeout=5000)
    assert float(bar.east.text()) == pytest.approx(-179.5)


def test_a_saved_crop_is_named_and_opened_by_a_click(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    wait_complete(page.canvas, qtbot)
    out = tmp_path / "part.tif"
    context.files = ChosenFiles(str(out))
    qtbot.keyClick(page.canvas, Qt.Key.Key_C)
    canvas, left = page.canvas, Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, left, pos=QPoint(200, 150))
    qtbot.mouseMove(canvas, QPoint(330, 260))
    qtbot.mouseRelease(canvas, left, pos=QPoint(330, 260))
    crop = context.store.session.crop
    qtbot.mouseClick(page.crop_bar.save, left)
    qtbot.waitUntil(page.result.isVisible, timeout=30_000)
    assert page.result.text == "Crop saved: part.tif"
    assert page.result.geometry().bottom() < canvas.height()
    qtbot.mouseClick(page.result.open, left)
    qtbot.waitUntil(lambda: str(out) in context.store.session.addresses, timeout=10_000)
    assert context.scenes.scene(str(out)).grid.size == crop.size
    assert not page.result.isVisible()


@pytest.mark.parametrize(
    ("names", "bands"),
    [
        (("Coastal blue", "Blue", "Green", "Red edge", "Red", "Near infrared"), (4, 2, 1)),
        (("B02_blue", "B03_green", "B04_red", "B08_nir"), (2, 1, 0)),
        (("SR_B1", "SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B6", "SR_B7"), (3, 2, 1)),
        (("B1", "B2", "B3", "B4", "B5", "B7"), (2, 1, 0)),
        (("443 nm", "482 nm", "561 nm", "655 nm", "865 nm"), (3, 2, 1)),
        (("0.48 um", "0.56 um", "0.66 um"), (2, 1, 0)),
    ],
)
def test_names_and_wavelengths_open_a_scene_in_natural_colours(
    page, context, qtbot, tmp_path, names, bands
):
    values = np.random.default_rng(1).uniform(0, 3000, (len(names), 60, 60)).astype(np.uint16)
    open_in(context, qtbot, write_geotiff(tmp_path / "s.tif", values, names=names))
    style = layer_style(context, context.store.session.layer)
    assert (style.view, style.bands) == ("rgb", bands)


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        ("optical/enmap_224band_float32.tif", None),
        ("optical/sentinel2/sent2_L2A_2024-08-24_nan.tif", (2, 1, 0)),
        ("optical/sentinel2/Spain_7370579_S2Hand_13band.tif", (3, 2, 1)),
        ("optical/naip_4band.tif", (0, 1, 2)),
        ("optical/landsat/rgb16.tif", (0, 1, 2)),
    ],
)
def test_real_scenes_open_in_natural_colours(page, context, qtbot, open_data, name, bands):
    address = open_in(context, qtbot, open_data / name)
    style = layer_style(context, context.store.session.layer)
    assert style.view == "rgb"
    if bands is not None:
        assert style.bands == bands
        return
    tags = context.scenes.scene(address).details.band_tags
    lengths = [float(tags[band]["wavelength"]) for band in style.bands]
    assert lengths == pytest.approx([660, 560, 480], abs=6)


@pytest.mark.parametrize(("count", "is_offered"), [(1, False), (2, False), (3, True), (5, True)])
def test_rgb_is_offered_where_there_are_three_bands(
    page, context, qtbot, tmp_path, count, is_offered
):
    values = np.random.default_rng(2).uniform(0, 9, (count, 50, 50)).astype(np.float32)
    open_in(context, qtbot, write_geotiff(tmp_path / "b.tif", values))
    wait_complete(page.canvas, qtbot)
    qtbot.keyClick(page.canvas, Qt.Key.Key_9)
    style = layer_style(context, context.store.session.layer)
    assert (style.view == "rgb") is is_offered
    reason = context.actions.reason("view.as_rgb")
    assert reason == ("" if is_offered else "it needs a scene of three bands or more")


def test_three_complex_bands_are_shown_as_red_green_and_blue(page, context, qtbot, tmp_path):
    rng = np.random.default_rng(3)
    values = (rng.normal(size=(3, 60, 60)) + 1j * rng.normal(size=(3, 60, 60))).astype(np.complex64)
    open_in(context, qtbot, write_geotiff(tmp_path / "quad.tif", values))
    wait_complete(page.canvas, qtbot)
    qtbot.keyClick(page.canvas, Qt.Key.Key_9)
    style = layer_style(context, context.store.session.layer)
    assert (style.view, style.bands) == ("rgb", (0, 1, 2))
    wait_complete(page.canvas, qtbot)
    assert not page.canvas.picture.failures


def test_a_palette_has_a_legend_of_the_classes_that_are_there(page, context, qtbot, tmp_path):
    colours = {0: (0, 0, 0, 255), 3: (200, 10, 20, 255), 7: (10, 20, 230, 255), 9: (1, 2, 3, 255)}
    values = np.full((1, 64, 64), 3, np.uint8)
    values[0, 20:] = 7
    path = write_geotiff(tmp_path / "cover.tif", values)
    with rasterio.open(path, "r+") as target:
        target.write_colormap(1, colours)
    open_in(context, qtbot, path)
    wait_complete(page.canvas, qtbot)
    shown = page.legend.legend
    assert (shown.kind, [tick.text for tick in shown.ticks]) == ("classes", ["3", "7"])
    image = page.canvas.grab().toImage()
    part = image.copy(image.width() - 110, image.height() - 90, 110, 90)
    seen = {part.pixelColor(x, y).rgb() for x in range(110) for y in range(90)}
    assert 0xFFC80A14 in seen
    assert 0xFF0A14E6 in seen
    assert 0xFF010203 not in seen


def test_a_palette_of_very_many_classes_names_the_first_and_says_how_many(tmp_path):
    from satstudio.render.style import DisplayStyle

    shown = legend(DisplayStyle(palette=tuple(0xFF000000 + n for n in range(200))))
    assert shown.title == "Classes (20 of 200)"
    assert len(shown.ticks) == 20


def test_the_chooser_lists_images_only_with_whole_names_and_a_filter(qtbot, page):
    names = [
        f"science/LSAR/SLC/swaths/frequency{part}/{pol}" for part in "AB" for pol in ("HH", "HV")
    ]
    images = [ImageInfo(name, "6000 \N{MULTIPLICATION SIGN} 4000, complex") for name in names]
    images.append(ImageInfo("science/LSAR/SLC/metadata/orbit/position", "100 x 3", False))
    chooser = ImageChooser("/data/product.h5", images, page)
    qtbot.addWidget(chooser)
    with qtbot.waitExposed(chooser):
        chooser.open()
    assert chooser.names() == names
    header = chooser.list.header()
    assert header.sectionSize(0) >= chooser.fontMetrics().horizontalAdvance(max(names, key=len))
    qtbot.keyClicks(chooser.filter, "b hv")
    assert chooser.names() == names[3:]
    qtbot.keyClick(chooser.filter, Qt.Key.Key_Return)
    assert chooser.addresses() == [f"/data/product.h5#{names[3]}"]


def test_tables_of_a_product_are_listed_when_asked_for(qtbot, page):
    images = [ImageInfo("HH", "9 x 9"), ImageInfo("orbit", "100 x 3", False)]
    chooser = ImageChooser("/data/product.h5", images, page)
    qtbot.addWidget(chooser)
    with qtbot.waitExposed(chooser):
        chooser.open()
    qtbot.keyClick(chooser.others, Qt.Key.Key_Space)
    assert chooser.names() == ["HH", "orbit"]
    qtbot.keyClick(chooser.filter, Qt.Key.Key_Down)
    assert chooser.addresses() == ["/data/product.h5#orbit"]


def test_images_of_real_products_are_told_from_their_tables(open_data):
    found = list_images(open_data / "sar_slc/nisar_h5/winnipeg.h5")
    assert [image.name for image in found if image.is_picture] == [
        "science/LSAR/SLC/swaths/frequencyA/HH"
    ]
    assert found[0].title == "250 \N{MULTIPLICATION SIGN} 250, complex, 32-bit floating-point"
    bands = list_images(open_data / "optical/other/PLANET_SCOPE_3D.nc")
    assert all(image.is_picture for image in bands)


def test_values_of_bands_with_long_names_have_room(page, context, qtbot, open_data):
    open_in(context, qtbot, open_data / "optical/enmap_224band_float32.tif")
    wait_complete(page.canvas, qtbot)
    rest_on(qtbot, page.canvas, 300, 200)
    settled(page, qtbot)
    words = page.readout._value.text().split()
    assert words[0::3] == ["band"] * 3
    assert page.readout._value.sizeHint().width() < 400


def test_a_result_goes_with_its_scene(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    wait_complete(page.canvas, qtbot)
    page.result.show_result("Crop saved:", tmp_path / "a.tif")
    open_in(context, qtbot, made_slc(tmp_path))
    assert not page.result.isVisible()
