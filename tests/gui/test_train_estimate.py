import pytest
from made import made_slc
from window_made import jobs_end, made_window

from satstudio.core.progress import Progress
from satstudio.gui.pages.train.estimate import cost_text
from satstudio.gui.pages.train.variance_plot import space_text
from satstudio.patches.cut import cut_patches
from satstudio.patches.positions import PatchRecipe

COST = {"step_s": 0.0312, "steps": 4000, "total_s": 130.0, "peak_mb": 512.4, "device_peak_mb": None}


def test_the_line_tells_step_time_and_memory():
    text = cost_text(COST)
    assert "31.2 ms a step" in text
    assert "about 2 min 10 s for 4" in text
    assert text.endswith("512 MB of memory")


def test_a_training_without_end_has_no_time():
    endless = COST | {"steps": None, "total_s": None, "device_peak_mb": 99.6, "step_s": 2.0}
    assert cost_text(endless) == "2.0 s a step, 512 MB of memory, 100 MB on the GPU"


@pytest.mark.learn
@pytest.mark.slow
def test_a_run_is_estimated_and_the_line_goes_with_the_next_choice(qtbot, study, tmp_path):
    scene = made_slc(tmp_path, 192, 192)
    cut_patches([scene], PatchRecipe(size_px=16, count=60), study / "patches/made", Progress())
    with made_window(qtbot, study) as window:
        window.show_page("train")
        form = window.page_widget("train").form
        qtbot.waitUntil(lambda: form.why_not() == "", timeout=60_000)
        form.preset.setCurrentIndex(form.preset.findData("tiny"))
        form.form.set_values({"steps": 700})
        form.estimate.button.click()
        jobs_end(qtbot, window.context)
        qtbot.waitUntil(lambda: "700 steps" in form.estimate.line.text(), timeout=10_000)
        assert not form.estimate.space.isVisible()
        form.options.set_values({"space": "noisy_scale"})
        form.options.changed.emit()
        form.estimate.button.click()
        jobs_end(qtbot, window.context)
        qtbot.waitUntil(form.estimate.space.isVisible, timeout=10_000)
        assert "variance of the images is kept within" in form.estimate.space.text.text()
        window.grab().save(str(tmp_path / "train.png"))
        form.form.set_values({"batch": 4})
        form.form.changed.emit()
        assert form.estimate.line.text() == ""
        assert not form.estimate.space.isVisible()
        assert not (study / "runs").exists() or not any((study / "runs").iterdir())


def test_a_warning_about_the_images_stands_with_the_noise():
    space = {"sigma": 0.15, "variances": {"noisy_scale": [1.0, 1.02]}, "warning": ""}
    assert space_text(space).endswith("within 2% up to t = 1.")
    assert space_text(space | {"warning": "Nearly two-valued."}).endswith("Nearly two-valued.")
