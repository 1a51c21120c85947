import json

import numpy as np
import pytest
from made_models import SIDE, made_card, made_model
from made_patches import made_patches
from PySide6.QtCore import Qt
from window_made import ChosenFiles, jobs_end, made_window

from satstudio.core.scaling import Scaling
from satstudio.patches.patch_set import PatchSet


@pytest.fixture
def page(qtbot, study):
    (study / "models").mkdir()
    made_model(study / "models" / "made.onnx")
    with made_window(qtbot, study) as window:
        window.show_page("sample")
        made = window.page_widget("sample")
        qtbot.waitUntil(lambda: made.grid.count() == 16, timeout=60_000)
        yield made


def test_the_first_model_is_read_and_drawn_at_once(page):
    shown = [page.models.card.item(row, 0).text() for row in range(page.models.card.rowCount())]
    assert "Latent" in shown
    assert page.samples.seeds == tuple(range(16))
    assert page.samples.is_complex


def test_a_seed_gives_the_same_image_wherever_it_is_drawn(page, qtbot):
    first = page.samples.values[5]
    page.form.field("seed").widget.setText("5")
    page.form.field("count").widget.setText("2")
    qtbot.mouseClick(page.draw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.grid.count() == 2, timeout=60_000)
    np.testing.assert_array_equal(page.samples.values[0], first)


def test_next_goes_on_after_the_seeds_shown(page, qtbot):
    qtbot.mouseClick(page.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.samples.seeds[0] == 16, timeout=60_000)


def test_the_keyboard_moves_from_sample_to_sample(page, qtbot):
    page.grid.setFocus()
    page.grid.setCurrentRow(0)
    qtbot.keyClick(page.grid, Qt.Key.Key_Right)
    assert page.caption.text() == "Seed 1"
    qtbot.waitUntil(lambda: not page.large[2].image.isNull(), timeout=10_000)


def test_another_view_shows_other_colours_of_the_same_samples(page, qtbot):
    def colours():
        return page.grid.item(0).icon().pixmap(96).toImage()

    before, values = colours(), page.samples.values
    page.view.setCurrentIndex(page.view.findData("amplitude"))
    qtbot.waitUntil(lambda: colours() != before, timeout=10_000)
    assert page.samples.values is values


@pytest.mark.parametrize("name", ["out.tif", "out.npy", "out.png"])
def test_samples_are_saved_with_their_seeds(page, qtbot, study, name):
    context = page._context
    context.files = ChosenFiles(str(study / name))
    qtbot.mouseClick(page.save, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, context)
    assert (study / name).is_file()
    if name.endswith(".npy"):
        facts = json.loads((study / "out.json").read_text("utf-8"))
        assert facts["seeds"] == list(range(16))


def test_spectra_are_shown_as_the_images_that_they_make(page, qtbot, study):
    card = made_card(domain="fourier", scaling=Scaling(kind="unit_power"))
    other = made_model(study / "spectra.onnx", card.to_metadata())
    page._context.files = ChosenFiles(str(other))
    page.models._open.click()
    qtbot.waitUntil(lambda: page.view.findData("inverse") >= 0, timeout=60_000)
    page.view.setCurrentIndex(page.view.findData("inverse"))
    page.grid.setCurrentRow(3)

    def is_grey():
        icon = page.grid.item(0).icon().pixmap(96).toImage()
        return icon.convertToFormat(icon.Format.Format_RGB32).allGray()

    qtbot.waitUntil(is_grey, timeout=10_000)
    qtbot.waitUntil(lambda: page.large_titles[1].text() == "Inverse FFT", timeout=10_000)
    image = np.abs(np.fft.ifft2(np.fft.ifftshift(page.samples.values[3, 0]), norm="ortho"))
    brightest = divmod(int(image.argmax()), 8)
    qtbot.waitUntil(lambda: page.large[1].image.width() == 8, timeout=10_000)
    shown = page.large[1].image
    levels = [[shown.pixelColor(col, row).value() for col in range(8)] for row in range(8)]
    assert np.asarray(levels)[brightest] == np.max(levels)


def drawn(page, qtbot, count):
    """Press Draw and wait until so many images are there."""
    qtbot.mouseClick(page.draw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.grid.count() == count, timeout=60_000)


def lines_of(grid):
    """The texts of a grid's rows, as they lie on the screen."""
    rows = {}
    for index in range(grid.count()):
        rect = grid.visualItemRect(grid.item(index))
        rows.setdefault(rect.top(), []).append((rect.left(), grid.item(index).text()))
    return [[text for _, text in sorted(row)] for _, row in sorted(rows.items())]


@pytest.mark.parametrize("width", [1400, 800])
def test_a_walk_is_a_row_from_seed_to_seed_at_any_width(page, qtbot, width):
    assert not page.form.field("walk_steps").widget.isVisible()
    page.window().resize(width, 800)
    page.form.set_values({"count": 3, "walk_steps": 9})
    page.form.field("walk").widget.setCurrentText("slerp")
    assert page.form.field("walk_steps").widget.isVisible()
    assert not page.wish.beside.isEnabled()
    drawn(page, qtbot, 18)
    inner = [f"{step}/8" for step in range(1, 8)]
    qtbot.waitUntil(
        lambda: lines_of(page.grid) == [["0", *inner, "1"], ["1", *inner, "2"]], timeout=5_000
    )
    page.grid.setCurrentRow(10)
    assert page.caption.text() == "Seed 1 to 2: 1/8"
    qtbot.mouseClick(page.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.samples.seeds == (2, 3, 4), timeout=60_000)


def test_a_walk_of_one_seed_is_explained(page):
    page.form.field("walk").widget.setCurrentText("linear")
    page.form.field("count").widget.setText("1")
    assert "two seeds" in page.problem.text()
    assert not page.draw.isEnabled()


def test_real_patches_stand_beside_under_one_stretch(page, qtbot, tmp_path):
    folder = made_patches(tmp_path / "set", validation=16, size=SIDE)
    assert page.real.isHidden() or not page.real.isVisible()
    assert page.take_file("set", folder)
    qtbot.mouseClick(page.draw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.real.count() == 16, timeout=60_000)
    assert page.real.isVisible()
    for grid in (page.grid, page.real):
        qtbot.waitUntil(lambda grid=grid: [len(line) for line in lines_of(grid)] == [4] * 4)
    assert "validation of set" in page.heads[1].text()
    assert page.caption.text() == "Seed 0"
    real = {patch.tobytes() for patch in PatchSet.open(folder).validation[:]}
    assert {patch.tobytes() for patch in page.samples.real} == real
    assert page.samples.stretched_by is page.samples.real
    page.real.setFocus()
    qtbot.keyClick(page.real, Qt.Key.Key_Right)
    assert page.caption.text().startswith("Real patch: validation no. ")
    page.wish.beside.setCurrentIndex(0)
    qtbot.mouseClick(page.draw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.real.isVisible(), timeout=60_000)


def test_patches_of_another_kind_are_refused_in_one_sentence(page, qtbot, tmp_path):
    page.take_file("set", made_patches(tmp_path / "set", size=4))
    qtbot.mouseClick(page.draw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "patches of 4 px" in page.problem.text(), timeout=60_000)


def test_a_model_that_takes_images_is_refused_in_one_sentence(page, qtbot, study):
    other = made_model(study / "other.onnx", made_card(takes="image", latent=None).to_metadata())
    page._context.files = ChosenFiles(str(other))
    page.models._open.click()
    qtbot.waitUntil(lambda: "takes image" in page.models.problem.text(), timeout=30_000)
    assert not page.draw.isEnabled()


def test_a_file_that_is_no_model_is_refused_in_one_sentence(page, qtbot, study):
    wrong = study / "wrong.onnx"
    wrong.write_bytes(b"nothing")
    page._context.files = ChosenFiles(str(wrong))
    page.models._open.click()
    qtbot.waitUntil(lambda: "wrong.onnx" in page.models.problem.text(), timeout=30_000)
    assert "Traceback" not in page.models.problem.text()
