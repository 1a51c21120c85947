"""margin_notes: what the card of an exported restorer says of its worth beside plain rules."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from satstudio.metrics.run_figures import figure_card

GAIN = "gain_over_best"
BESIDE = ("psnr", "coherence", "lr_consistency")
"""Figures that are told with those of the best baseline."""

ALONE = ("improvement", "omission", "hallucination", "ratio_mean")


def margin_notes(info: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], step: int) -> str:
    """Return the figures of held-out patches up to a step, beside the best baseline.

    Empty where none was measured.

    Parameters
    ----------
    info, lines : of a run
    step : of the checkpoint that is exported
    """
    known = [line for line in lines if GAIN in line and line["step"] <= step]
    if not known:
        return ""
    last, of_run = known[-1], info.get("figures", {})
    unit = "dB" if "psnr" in last else "of the loss"
    parts = [
        f"{last[GAIN]:+.2g} {unit} over {of_run.get('best_baseline', 'the best baseline')}, better "
        f"on {last['wins_over_best']:.0%} of the images"
    ]
    for key in (*BESIDE, *ALONE):
        value, rival = last.get(key), last.get(f"{key}_best")
        if value is not None and math.isfinite(value):
            beside = f" ({rival:.4g})" if key in BESIDE and rival is not None else ""
            card = figure_card(key)
            parts.append(f"{card.title} {value:.4g} {card.unit}".rstrip() + beside)
    return (
        f"On held-out patches (n = {last.get('n', of_run.get('n', '?'))}) of its own patch set at "
        f"step {last['step']}, in brackets the baseline: {'; '.join(parts)}."
    )
