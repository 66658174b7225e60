"""What the API speaks of. The same classes answer requests and describe themselves in the OpenAPI document."""
