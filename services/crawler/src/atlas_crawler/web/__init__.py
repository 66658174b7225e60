"""Fetching over HTTP with every courtesy and every guard."""
