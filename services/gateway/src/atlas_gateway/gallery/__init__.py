"""The gallery: what the API says, as pages for people. Rendered here; scripts only add comfort."""
