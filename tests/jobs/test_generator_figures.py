"""The demo's figures of a generator: beside what has no skill; the weakest beside the strongest."""

import numpy as np
import pytest
from made_patches import band_limited, made_patches

from satstudio.bench.report import Figure, Report, Section, write_report
from satstudio.jobs.demo import demo_figures as module
from satstudio.jobs.demo.demo_figures import demo_figures, headline
from satstudio.metrics.sets.distances import COLOURED, FLOOR, REFERENCES, WHITE
from satstudio.patches.patch_set import PatchSet


class Card:
    tile_px = 16


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Figures of a generator that makes white noise of the right power."""
    made = made_patches(tmp_path / "patches", 100, 80, size=16)

    def generate(model, seeds):
        random = np.random.default_rng(seeds[0])
        pairs = random.standard_normal((2, len(seeds), 1, 16, 16))
        power = np.square(np.abs(band_limited(20, 16))).mean()
        return (np.sqrt(power / 2) * (pairs[0] + 1j * pairs[1])).astype(np.complex64)

    monkeypatch.setattr(module, "generate", generate)
    monkeypatch.setattr(module, "read_card", lambda model: Card)
    return demo_figures(PatchSet.open(made), tmp_path / "none.onnx").rows


def test_a_generator_of_noise_is_as_good_as_the_field_that_it_is(found):
    by_name = {figure.name: figure for figure in found}
    spectra = by_name["Log-spectral distance, the worse axis"]
    assert set(spectra.beside) == set(REFERENCES.values())
    assert spectra.value == pytest.approx(spectra.beside[REFERENCES[WHITE]], rel=0.2)
    assert spectra.value > 5 * spectra.beside[REFERENCES[COLOURED]]
    assert by_name["Intensity moment, generated"].value == pytest.approx(2, abs=0.2)
    assert all("80 real and 80 generated" in figure.n for figure in found)
    assert all("seeds 1000 to 1079" in figure.n for figure in found)


def test_no_figure_has_a_limit_that_nobody_set(found, tmp_path):
    assert all(figure.limit is None for figure in found)
    report = Report(title="r", sections=(Section(title="s", figures=found),))
    text = write_report(report, tmp_path / "r.html").read_text("utf-8")
    assert "limit" not in text
    for called in REFERENCES.values():
        assert text.count(f"<li>{called}: ") == 3


def figure(name, value, white, coloured):
    beside = {REFERENCES[FLOOR]: 0.01, REFERENCES[WHITE]: white, REFERENCES[COLOURED]: coloured}
    return Figure(name=name, value=value, beside=beside, definition="", n="")


def test_the_weakest_stands_beside_the_strongest():
    good, bad = figure("SWD", 0.06, 0.4, 0.12), figure("LSD", 3.0, 6.0, 0.25)
    said = headline([figure("KS", 0.1, 0.1, 0.2), good, bad])
    assert said == (
        "strongest: SWD 0.060 (0.500 times that of the best Gaussian field); "
        "weakest: LSD 3.00 (12.0 times that of the best Gaussian field)"
    )
    assert headline([Figure(name="x", value=1, definition="", n="")]) == ""
