"""A model file at work: ONNX Runtime only, no torch."""
