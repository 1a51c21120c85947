"""A report is one file, with everything in it, and safe against what names contain."""

from html.parser import HTMLParser

import numpy as np
import pytest

from satstudio.bench.report import (
    COLOURS,
    Curve,
    Figure,
    Picture,
    Report,
    Section,
    Table,
    curve_svg,
    curves_of,
    number_text,
    write_report,
)
from satstudio.render.picture import save_png

VOID = {"meta", "img", "br", "link", "path", "use"}


class Checker(HTMLParser):
    """Collects tags and fails where they do not close."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.sources = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def report(tmp_path):
    colours = np.full((4, 6, 4), 255, np.uint8)
    picture = save_png(colours, tmp_path / "picture.png")
    log = [{"step": n, "loss": 1 / n, "held": None if n % 2 else 2 / n} for n in range(1, 3001)]
    return Report(
        title="Coast & <town>",
        facts={"Scene": "a.tif"},
        sections=(
            Section(
                title="All kinds",
                text="One of each.",
                figures=(
                    Figure(
                        name="ks",
                        value=0.25,
                        limit=0.3,
                        limit_source="Smith 2001",
                        definition="largest gap",
                        n="5",
                    ),
                    Figure(
                        name="lsd",
                        value=7,
                        unit="dB",
                        limit=5,
                        limit_source="Smith 2001",
                        definition="rms",
                        n="5",
                    ),
                    Figure(name="swd", value=1, limit=2, definition="sliced", n="5"),
                ),
                pictures=(Picture(path=picture, caption='"quoted" <b>'),),
                curves=curves_of(log, {"Losses": {"loss": "train", "held": "validation"}}),
                tables=(Table(title="Steps", head=("Step", "s"), rows=(("cut", "1.0"),)),),
            ),
        ),
        footer="end",
    )


def test_a_report_is_whole_and_needs_nothing_beside_it(report, tmp_path):
    text = write_report(report, tmp_path / "report.html").read_text("utf-8")
    page = Checker()
    page.feed(text)
    assert page.open == []
    assert {"h1", "h2", "img", "svg", "table", "figcaption"} <= set(page.seen)
    outside = [source for source in page.sources if not source.startswith(("data:", "#"))]
    assert outside == []
    assert "<script" not in text


def test_what_names_contain_is_text(report, tmp_path):
    text = write_report(report, tmp_path / "report.html").read_text("utf-8")
    assert "Coast &amp; &lt;town&gt;" in text
    assert "<b>" not in text


def test_limits_are_judged(report, tmp_path):
    text = write_report(report, tmp_path / "report.html").read_text("utf-8")
    assert "within the limit of 0.3" in text
    assert "above the limit of 5.0 dB" in text
    assert "(Smith 2001)" in text
    assert "limit of 2" not in text  # nobody says where it comes from


def test_long_curves_are_thinned_and_gaps_left_out(report):
    (curve,) = report.sections[0].curves
    assert len(curve.x) == 3000
    text = curve_svg(curve)
    assert len(text) < 150_000
    assert "<metadata" in text or "<svg" in text


def test_curves_are_the_same_each_time():
    curve = Curve(title="a", x_label="step", x=(1, 2), lines={"train": (1, None)})
    assert curve_svg(curve) == curve_svg(curve)


def test_a_curve_without_numbers_is_left_out():
    assert curves_of([{"step": 1, "loss": None}], {"Losses": {"loss": "train"}}) == ()
    assert curves_of([], {"Losses": {"loss": "train"}}) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.2029, "0.203"), (4.7406, "4.74"), (31.25, "31.2"), (0.0, "0.000"), (1.2e-5, "1.2e-05")],
)
def test_numbers_have_three_figures(value, text):
    assert number_text(value) == text


def test_the_best_cells_are_bold(tmp_path):
    table = Table(rows=(("a", "1", "2"), ("b", "3", "4")), is_numeric=True, best=((0, 1), (1, 2)))
    page = write_report(
        Report(title="t", sections=(Section(title="s", tables=(table,)),)), tmp_path / "page.html"
    )
    text = page.read_text("utf-8")
    assert text.count("<b>") == 2
    assert "<td><b>1</b></td>" in text
    assert "<td><b>4</b></td>" in text


def test_lines_that_belong_together_have_one_colour():
    curve = Curve(
        title="two", x_label="x", x=(0, 1), lines={"a": (0, 1), "b": (1, 0), "c": (1, 1)},
        looks={"a": (1, "-"), "b": (1, ":")},
    )  # fmt: skip
    text = curve_svg(curve)
    assert text.count(f"stroke: {COLOURS[1]}") >= 2
    assert f"stroke: {COLOURS[0]}" not in text


def test_a_step_is_marked_with_an_upright_line_and_its_word():
    log = [{"step": step, "loss": 1.0} for step in (1, 50, 100)]
    (plain,), (marked,) = (
        curves_of(log, {"Losses": {"loss": "train"}}, marks=marks) for marks in (None, {"best": 50})
    )
    assert "<!-- best -->" not in curve_svg(plain)
    text = curve_svg(marked)
    assert "<!-- best -->" in text
    assert text.count("<path") > curve_svg(plain).count("<path")
