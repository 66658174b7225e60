"""The model: its export as a SavedModel, and a server that stands in for TensorFlow Serving."""

import sys

# Importing OpenVINO forks a process that reports the import to its makers. Without this package of its it does not.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
