"""Folders of images in any format that opens: colours, pairs, two sets, classes."""

from satstudio.patches.dataset import DATASETS, Dataset
from satstudio.patches.folder.folder_contents import folder_contents
from satstudio.patches.folder.folder_recipe import FolderRecipe

DATASETS.add(
    "folder",
    Dataset(
        title="Folder of images (TIFF, PNG, JPEG, FITS)",
        layout="a folder of images of one kind; for pairs a second one with files of equal names; "
        "for classes a subfolder each",
        options=FolderRecipe,
        open=folder_contents,
        takes_file=False,
    ),
)
