"""CHARTS: which figures of a training's log are drawn together, with titles, units, meanings."""

from satstudio.gui.pages.train.curves.chart_parts import Chart, Level, Pen, learned, pair, single
from satstudio.gui.pages.train.curves.restorer_charts import RESTORER_CHARTS


def _floor(key: str, name: str = "real against real", place: float = 0.02) -> Level:
    return Level(f"{key}_floor", name, Pen.DashLine, place)


def _levels(key: str) -> tuple[Level, ...]:
    """Return what stands beside a figure: real patches, and fields that nothing was learnt for."""
    return (
        _floor(key),
        Level(f"{key}_coloured", "Gaussian field, training spectrum", Pen.DotLine, 0.5),
        Level(f"{key}_white", "white Gaussian field", Pen.DashDotLine, 0.98),
    )


AXES = ("azimuth", "range")
FLOOR = "Dashed: what real patches have against other real ones; nothing can be expected below."
NO_SKILL = (
    f"{FLOOR} Dotted and dash-dotted: fields of Gaussian noise with the power of training patches, "
    "with their mean spectrum or white. What is not below them shows no skill."
)

CHARTS = (
    Chart(
        "Wasserstein distance",
        "",
        "How far generated images are from real ones, as the critic sees it: mean score of real "
        "images less that of generated ones. It rises while the critic learns, then falls.",
        learned("wasserstein"),
    ),
    Chart(
        "Gradient penalty",
        "",
        "Mean squared distance of the critic's gradient norm from one; small and steady is good.",
        learned("penalty"),
    ),
    Chart(
        "Sliced Wasserstein distance",
        "std. dev.",
        "Of patches of 7 x 7 px from held-out real ones, as the mean over fixed directions; of "
        "complex samples real and imaginary part of the log-amplitude map, of spectra the images "
        f"that they show. {NO_SKILL}",
        single("swd", "generated", 0),
        is_log=True,
        levels=_levels("swd"),
    ),
    Chart(
        "Distance of amplitudes",
        "KS",
        "Largest gap between the distributions of the amplitude, 0 to 1; that of the log-amplitude "
        f"is the same. {NO_SKILL}",
        single("ks_modulus", "generated", 2),
        is_log=True,
        levels=_levels("ks_modulus"),
    ),
    Chart(
        "Distance of spectra",
        "dB",
        f"Log-spectral distance of the power spectra along each axis. {NO_SKILL} These are of the "
        "worse axis.",
        pair("spectrum_azimuth_db", "spectrum_range_db", AXES),
        is_log=True,
        levels=_levels("spectrum_distance_db"),
    ),
    Chart(
        "Intensity moment",
        "<I\N{SUPERSCRIPT TWO}>/<I>\N{SUPERSCRIPT TWO}",
        "Median over generated patches. Fully developed single-look speckle over a uniform area "
        "has 2 (Goodman 1976), texture and bright points have more; it should be that of real "
        "patches.",
        single("intensity_moment", "generated", 3),
        levels=(
            Level("intensity_moment_real", "real patches", Pen.DashLine, 0.02),
            Level(None, "fully developed speckle", Pen.DotLine, 0.98, 2.0),
        ),
    ),
    Chart(
        "Phase from pixel to pixel",
        "Kuiper",
        "Distance, 0 to 1, of the distributions of the phase difference of neighbours along each "
        f"axis (Kuiper's statistic). {FLOOR}",
        pair("phase_step_azimuth", "phase_step_range", AXES),
        levels=(
            _floor("phase_step_azimuth", "real against real, azimuth"),
            _floor("phase_step_range", "real against real, range", 0.98),
        ),
    ),
    Chart(
        "Phase against uniform",
        "Kuiper",
        "Distance, 0 to 1, of the distribution of the phase of generated pixels from one in which "
        "every phase is alike often (Kuiper's statistic). Dashed: real patches.",
        single("phase_nonuniformity", "generated", 1),
        levels=(_floor("phase_nonuniformity", "real patches"),),
    ),
    Chart(
        "Fr\N{LATIN SMALL LETTER E WITH ACUTE}chet distance",
        "",
        "Of the features that were chosen for the run, between generated and real images, as often "
        f"as a tenth of the time allows. Few images raise it. {FLOOR}",
        single("frechet_features", "generated", 0),
        is_log=True,
        levels=(_floor("frechet_features"),),
    ),
    Chart(
        "Kernel distance",
        "KID",
        "Of the features that were chosen for the run, between generated and real images. Few "
        f"images do not raise it; what is 0 or below, as it may be, is not drawn. {FLOOR}",
        single("kid", "generated", 1),
        is_log=True,
        levels=(_floor("kid"),),
    ),
    Chart(
        "Variety",
        "share of real",
        "How different generated images are from each other, and in how many directions "
        "(effective rank), over the same of real ones: 1 is right, a diversity below 0.25 or a "
        "rank below 0.15 is mode collapse.",
        pair("diversity", "effective_rank", ("diversity", "effective rank")),
    ),
    Chart(
        "Distance of values",
        "std. dev.",
        "Wasserstein distance of single values as the network sees them, in standard deviations of "
        "real ones; above 1.5 the generator is far off.",
        single("value_w1", "generated", 3),
    ),
    Chart(
        "Signs of the critic's scores",
        "mean",
        "1: all positive, -1: all negative. Both at their ends: the critic is sure of everything, "
        "and the generator learns nothing from it. Of losses whose scores have a zero.",
        pair("sign_real", "sign_fake", ("real", "generated"), colour=0),
    ),
    Chart(
        "Critic's gradient norm",
        "",
        "Over all of its weights (gradient_norm in the log). It should neither vanish nor grow "
        "without end.",
        single("gradient_norm", "training", 2),
        is_log=True,
    ),
    Chart(
        "Losses",
        "",
        "What critic and generator make smaller; they need not fall, as each works on the other.",
        pair("critic_loss", "generator_loss", ("critic", "generator"), colour=0),
    ),
    Chart(
        "Loss",
        "",
        "How unlikely one part of the samples is, given what the network says from the other "
        "part; it falls and stays above a floor that speckle sets.",
        learned("loss"),
        family="restorer",
    ),
    Chart(
        "Intensity before over after",
        "",
        "Of held-out patches. The mean should be 1: nothing gets brighter or darker. The variance "
        "should be 1 at one look: more is structure lost, less is speckle left.",
        pair("ratio_mean", "ratio_var", ("mean", "variance")),
        family="restorer",
    ),
    Chart(
        "Difference from the target",
        "mean absolute",
        "Of outputs from targets, in the network's numbers: the L1 loss. Of what learns without "
        "pairs, the loss that takes their place.",
        learned("loss"),
        family="translator",
    ),
    Chart(
        "PSNR",
        "dB",
        "Of held-out patches, the mean over images; run.json says the data range. Dashed: the "
        "input copied as it is to all bands of the target. Dotted: the mean value of each grey in "
        "the training patches (look-up table). What is not above them shows no skill.",
        single("psnr", "output", 0),
        family="translator",
        levels=(
            Level("psnr_copy", "input copied", Pen.DashLine, 0.02),
            Level("psnr_table", "look-up table", Pen.DotLine, 0.6),
        ),
    ),
    Chart(
        "SSIM",
        "",
        "Structural similarity of outputs and targets on held-out patches, the mean over images.",
        single("ssim", "output", 2),
        family="translator",
    ),
    Chart(
        "Images better than the copied input",
        "share",
        "Of held-out patches, by PSNR; 1: all are nearer to the target than the input is.",
        single("wins_over_copy", "output", 3),
        family="translator",
    ),
    Chart(
        "Correlation of brightness",
        "",
        "Of the mean over all bands, between outputs and targets and between outputs and inputs, "
        "on held-out patches. Below 0 the brightness is inverted.",
        pair("brightness_target", "brightness_input", ("with target", "with input"), colour=0),
        family="translator",
    ),
    Chart(
        "Adversarial losses",
        "",
        "What critic and generator make smaller; they need not fall, as each works on the other.",
        pair("critic_loss", "generator_loss", ("critic", "generator"), colour=0),
        family="translator",
    ),
    *RESTORER_CHARTS,
)
OF_FEATURES = ("frechet_features", "kid")
"""Keys whose charts say which features, and of how many images."""
