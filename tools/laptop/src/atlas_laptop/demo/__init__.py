"""The demo: real stickers, a small web site that shows them, and the whole way to a folder for each album."""
