"""The gateway: the one door to the atlas, as a REST API for programs and a gallery for people."""
