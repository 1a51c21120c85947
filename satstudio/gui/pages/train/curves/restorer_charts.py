"""RESTORER_CHARTS: what restorers that learn from pairs are watched by, beside their baselines."""

from collections.abc import Mapping

from satstudio.gui.pages.train.curves.chart_parts import (
    Chart,
    Curve,
    Level,
    Pen,
    learned,
    pair,
    single,
)

FAMILY = "pairs"
OF_RIVALS = "gain_over_best"
"""A figure that only such restorers log."""

BASELINES = {
    "least_cloudy": "least cloudy date",
    "mosaic": "mosaic",
    "mosaic_filled": "mosaic, filled",
    "temporal_interpolation": "interpolated in time",
    "temporal_interpolation_filled": "in time, filled",
    "bicubic": "bicubic",
    "frame_mean": "mean of frames",
    "registered_mean": "registered mean",
    "shift_and_add": "shift and add",
    "nearest": "nearest pixel",
    "harmonic": "smoothest",
    "boxcar": "boxcar",
    "lee": "Lee",
    "nlm": "non-local means",
}
"""Names at the lines of what plain rules make of the same patches."""

DASHES = (Pen.DashLine, Pen.DotLine, Pen.DashDotLine)


def _levels(figure: str) -> tuple[Level, ...]:
    """Return the lines of all baselines, of which a log has those of its task."""
    return tuple(
        Level(f"{figure}_{key}", name, DASHES[place % 3], 0.02 + 0.3 * (place % 4))
        for place, (key, name) in enumerate(BASELINES.items())
    )


def _regions(names: Mapping[str, str]) -> tuple[Curve, ...]:
    """Return the PSNR of parts of the images, by key and name."""
    pens = (Pen.SolidLine, Pen.DashLine, Pen.DotLine)
    return tuple(
        Curve(f"psnr_{key}", name, place, pens[place])
        for place, (key, name) in enumerate(names.items())
    )


def _of_best(names: Mapping[str, str]) -> tuple[Level, ...]:
    """Return the lines of the best baseline in these parts."""
    return tuple(
        Level(f"psnr_{key}_best", f"baseline, {name}", DASHES[place], 0.02 + 0.32 * place)
        for place, (key, name) in enumerate(names.items())
    )


GAPS = {"gaps_to_4px": "to 4 px", "gaps_to_16px": "to 16 px", "gaps_wider": "wider"}
CLOUDS = {"never_clear": "never clear", "once_clear": "clear once"}

RESTORER_CHARTS = (
    Chart(
        "Loss of the restorer",
        "",
        "What training makes smaller, in the network's numbers; of held-out patches that of the "
        "averaged weights. Of intensity under speckle log R + I / R, beside that of filters.",
        learned("loss"),
        family=FAMILY,
        levels=_levels("loss"),
    ),
    Chart(
        "PSNR beside baselines",
        "dB",
        "Of held-out patches, the mean over images; run.json says the data range, and what is "
        "counted: of images with gaps the gaps alone. What is not above the lines shows no skill.",
        single("psnr", "output", 0),
        family=FAMILY,
        levels=_levels("psnr"),
    ),
    Chart(
        "Gain over the best baseline",
        "",
        "The mean over held-out images, in dB of PSNR; of intensity under speckle in units of the "
        "loss. Above 0 the network is better than the best plain rule, which run.json names.",
        single(OF_RIVALS, "gain", 2),
        family=FAMILY,
    ),
    Chart(
        "SSIM of restored patches",
        "",
        "Structural similarity with the targets of held-out patches, the mean over images.",
        single("ssim", "output", 2),
        family=FAMILY,
    ),
    Chart(
        "Spectral angle",
        "degrees",
        "Between the bands of outputs and targets, the mean over pixels; less is better.",
        (
            Curve("sam", "output", 0, Pen.SolidLine),
            Curve("sam_best", "best baseline", 0, Pen.DashLine),
        ),
        family=FAMILY,
    ),
    Chart(
        "PSNR by the width of gaps",
        "dB",
        "In gaps up to 4 px, 5 to 16 px, and wider, beside the best baseline.",
        _regions(GAPS),
        family=FAMILY,
        levels=_of_best(GAPS),
    ),
    Chart(
        "PSNR under clouds",
        "dB",
        "Where no date shows the ground, and where one does, beside the best baseline.",
        _regions(CLOUDS),
        family=FAMILY,
        levels=_of_best(CLOUDS),
    ),
    Chart(
        "Coherence with the target",
        "",
        "Of complex outputs, in windows of 5 x 5 px; independent speckle has 0.18.",
        (
            Curve("coherence", "output", 0, Pen.SolidLine),
            Curve("coherence_best", "best baseline", 0, Pen.DashLine),
        ),
        family=FAMILY,
    ),
    Chart(
        "Improved, left out, invented",
        "share",
        "Of what the target shows and interpolation does not: made, not made, and made otherwise "
        "(Aybar 2024). The target itself has 0.79, interpolation leaves out 0.79.",
        (
            Curve("improvement", "improved", 2, Pen.SolidLine),
            Curve("omission", "left out", 1, Pen.DashLine),
            Curve("hallucination", "invented", 3, Pen.DotLine, 2.4),
        ),
        family=FAMILY,
    ),
    Chart(
        "Consistency with the coarse input",
        "",
        "How far box means of finer images lie from the image that they were made of, the mean "
        "absolute difference; less is better.",
        (
            Curve("lr_consistency", "output", 0, Pen.SolidLine),
            Curve("lr_consistency_best", "best baseline", 0, Pen.DashLine),
        ),
        family=FAMILY,
    ),
    Chart(
        "Intensity of input over output",
        "",
        "Of held-out patches. The mean should be 1: nothing gets brighter or darker. The variance "
        "should be 1 / looks: more is structure lost, less is speckle left.",
        pair("ratio_mean", "ratio_var", ("mean", "variance")),
        family=FAMILY,
    ),
)
