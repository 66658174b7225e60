"""k-means as scikit-learn defines it, found faster: a search in few dimensions, then a polish in all of them."""

from atlas_clustering.kmeans.blocks import ArrayBlock, Block, Matrix, in_memory
from atlas_clustering.kmeans.fit import Fit, Workers, fit
from atlas_clustering.kmeans.search import Search

__all__ = ["ArrayBlock", "Block", "Fit", "Matrix", "Search", "Workers", "fit", "in_memory"]
