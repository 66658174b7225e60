"""Near duplicates: pictures that are the same one re-encoded, resized, cut, mirrored, or with a caption bar added.

Parts of two fingerprints are laid over one another, so that what a bar or a cut leaves is still alike. Of pairs that
are coarsely alike (`candidates`) the edges of both parts are moved to where they fit best (`fitting`), and then the
place where they are least alike decides (`likeness`): what is the same picture differs nowhere.
"""

from atlas_clustering.near_duplicates.candidates import CANDIDATE
from atlas_clustering.near_duplicates.finding import SAME, near_duplicates
from atlas_clustering.near_duplicates.fingerprints import SIDE, Fingerprints, as_fingerprints

__all__ = ["CANDIDATE", "SAME", "SIDE", "Fingerprints", "as_fingerprints", "near_duplicates"]
