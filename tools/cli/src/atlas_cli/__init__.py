"""The atlas command: crawls, runs, albums and exports through the gateway's REST API."""
