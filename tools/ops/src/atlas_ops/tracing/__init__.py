"""One sticker's trace, taken from a real run and drawn."""
