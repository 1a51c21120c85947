"""TrainRecipe: how long, on what and with which method a training runs."""

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from satstudio.core.errors import InputError
from satstudio.core.files.old_keys import new_extractor, with_new_keys
from satstudio.core.paths import resources_folder
from satstudio.core.recipe import Recipe, read_toml
from satstudio.learn.device import DeviceChoice
from satstudio.learn.method import METHODS, Precision

DEFAULT_METHOD = "complex_wgan_gp"


class TrainRecipe(Recipe):
    """How a generator is trained.

    Values may name a `preset` of the method: it gives what is not said otherwise. A key that is
    none of these fields is taken for an option of the method, so `lr = 1e-4` is enough.
    """

    method: str = Field(DEFAULT_METHOD, title="Method")
    preset: str | None = Field(None, title="Preset", description="Gives what is not said otherwise")
    steps: int | None = Field(
        None,
        ge=1,
        title="Steps",
        description="Optimisation steps in all; empty: no limit",
        json_schema_extra={"placeholder": "no limit"},
    )
    epochs: float | None = Field(
        None,
        gt=0,
        title="Epochs",
        description="In all; with steps too, whichever is reached first; empty: no limit",
        json_schema_extra={"placeholder": "no limit"},
    )
    epoch_images: int | None = Field(
        None,
        ge=1,
        title="Images of an epoch",
        description="Real images that are drawn in an epoch; empty: as many as there are training "
        "patches. Of large patches or a whole scene random crops are drawn, of which one round "
        "says little",
        json_schema_extra={"placeholder": "all training patches"},
    )
    budget_s: float | None = Field(
        None,
        gt=0,
        json_schema_extra={"placeholder": "no limit"},
        title="Time limit (s)",
        description="Of training in all, over all parts of the run and without pauses; empty: no "
        "limit. Without steps, epochs and time limit training goes on until it is stopped",
    )
    batch: int = Field(16, ge=1, le=4096, title="Batch size", description="Images of a step")
    accumulate: int = Field(
        1,
        ge=1,
        le=4096,
        title="Gradient accumulation (micro-batches)",
        description="A batch goes through the networks in so many micro-batches, whose gradients "
        "add up; takes less memory. The update is the same, but batch norms see one at a time",
    )
    precision: Precision = Field(
        "float32",
        title="Precision",
        description="bf16 is faster where the processor has units for it; heads, penalties and "
        "previews stay float32. bf16_all: penalties too, whose gradients are then some 6 % off. "
        "float64: for checks, slow; what still differs then is no rounding",
    )
    compiled: bool = Field(
        False,
        title="Compile the networks",
        description="With torch.compile: takes a minute or more at the start and wants a C++ "
        "compiler; pays off in long trainings",
    )
    seed: int = Field(0, ge=0, lt=2**31, title="Seed", description="Of weights, order and noise")
    scaling: Literal["manifest", "paper_log"] = Field(
        "manifest",
        title="Scaling",
        description="manifest: as the patches were cut; paper_log: the published map, which turns "
        "phases below 1 and cannot be undone everywhere",
    )
    device: DeviceChoice = Field("auto", title="Device")
    threads: int | None = Field(
        None,
        ge=1,
        le=256,
        title="Threads",
        description="Empty: 1 for small networks, else what the settings say",
        json_schema_extra={"placeholder": "as the settings"},
    )
    checkpoint_every_s: float = Field(
        30, gt=0, le=60, title="Checkpoint every (s)", description="What a crash can lose at most"
    )
    keep_checkpoints: int = Field(
        2,
        ge=2,
        le=10_000,
        title="Checkpoints that are kept",
        description="The newest so many, beside the best one; each can be exported",
    )
    sample_every_s: float = Field(15, gt=0, title="Preview every (s)")
    check_every_s: float = Field(
        2,
        gt=0,
        title="Compare every (s)",
        description="With held-out patches; what is nearest to them (sliced Wasserstein distance; "
        "of a despeckler the loss) is kept as the best",
    )
    log_every_s: float = Field(1, ge=0, title="Log every (s)", description="0: every step")
    samples: int = Field(16, ge=1, le=256, title="Images in a preview")
    features: str | None = Field(
        None,
        min_length=1,
        title="Features to compare",
        description="An ONNX file of a feature network, as 'features convert' makes it, or "
        "'handcrafted' or 'random': Fr\u00e9chet and kernel distance from real images as a trend, "
        "in a tenth of the time; empty: none",
        json_schema_extra={"placeholder": "none", "file": "Feature networks (*.onnx)"},
    )
    start: str | None = Field(
        None,
        min_length=1,
        title="Start from weights",
        description="An ONNX file that was exported from a run of the same method and network: "
        "training begins with its weights (a critic, which it does not hold, with random ones); "
        "empty: with random ones",
        json_schema_extra={"placeholder": "random", "file": "Model files (*.onnx)"},
    )
    options: dict[str, Any] = Field(default_factory=dict, title="Options of the method")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:  # noqa: ANN401 - whatever is to be checked
        if not isinstance(values, Mapping):
            return values
        own = {key: value for key, value in values.items() if key in cls.model_fields}
        loose = {key: value for key, value in values.items() if key not in cls.model_fields}
        method = own.get("method", DEFAULT_METHOD)
        base = preset_values(method, own.get("preset"))
        parts = (base.get("options", {}), own.get("options", {}), loose)
        options = {key: value for part in parts for key, value in _options(method, part).items()}
        return {**base, **own, "options": options}

    @field_validator("features", mode="before")
    @classmethod
    def _with_new_name(cls, features: object) -> object:
        return new_extractor(features)

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        try:
            options = METHODS[self.method].options.build(self.options, f"options of {self.method}")
        except InputError as error:
            raise ValueError(str(error).rstrip(".")) from error
        object.__setattr__(self, "options", options.model_dump(exclude_none=True))
        return self

    def epoch_of(self, step: int, patches: int) -> float:
        """Return how many epochs `step` steps are, with so many training patches."""
        return step * self.batch / (self.epoch_images or patches)

    def last_step(self, patches: int) -> int | None:
        """Return the step that steps or epochs end at, whichever is first; None: no limit."""
        limits = [] if self.steps is None else [self.steps]
        if self.epochs is not None:
            images = self.epochs * (self.epoch_images or patches)
            limits.append(max(math.ceil(images / self.batch - 1e-9), 1))
        return min(limits, default=None)

    def chosen(self) -> Recipe:
        """Return the options as the method's own Recipe."""
        return METHODS[self.method].options.build(self.options)


def preset_values(method: str, preset: str | None) -> dict[str, Any]:
    """Return the values of a preset as its file has them; nothing where no preset is named.

    Raises
    ------
    ValueError
        If the method or the preset is unknown.
    """
    if preset is None:
        return {}
    try:
        presets = METHODS[method].presets
    except InputError as error:
        raise ValueError(str(error).rstrip(".")) from error
    if preset not in presets:
        raise ValueError(f"{method} has no preset '{preset}'; there are: {', '.join(presets)}")
    return read_toml(resources_folder() / "recipes" / presets[preset])


def _options(method: str, values: Any) -> dict[str, Any]:  # noqa: ANN401 - to be checked later
    """Return options with the keys of today; what is no table, or of no method, as it is."""
    if method not in METHODS or not isinstance(values, Mapping):
        return dict(values)
    return with_new_keys("option", values, METHODS[method].options.model_fields)
