"""The commands: name -> (module:command, one line); nothing is imported to list them."""

COMMANDS: dict[str, tuple[str, str]] = {
    "info": ("satstudio.cli.look:info", "Size, bands, geometry and metadata of a scene."),
    "render": (
        "satstudio.cli.rendering:render_command",
        "A picture of a scene as seen in the window.",
    ),
    "crop": ("satstudio.cli.look:crop", "A part of a scene as GeoTIFF, type and geometry kept."),
    "patches": ("satstudio.cli.cutting:patches", "Scenes or a data set into a patch set."),
    "methods": ("satstudio.cli.training:methods", "Ways to train, their options and presets."),
    "train": ("satstudio.cli.training:train", "Train a generator on a patch set."),
    "sweep": ("satstudio.cli.sweeping:sweep", "Many trainings in one table; papers' experiments."),
    "export": ("satstudio.cli.training:export", "Write a trained generator as an ONNX file."),
    "sample": ("satstudio.cli.drawing:sample", "Draw images from a trained generator."),
    "card": ("satstudio.cli.drawing:card", "Say what a model file takes and gives."),
    "models": (
        "satstudio.cli.models:models",
        "Despecklers that others published as model files.",
    ),
    "restore": ("satstudio.cli.restoring:restore", "Restore scenes with a model or a baseline."),
    "score": ("satstudio.cli.scoring:score_command", "How near scenes, or sets of images, are."),
    "features": ("satstudio.cli.features:features", "Features that sets of images are scored by."),
    "compare": ("satstudio.cli.comparing:compare", "Scenes side by side, with figures."),
    "demo": ("satstudio.cli.program:demo", "Walk the whole road on the sample scene."),
    "doctor": ("satstudio.cli.installation:doctor", "Versions, drivers, folders, what is missing."),
    "plugins": (
        "satstudio.cli.installation:plugins",
        "Every plug-in, the broken ones with the reason.",
    ),
}
