import pytest
from atlas_common.settings import InvalidSetting
from atlas_gateway.settings import GatewaySettings


@pytest.mark.parametrize("token", ["two words", "wröng", "with the line's end\n"])
def test_a_token_that_nobody_could_send_is_refused_at_the_start(token: str) -> None:
    with pytest.raises(InvalidSetting, match=r"^ATLAS_GATEWAY_TOKEN: .* HTTP header") as caught:
        GatewaySettings(token=token)
    assert token not in str(caught.value)


def test_a_token_may_be_left_out() -> None:
    assert GatewaySettings(token="").token.get_secret_value() == ""
