"""Sticker Atlas on one machine: its parts as processes, and the demo."""
