"""The commands: name -> (module:command, one line); nothing is imported to list them.

Modules are those of satstudio.cli.commands.
"""

COMMANDS: dict[str, tuple[str, str]] = {
    "info": (
        "inspecting:info",
        "Size, bands, geometry and metadata of a scene.",
    ),
    "render": (
        "rendering:render_command",
        "A picture of a scene as seen in the window.",
    ),
    "crop": (
        "inspecting:crop",
        "A part of a scene as GeoTIFF, type and geometry kept.",
    ),
    "patches": ("cutting:patches", "Scenes or a data set into a patch set."),
    "methods": (
        "training:methods",
        "Ways to train, their options and presets.",
    ),
    "train": ("training:train", "Train a generator on a patch set."),
    "sweep": (
        "sweeping:sweep",
        "Many trainings in one table; papers' experiments.",
    ),
    "bench": (
        "benchmarking:bench",
        "Models on data sets, all figures in one table.",
    ),
    "export": (
        "training:export",
        "Write a trained generator as an ONNX file.",
    ),
    "sample": ("drawing:sample", "Draw images from a trained generator."),
    "card": ("drawing:card", "Say what a model file takes and gives."),
    "models": (
        "models:models",
        "Despecklers that others published as model files.",
    ),
    "restore": (
        "restoring:restore",
        "Restore scenes with a model or a baseline.",
    ),
    "score": (
        "scoring:score_command",
        "How near scenes, or sets of images, are.",
    ),
    "features": (
        "features:features",
        "Features that sets of images are scored by.",
    ),
    "compare": ("comparing:compare", "Scenes side by side, with figures."),
    "demo": ("demo:demo", "Walk the whole road on the sample scene."),
    "doctor": (
        "installation:doctor",
        "Versions, drivers, folders, what is missing.",
    ),
    "plugins": (
        "installation:plugins",
        "Every plug-in, the broken ones with the reason.",
    ),
}
