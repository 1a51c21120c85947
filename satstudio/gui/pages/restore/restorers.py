"""Choice: what can restore a scene, as choosers show it; model files and classic filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from satstudio.core.paths import resources_folder
from satstudio.core.port import DTYPE_WORDS, BoundPort
from satstudio.gui.forms.model_panel import card_text
from satstudio.restore.baselines import BASELINES, PREFIX
from satstudio.restore.by_role.baseline_card import baseline_card
from satstudio.restore.by_role.beside import DESPECKLE

SHIPPED = "models/despeckler.onnx"
SHIPPED_TITLES = {
    SHIPPED: "Despeckler (MERLIN)",
    "models/despeckler_fast.onnx": "Despeckler, fast (MERLIN)",
    "models/intensity_despeckler.onnx": "Despeckler of intensity without phase",
    "models/cloud_removal.onnx": "Cloud removal, three dates and SAR (U-Net)",
    "models/multi_image_super_resolution.onnx": "Super-resolution x3 of several images",
    "models/super_resolution.onnx": "Super-resolution x2 of one image",
    "models/colour_nebula.onnx": "Colours of nebulae (Pix2Pix)",
}
MODEL_OPTIONS = ("tile_px", "halo_px", "threads")
"""Fields of RestoreRecipe that every model file reads."""

BY_ROLE_OPTIONS = ("tile_px",)

PART_NAMES = {"whitening": "whitening", "points": "points", "power": "mean power"}
FILTER_ORDER = ("boxcar", "lee", "refined_lee", "gamma_map", "nlm", "tv")
CARD_ROWS = {
    "task": ("Task", "What the model was made for"),
    "method": ("Method", "How it was trained"),
    "takes": ("Takes", "What it is fed with"),
    "bands_in": ("Bands in", "Bands of the image it takes"),
    "bands_out": ("Bands out", "Bands of the image it gives"),
    "is_complex": ("Complex", "Whether it takes complex samples, with a phase"),
    "tile_px": ("Tile", "Side of the squares it works on"),
    "halo_px": ("Halo", "How far it looks around a pixel; read around each tile"),
    "size_multiple": ("Multiple", "A tile's side is a multiple of this"),
    "scale": ("Scale", "Output pixels for one input pixel"),
    "scaling": ("Scaling", "How physical values become the network's numbers"),
    "fitted_median": ("Median", "One gain brings the scene's median amplitude to this, and back"),
    "pixel_size_m": ("Pixel", "Spacing on the ground it was trained for, rows and columns"),
    "parts": ("Around it", "What is done around the network; the page can switch each part"),
    "notes": ("Notes", "How it was trained, how fast it is, where it is weak"),
    "licence": ("Licence", "Of the weights"),
    "version": ("Version", "Of the program that exported it"),
    "weights_sha256": ("Weights", "SHA-256 of the numbers in the file"),
    "converted_from_sha256": ("Converted", "SHA-256 of the published file it was made of"),
    "trained_on_sha256": ("Trained on", "SHA-256 of the data it learnt from"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A model file or a classic filter.

    Attributes
    ----------
    key : what a job takes, the path or `baseline:NAME`
    options : fields of RestoreRecipe that it reads
    about : one sentence on what it is
    card : of a model file; None until it is known, and for filters
    problem : why it cannot be used at all; empty where it can
    is_foreign : an ONNX file without a card, which can be described
    own : JSON Schema of the options that a plug-in's filter declares itself; None where it does not
    has_parts : of complex samples it gives power, so whitening, points and mean power fit around it
    """

    key: str
    title: str
    options: tuple[str, ...]
    about: str = ""
    card: Mapping[str, Any] | None = None
    problem: str = ""
    has_parts: bool = False
    own: Mapping[str, Any] | None = None
    is_foreign: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What the card wants around the model; nothing around filters."""
        return tuple((self.card or {}).get("parts", ()))

    @property
    def ports(self) -> tuple[BoundPort, ...]:
        """What is taken, the scene itself first; nothing for filters of one image."""
        inputs = (self.card or {}).get("inputs", ()) if not self.problem else ()
        return tuple(BoundPort.build(port) for port in inputs)

    @property
    def is_filter(self) -> bool:
        """Tell whether it is a classic filter, or a baseline of images by role."""
        return self.key.startswith(PREFIX)

    @property
    def is_by_role(self) -> bool:
        """Tell whether it is a baseline of images by role."""
        return self.is_filter and self.card is not None

    @property
    def has_factor(self) -> bool:
        """Tell whether one chooses how much finer its result is."""
        return "factor" in (self.own or {}).get("properties", {})

    @property
    def ratio(self) -> Fraction:
        """Pixels of a model file's result for one of the scene, along an axis."""
        outputs = (self.card or {}).get("outputs", ())
        return Fraction(outputs[0]["ratio"]) if outputs else Fraction(1)

    @property
    def fills_gaps(self) -> bool:
        """Tell whether it gives values where no image shows the ground."""
        return bool((self.card or {}).get("fills_gaps", False))

    @property
    def despeckles(self) -> bool:
        """Tell whether it takes speckle out of one image."""
        if self.card is None:
            return self.is_filter and not self.has_own_phase
        return self.card.get("task") == DESPECKLE

    def is_rival_of(self, other: "Choice") -> bool:
        """Tell whether it is a baseline that can be given the images of another choice.

        As `restore.by_role.beside.is_rival` says it of baselines; of despecklers it is a filter.
        """
        if self.key == other.key or not self.is_filter:
            return False
        if not self.is_by_role:
            return other.despeckles and not self.has_own_phase
        has_one_role = len({port.mask_of or port.role for port in self.ports}) == 1
        return bool(other.ports) and has_one_role and self._suits(other)

    def _suits(self, other: "Choice") -> bool:
        is_series = self.ports[0].frames != (1, 1)
        if is_series != (other.ports[0].frames != (1, 1)):
            return False
        if not is_series:
            is_alike = self.fills_gaps == other.fills_gaps
            return is_alike and self.has_factor == (other.ratio != 1)
        return self.has_factor or other.ratio == 1

    @property
    def has_own_phase(self) -> bool:
        """Tell whether the choice to keep the phase means nothing here."""
        return self.key == f"{PREFIX}identity"

    @property
    def short(self) -> str:
        """Name for files."""
        return self.key.removeprefix(PREFIX) if self.is_filter else Path(self.key).stem


def shipped_files() -> tuple[Path, ...]:
    """Return the despecklers that come with the program, the better one first."""
    return tuple(resources_folder() / name for name in SHIPPED_TITLES)


def model_choice(
    path: Path, card: Mapping[str, Any] | None, problem: str, *, is_foreign: bool = False
) -> Choice:
    """Return a model file as a choice; its card is None while it is being read."""
    own = dict(zip(shipped_files(), SHIPPED_TITLES.values(), strict=True))
    title = own.get(path, path.name)
    if card is not None and not problem and card.get("takes") == "noise":
        problem = f"{path.name} takes noise, not an image; it restores nothing."
    has_parts = card is not None and not problem and _despeckles(card)
    notes = str(card.get("notes", "")) if card else ""
    return Choice(
        str(path), title, MODEL_OPTIONS, notes, card, problem, has_parts, is_foreign=is_foreign
    )


def filter_choices() -> tuple[Choice, ...]:
    """Return filters and baselines by role; loads them, so not on the GUI thread."""
    made = [
        Choice(
            f"{PREFIX}{name}",
            item.title,
            BY_ROLE_OPTIONS if item.inputs else item.options,
            item.source,
            has_parts=not (item.takes_samples or item.inputs),
            card=baseline_card(name, item) if item.inputs else None,
            own=item.own.model_json_schema() if item.own is not None else None,
        )
        for name, item in BASELINES.items()
    ]
    return tuple(sorted(made, key=_place))


def _place(choice: Choice) -> tuple[int, str]:
    """Sort by how much a filter does; plug-ins' after them, doing nothing last; then by role."""
    if choice.short in FILTER_ORDER:
        return FILTER_ORDER.index(choice.short), ""
    if choice.is_by_role:
        return len(FILTER_ORDER) + 2, choice.ports[0].role + choice.title
    return len(FILTER_ORDER) + choice.has_own_phase, choice.title


def model_files(folder: Path) -> tuple[Path, ...]:
    """Return the model files of a folder, by name; not on the GUI thread."""
    return tuple(sorted(folder.glob("*.onnx"))) if folder.is_dir() else ()


def summary_of(choice: Choice | None) -> tuple[tuple[str, str, str], ...]:
    """Return rows of caption, text and tooltip that tell the most about a choice."""
    if choice is None or choice.card is None:
        return ()
    card = choice.card
    tip = "What a scene must have to fit this model"
    named = len(choice.ports) > 1
    rows = [
        *(
            ("" if number else "Takes", f"{port.role}: " * named + port_text(port), tip)
            for number, port in enumerate(choice.ports)
        ),
    ]
    if "halo_px" in card:
        text = f"{card['halo_px']} px around {card['tile_px']} px tiles"
        rows.append(("Halo", text, CARD_ROWS["halo_px"][1]))
    if _despeckles(card):
        tip = CARD_ROWS["parts"][1]
        rows.append((CARD_ROWS["parts"][0], _text("parts", card.get("parts", ())), tip))
        tip = "Power of each pixel without speckle, in the scene's own units; no phase"
        rows.insert(1, ("Gives", "intensity (linear power)", tip))
    if card.get("pixel_size_m"):
        tip = CARD_ROWS["pixel_size_m"][1]
        rows.append(
            ("Trained on", f"pixels of {card_text('pixel_size_m', card['pixel_size_m'])}", tip)
        )
    if card.get("licence"):
        rows.append(("Licence", str(card["licence"]), CARD_ROWS["licence"][1]))
    return tuple(rows)


def port_text(port: BoundPort) -> str:
    """Return what a port holds, for people: `real values, 3 bands, pixel size x 3`."""
    count = port.band_count
    bands = "1 band" if count == 1 else f"{count} bands" if count else "the scene's bands"
    parts = [DTYPE_WORDS[port.dtype], bands]
    if port.mask_of is not None:
        parts = [f"a mask of '{port.mask_of}'"]
    least, most = port.frames
    if (least, most) != (1, 1):
        many = f"{least} or more" if most is None else f"{least} to {most}"
        parts.append(f"{least if least == most else many} images")
    if port.scale != 1:
        parts.append(f"pixel size x {1 / port.scale}")
    return ", ".join(parts)


def card_rows(card: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return every row of a card: caption, text, tooltip."""
    return tuple(
        (caption, _text(name, card[name]), tip)
        for name, (caption, tip) in CARD_ROWS.items()
        if card.get(name) not in (None, "")
    )


def _despeckles(card: Mapping[str, Any]) -> bool:
    """Tell whether a model makes power of complex samples."""
    return card.get("task") == DESPECKLE and bool(card["is_complex"])


def _text(name: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    if name == "parts":
        return ", ".join(PART_NAMES.get(part, str(part)) for part in value) or "nothing"
    if name == "halo_px":
        return f"{value} px"
    return f"{value:g}" if isinstance(value, float) else card_text(name, value)
