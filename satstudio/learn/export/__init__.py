"""Trained networks and published weights as ONNX files."""
