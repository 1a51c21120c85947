"""score_features: distances of features that carry the extractor's name and n of both sets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from satstudio.core.errors import InputError
from satstudio.metrics.features import Pixels, feature_pair, sample_warning
from satstudio.metrics.score import METRICS, Score

IMAGES = ("features_a", "features_b")


def score_features(
    features_a: Pixels,
    features_b: Pixels,
    names: Sequence[str],
    extractor: str,
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Score features (n, d) of generated images (b) against those of real ones (a).

    The extractor's name and n of both sets become part of the definition, so that numbers of
    different ones never share a column.

    Parameters
    ----------
    extractor : its id, with the sha256 of its file and its resize rule where it has them

    Raises
    ------
    InputError
        If a side has fewer than 50 features, or a metric wants something else than features.
    """
    if not extractor:
        raise InputError("Name the extractor: a distance of features means nothing without it.")
    a, b = feature_pair(features_a, features_b)
    n = min(len(a), len(b))
    warning = sample_warning(n, a.shape[1])
    found = {}
    for name in names:
        one = METRICS[name]
        if one.images != IMAGES:
            raise InputError(f"Metric {name} wants {', '.join(one.images)}, not features.")
        values = one.measure(a, b, None, {**known, "features_a": a, "features_b": b})
        scored = one.score(values, n, known)
        definition = f"{scored.definition} [features of {extractor}; n {len(a)} and {len(b)}]"
        found[name] = replace(scored, definition=definition, note=warning)
    return found
