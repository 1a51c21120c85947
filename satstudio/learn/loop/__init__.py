"""The training loop, its run folder and checkpoints."""
