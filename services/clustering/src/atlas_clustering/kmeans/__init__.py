"""k-means as scikit-learn defines it, found faster: a search in few dimensions, then a polish in all of them."""

from atlas_clustering.kmeans.blocks import ArrayBlock, Block, Matrix, in_memory
from atlas_clustering.kmeans.fit import Search, fit
from atlas_clustering.kmeans.lloyd import Fit, lloyd

__all__ = ["ArrayBlock", "Block", "Fit", "Matrix", "Search", "fit", "in_memory", "lloyd"]
