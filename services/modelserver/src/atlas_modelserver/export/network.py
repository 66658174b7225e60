"""Inception v3 as a feature extractor."""

import hashlib

import keras

from atlas_modelserver.export.weights import Weights

SIZE = 299
LAYERS = {"pool3": "mixed10", "mixed3": "mixed3", "mixed7": "mixed7", "mixed8": "mixed8", "mixed9": "mixed9"}
"""The outputs, and the layer whose average over all positions each one is (Szegedy et al. 2015, arXiv:1512.00567)."""


def feature_network(weights: Weights) -> keras.Model:
    """uint8 [N, 299, 299, 3] → `{output: float32 [N, channels]}`; scaling the pixels is part of the network."""
    inception = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    weights.load_into(inception)
    average = keras.layers.GlobalAveragePooling2D()
    features = {output: average(inception.get_layer(layer).output) for output, layer in LAYERS.items()}
    images = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="images")
    scaled = keras.layers.Rescaling(weights.scaling.scale, weights.scaling.offset)(images)
    return keras.Model(images, keras.Model(inception.input, features)(scaled))


def digest(network: keras.Model) -> str:
    """SHA-256 of the weights in the order of the layers: what stays the same however often they are exported."""
    total = hashlib.sha256()
    for array in network.get_weights():
        total.update(array.tobytes())
    return total.hexdigest()
