"""For operators: the settings reference, the capacity plan, rehearsals on a cluster, pictures of traces."""
