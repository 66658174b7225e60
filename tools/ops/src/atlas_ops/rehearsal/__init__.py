"""Rehearsals: the whole system deployed, used, disturbed and audited, with Compose or on a Kubernetes cluster."""
