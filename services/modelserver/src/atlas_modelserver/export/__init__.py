"""Exports Inception v3 as a SavedModel that TensorFlow Serving and the stand-in serve alike: `make model`.

Only this package needs TensorFlow, and only when there is something to export.
"""
