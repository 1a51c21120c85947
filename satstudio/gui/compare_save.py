"""save_comparison: the pictures side by side with their figures, as a job."""

from satstudio.core.grid import Window
from satstudio.gui.context import Context
from satstudio.gui.saving import ask_saving
from satstudio.session.compare_plan import ComparePlan
from satstudio.session.session import name_of

FILTER = "Picture (*.png)"
NAME = "compare.png"


def save_comparison(context: Context, plan: ComparePlan, window: Window | None) -> None:
    """Ask for a file and save what `satstudio compare` would draw of the same window."""
    if not plan.results:
        return
    proposal = str(context.study / NAME)
    saving = ask_saving(context.files, "Save the comparison", proposal, FILTER)
    if saving is None:
        return
    recipe = {"window": str(window) if window is not None else None}
    arguments = {"addresses": list(plan.shown), "recipe": recipe, **saving.arguments}
    context.jobs.start("compare", arguments, f"Comparison of {name_of(plan.reference)}")
