"""The words of the crawler: crawls, links, and what becomes of them."""
