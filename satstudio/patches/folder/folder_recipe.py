"""FolderRecipe: how images in folders become patches."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from satstudio.core.recipe import Recipe

Kind = Literal["colour", "pairs", "unpaired", "classes", "images"]
Fit = Literal["resize", "crop", "tiles"]
WITH_TARGET = ("pairs", "unpaired")


class FolderRecipe(Recipe):
    """How images in folders become patches."""

    kind: Kind = Field(
        "colour",
        title="What the images are",
        description="colour: grey (input) and colour (target) of each; pairs: equal names in two "
        "folders; unpaired: two folders of their own; classes: a subfolder each; images: one role",
        json_schema_extra={
            "shown": {
                "colour": "colour: grey in, colour out",
                "pairs": "pairs of equal names",
                "unpaired": "two sets without pairs",
                "classes": "classes in subfolders",
                "images": "images of one kind",
            }
        },
    )
    target: Path | None = Field(
        None,
        title="Folder of the targets",
        description="Of pairs, and of two folders without pairs",
        json_schema_extra={
            "folder": True,
            "placeholder": "",
            "shown_if": {"kind": list(WITH_TARGET)},
        },
    )
    fit: Fit = Field(
        "resize",
        title="Fit to the side",
        description="resize: the shorter side becomes the patch side, then the middle is cut out; "
        "crop: the middle, pixel by pixel; tiles: as many whole patches as an image holds",
        json_schema_extra={
            "shown": {
                "resize": "resize, then the middle",
                "crop": "the middle, not resized",
                "tiles": "all whole tiles",
            }
        },
    )
    size_px: int = Field(128, ge=8, le=2048, title="Patch side (px)")
    ratio: int = Field(
        1,
        ge=1,
        le=16,
        title="Target pixels for one",
        description="Along an axis; more than 1 where the targets are of higher resolution",
        json_schema_extra={"shown_if": {"kind": ["pairs"]}},
    )
    scaling: Literal["auto", "type", "data"] = Field(
        "auto",
        title="Range that becomes -1..1",
        description="type: all that a pixel can hold (0..255, 0..65535); data: the least and the "
        "greatest value of the training images; auto: type, of real numbers data",
        json_schema_extra={
            "shown": {
                "auto": "of the type, else data",
                "type": "of the type",
                "data": "of the training images",
            }
        },
    )
    count: int | None = Field(
        None,
        ge=1,
        title="Most images",
        description="Of each folder, chosen by the seed; empty: all",
        json_schema_extra={"placeholder": "all"},
    )
    validation_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        title="Share for validation",
        description="Of the images; with folds: of those that are not test",
    )
    test_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        title="Share for the test",
        description="Of the images; no training sees them, nor is anything chosen by them",
        json_schema_extra={"shown_if": {"folds": [None]}},
    )
    folds: int | None = Field(
        None,
        ge=2,
        le=1000,
        title="Folds",
        description="Cross-validation: of so many parts of the images one is the test",
        json_schema_extra={"placeholder": "none"},
    )
    fold: int = Field(
        1,
        ge=1,
        le=1000,
        title="Fold that is the test",
        description="From 1 on",
        json_schema_extra={"hidden_if": {"folds": [None]}},
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed")

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.kind in WITH_TARGET and self.target is None:
            raise ValueError(f"kind {self.kind} needs target, the folder of the targets")
        if self.kind not in WITH_TARGET and self.target is not None:
            raise ValueError(f"kind {self.kind} has one folder; leave out target")
        if self.kind != "pairs" and self.ratio != 1:
            raise ValueError("a ratio other than 1 is of pairs")
        if self.folds is not None and self.fold > self.folds:
            raise ValueError(f"fold {self.fold} is none of {self.folds}")
        if self.folds is None and self.validation_share + self.test_share >= 1:
            raise ValueError("validation_share and test_share leave nothing to learn from")
        return self
