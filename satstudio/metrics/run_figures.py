"""figure_card: what a figure of a training's log is called, its unit, and which value is better."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from satstudio.metrics.card import Better
from satstudio.metrics.score import METRICS
from satstudio.metrics.sets.distances import FIGURES
from satstudio.metrics.trials import Statistic, rank

ARROWS: dict[Better, str] = {
    "lower": "\N{DOWNWARDS ARROW}",
    "higher": "\N{UPWARDS ARROW}",
    "one": "\N{RIGHTWARDS ARROW} 1",
    "zero": "\N{RIGHTWARDS ARROW} 0",
    "none": "",
}
WORDS: dict[Better, str] = {
    "lower": "lower is better",
    "higher": "higher is better",
    "one": "1 is best",
    "zero": "0 is best",
    "none": "a description, no judgement",
}
ENDINGS = {"_train": "training", "_validation": "validation"}
"""What the log adds to the name of a loss."""


@dataclass(frozen=True, slots=True)
class FigureCard:
    """How reports, tables and charts name a figure.

    Attributes
    ----------
    key : of the log
    title, short : in the field's words; the short one is for the head of a narrow column
    unit : "" where it has none
    better : which value is best; none: a description, not a judgement
    text : what it is
    is_usual : shown before anybody chooses
    """

    key: str
    title: str
    short: str
    unit: str = ""
    better: Better = "none"
    text: str = ""
    is_usual: bool = False

    @property
    def heading(self) -> str:
        """Title, unit, and an arrow that says which way is better."""
        return self._with_unit(self.title)

    @property
    def head(self) -> str:
        """The same, short."""
        return self._with_unit(self.short)

    @property
    def definition(self) -> str:
        """A sentence: what it is and which value is better."""
        text = self.text or "as the training logs it"
        return f"{self.title}: {text} ({WORDS[self.better]})."

    def _with_unit(self, name: str) -> str:
        unit = f" ({self.unit})" if self.unit else ""
        return f"{name}{unit} {ARROWS[self.better]}".rstrip()


def _metric(key: str, title: str, short: str, unit: str = "", text: str = "") -> FigureCard:
    """Return the card of a figure that a metric measures; it says which value is better."""
    one = METRICS[key]
    is_usual = one.suits.usual == "training"
    unit, text = unit or one.unit, text or one.definition
    return FigureCard(key, title, short, unit, one.better, text, is_usual)


def _distance(key: str, title: str, short: str, unit: str = "") -> FigureCard:
    one = FIGURES[key]
    return FigureCard(key, title, short, unit, "lower", one.text, one.is_usual)


DEVIATIONS = "std. dev."
_CARDS = (
    _metric("swd", "Sliced Wasserstein distance", "SWD", DEVIATIONS),
    _metric("ks_modulus", "Kolmogorov-Smirnov distance of the modulus", "KS modulus"),
    _metric("spectrum_distance_db", "Log-spectral distance, the worse axis", "LSD"),
    _distance("spectrum_azimuth_db", "Log-spectral distance in azimuth", "LSD az.", "dB"),
    _distance("spectrum_range_db", "Log-spectral distance in range", "LSD rg.", "dB"),
    _distance("phase_step_azimuth", "Phase steps in azimuth (Kuiper)", "Phase az."),
    _distance("phase_step_range", "Phase steps in range (Kuiper)", "Phase rg."),
    _distance("phase_nonuniformity", "Phase against uniform (Kuiper)", "Phase unif."),
    _metric("value_w1", "Wasserstein distance of single values", "W1", DEVIATIONS),
    _metric("frechet_features", "Fr\N{LATIN SMALL LETTER E WITH ACUTE}chet distance", "FD"),
    _metric("kid", "Kernel distance of features (KID)", "KID"),
    _metric("inception_score", "Inception Score", "IS"),
    FigureCard(
        "intensity_moment",
        "Intensity moment, generated",
        "Moment",
        text="median over patches of <I^2>/<I>^2; 2 for fully developed single-look speckle "
        "(Goodman 1976); to be read beside that of real patches",
    ),
    FigureCard(
        "diversity",
        "Diversity",
        "Diversity",
        "share of real",
        "one",
        "mean distance of two generated images over that of two real ones, as networks see them",
    ),
    FigureCard(
        "effective_rank",
        "Effective rank",
        "Eff. rank",
        "share of real",
        "one",
        "(sum l)^2 / sum l^2 of the eigenvalues l of the covariance of at most 64 generated "
        "images over that of as many real ones",
    ),
    FigureCard(
        "wasserstein",
        "Wasserstein distance, as the critic sees it",
        "W (critic)",
        text="mean score of real less that of generated images",
        is_usual=True,
    ),
    FigureCard("penalty", "Gradient penalty", "Penalty", text="before its weight", is_usual=True),
    FigureCard("critic_loss", "Critic's loss", "Critic's loss"),
    FigureCard("generator_loss", "Generator's loss", "Generator's loss"),
    FigureCard(
        "gradient_norm",
        "Critic's gradient norm",
        "Gradient norm",
        text="Euclidean, over all its weights",
    ),
    FigureCard("sign_real", "Sign of scores, real", "Sign real", "mean"),
    FigureCard("sign_fake", "Sign of scores, generated", "Sign gen.", "mean"),
    FigureCard("time", "Diffusion time t", "t", text="of the noisy scale-space"),
    FigureCard("loss", "Loss", "Loss", "", "lower", is_usual=True),
    FigureCard("held_out_loss", "Loss on held-out patches", "Held-out loss", "", "lower"),
    FigureCard(
        "ratio_mean",
        "Ratio image, mean",
        "Ratio mean",
        "",
        "one",
        "intensity before over after, of held-out patches",
        is_usual=True,
    ),
    FigureCard(
        "ratio_var",
        "Ratio image, variance",
        "Ratio var.",
        "",
        "none",
        "1 / looks where only speckle is removed",
    ),
    FigureCard(
        "psnr",
        "PSNR on held-out patches",
        "PSNR",
        "dB",
        "higher",
        "mean over images of 10 log10(L^2 / MSE); run.json says the data range L",
        is_usual=True,
    ),
    FigureCard(
        "psnr_copy",
        "PSNR of the input copied to the target's bands",
        "PSNR copy",
        "dB",
        text="what a network must beat: the input as it is, on the same patches",
    ),
    FigureCard(
        "psnr_table",
        "PSNR of a look-up table",
        "PSNR table",
        "dB",
        text="what a network should beat: the mean value of each grey in the training patches",
    ),
    FigureCard(
        "psnr_best",
        "PSNR of the best baseline",
        "PSNR best",
        "dB",
        text="of the plain rules of the task the best on the same patches; run.json names it",
    ),
    FigureCard(
        "gain_over_best",
        "Gain over the best baseline",
        "Gain",
        "",
        "higher",
        "mean over held-out images, in dB of PSNR; under speckle in units of the loss",
        is_usual=True,
    ),
    FigureCard(
        "wins_over_best",
        "Share of images better than the best baseline",
        "Wins",
        "",
        "higher",
        "on held-out patches",
    ),
    FigureCard("sam", "Spectral angle", "SAM", "degrees", "lower", "mean over pixels and images"),
    FigureCard("sam_best", "Spectral angle of the best baseline", "SAM best", "degrees"),
    FigureCard(
        "coherence", "Coherence with the target", "Coherence", "", "higher", "in 5 x 5 windows"
    ),
    FigureCard("coherence_best", "Coherence of the best baseline", "Coherence best"),
    FigureCard("improvement", "Improvement", "Improved", "", "higher", "share (Aybar 2024)"),
    FigureCard("omission", "Omission", "Left out", "", "lower", "share (Aybar 2024)"),
    FigureCard("hallucination", "Hallucination", "Invented", "", "lower", "share (Aybar 2024)"),
    FigureCard(
        "lr_consistency",
        "Box means away from the coarse input",
        "LR consistency",
        "",
        "lower",
        "mean absolute difference, in the values of the images",
    ),
    FigureCard("lr_consistency_best", "Box means of the best baseline", "LR cons. best"),
    FigureCard("ssim", "SSIM on held-out patches", "SSIM", "", "higher", "mean over images"),
    FigureCard(
        "wins_over_copy",
        "Share of images better than the copied input",
        "Wins",
        "",
        "higher",
        "by PSNR, on held-out patches",
    ),
    FigureCard(
        "brightness_target",
        "Correlation of brightness with the target",
        "Bright. target",
        "",
        "higher",
        "Pearson's, of the mean over bands; below 0 the brightness is inverted",
        is_usual=True,
    ),
    FigureCard(
        "brightness_input",
        "Correlation of brightness with the input",
        "Bright. input",
        text="Pearson's, of the mean over bands",
    ),
    FigureCard("seconds", "Wall time", "Time", "s", "lower", "of the training"),
    FigureCard("images_per_s", "Speed", "Speed", "images/s", "higher", "of the training"),
)

RUN_FIGURES = {card.key: card for card in _CARDS}
"""Figures of logs by name; others go by their key."""


def figure_card(key: str) -> FigureCard:
    """Return the card of a figure of the log; one that is not known judges nothing."""
    if key in RUN_FIGURES:
        return RUN_FIGURES[key]
    if key in METRICS:
        return _metric(key, key, key)
    for ending, split in ENDINGS.items():
        if key.endswith(ending):
            card = figure_card(key.removesuffix(ending))
            title, short = f"{card.title}, {split}", f"{card.short} {split[:5]}."
            return replace(card, key=key, title=title, short=short)
    return FigureCard(key, key, key)


def not_told_apart(card: FigureCard, found: Mapping[str, Statistic | None]) -> str:
    """Say of which rows chance may have made the difference; "" where the best is the best.

    Parameters
    ----------
    found : by the name of the row, over its trials; None where it is not known
    """
    names, values = list(found), list(found.values())
    ranking = rank(values, card.better)
    best = None if ranking.first is None else values[ranking.first]
    if best is None or ranking.first is None or not ranking.within_noise:
        return ""
    if best.std is None:
        return f"{card.title}: one seed each; what differs by chance is not known, so none is bold."
    others = ", ".join(names[place] for place in ranking.within_noise)
    return (
        f"{card.title}: {names[ranking.first]} has the best mean ({best.text}), but is not "
        f"distinguishable from {others}: the difference is not above the standard deviation over "
        "seeds."
    )
