"""Watch: notices early that a training goes wrong, and says what to do."""

import statistics
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

EARLY_CHECKS = 200
"""Where a training has no end, so many comparisons stand for all of it."""

COLLAPSED = (
    "The generated images hardly differ from each other (mode collapse). Stop and train again with "
    "a smaller learning rate, more critic steps or another seed; the best checkpoint is kept."
)
SATURATED = (
    "The critic tells all real images from all generated ones, comparison after comparison, so "
    "that the generator learns little from it. Train again with a smaller learning rate, a "
    "gradient penalty, or noise on the images (a noise space)."
)
VANISHED = (
    "The critic's gradient has vanished (norm below 1e-8): the generator is not shown any way to "
    "go. Stop and train again with a much smaller learning rate."
)
GROWN = (
    "The critic's gradient is more than 100 times what it was for most of the training: it is "
    "about to run away. Stop and train again with a smaller learning rate or with a gradient "
    "penalty; the best checkpoint is kept."
)
FAR = (
    "The values of generated images are still more than 1.5 standard deviations away from those "
    "of real ones. Stop and train again with a smaller learning rate, or with another scaling of "
    "the patches."
)

INVERTED = (
    "The brightness of the outputs seems inverted: bright places become dark and dark ones bright "
    "(their correlation is below 0). Stop and train again with the identity loss, where the method "
    "has one, or with another seed."
)


@dataclass(frozen=True, slots=True)
class Look:
    """One comparison.

    Attributes
    ----------
    share : of the training that is done; 0 where it has no end
    figures : by name: `diversity`, `effective_rank`, `value_w1`, and of the losses `sign_real`,
        `sign_fake` (mean signs of the critic's scores where those have a zero) and `gradient_norm`
        (norm of its gradient) where the method logs them; of translations `brightness_target` and
        `brightness_input`; one that is not there breaks no rule
    """

    share: float
    figures: Mapping[str, float | None]

    def below(self, name: str, bound: float) -> bool:
        """Tell whether a figure is known and smaller than a bound."""
        value = self.figures.get(name)
        return value is not None and value < bound

    def above(self, name: str, bound: float) -> bool:
        """Tell whether a figure is known and larger than a bound."""
        value = self.figures.get(name)
        return value is not None and value > bound


def _is_inverted(look: Look) -> bool:
    """Tell whether outputs are dark where they should be bright, as the input tells without pairs.

    Where there are pairs, the target alone counts: radar may well be dark where the ground is
    bright.
    """
    has_target = look.figures.get("brightness_target") is not None
    return look.below("brightness_target" if has_target else "brightness_input", 0.0)


class Rule(Protocol):
    """Counts comparisons of one training."""

    def is_broken(self, look: Look) -> bool:
        """Count one comparison; tell whether there is reason to warn."""
        ...


class InARow:
    """Broken where something was so for several comparisons in a row, the early ones left out."""

    def __init__(self, is_so: Callable[[Look], bool], times: int = 1, after: float = 0.0) -> None:
        self._is_so = is_so
        self._times = times
        self._after = after
        self._row = 0
        self._checks = 0

    def is_broken(self, look: Look) -> bool:
        """Count one comparison; tell whether there is reason to warn."""
        self._checks += 1
        share = look.share or self._checks / EARLY_CHECKS
        self._row = self._row + 1 if share > self._after and self._is_so(look) else 0
        return self._row >= self._times


class Jumps:
    """Broken where a figure is so many times the median of what it was before."""

    LEAST, MOST = 5, 201
    """Values before that make a median, and that are remembered."""

    def __init__(self, name: str, times: float) -> None:
        self._name = name
        self._times = times
        self._before: deque[float] = deque(maxlen=self.MOST)

    def is_broken(self, look: Look) -> bool:
        """Count one comparison; tell whether there is reason to warn."""
        value = look.figures.get(self._name)
        if value is None:
            return False
        is_known = len(self._before) >= self.LEAST
        usual = statistics.median(self._before) if is_known else 0.0
        self._before.append(value)
        return is_known and value > self._times * usual


RULES: Mapping[str, Callable[[], Rule]] = {
    COLLAPSED: lambda: InARow(
        lambda look: look.below("diversity", 0.25) or look.below("effective_rank", 0.15),
        times=3,
        after=0.05,
    ),
    SATURATED: lambda: InARow(
        lambda look: look.above("sign_real", 0.98) and look.below("sign_fake", -0.98), times=10
    ),
    VANISHED: lambda: InARow(lambda look: look.below("gradient_norm", 1e-8)),
    GROWN: lambda: Jumps("gradient_norm", 100),
    FAR: lambda: InARow(lambda look: look.above("value_w1", 1.5), after=0.1),
    INVERTED: lambda: InARow(_is_inverted, times=3, after=0.05),
}
"""What is said, and when.

Healthy generators reach a diversity of 0.4 early and 0.6 later, and an effective rank of 0.5; a
collapsed one stays at 0.25 and 0.11. A saturated critic shows in its scores only.
"""


class Watch:
    """Holds the rules of one training."""

    def __init__(self) -> None:
        self._rules = {text: make() for text, make in RULES.items()}

    def warnings(self, look: Look) -> tuple[str, ...]:
        """Count one comparison; return what there is to say, again each time while it lasts."""
        return tuple([text for text, rule in self._rules.items() if rule.is_broken(look)])
