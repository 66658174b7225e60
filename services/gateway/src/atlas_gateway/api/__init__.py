"""The REST API, a router for each kind of resource."""
