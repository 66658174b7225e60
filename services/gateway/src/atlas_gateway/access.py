"""Who may write: whoever bears the gateway's token."""

import secrets
from typing import Annotated

from atlas_common.errors import NotPermitted
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from atlas_gateway.parts import Given
from atlas_gateway.problems import NotSignedIn

_bearer = HTTPBearer(auto_error=False, description="The gateway's token, ATLAS_GATEWAY_TOKEN")


def _may_write(parts: Given, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    token = parts.settings.token.get_secret_value()
    if not token:
        raise NotPermitted(
            "nobody may write, because the gateway was started without a token: set ATLAS_GATEWAY_TOKEN",
            reason="no_token_configured",
        )
    if sent is None:
        raise NotSignedIn("this needs the gateway's token")
    if not secrets.compare_digest(sent.credentials.encode(), token.encode()):
        raise NotSignedIn("this is not the gateway's token")


may_write = Depends(_may_write)
