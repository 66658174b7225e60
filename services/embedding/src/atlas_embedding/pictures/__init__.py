"""From a sticker's bytes to the network's tensor and a thumbnail.

The steps together are the preprocessing `p2`, which is part of the model's name: another way to prepare pictures needs
another name, since its features do not compare with those of this one.
"""
