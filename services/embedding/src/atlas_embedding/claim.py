"""One name, one network: features of two networks never mix."""

from atlas_common.errors import Conflict, NotFound
from atlas_common.schemas import FEATURES

from atlas_embedding.model import Network
from atlas_embedding.ports import Objects


async def claim_name(objects: Objects, network: Network) -> None:
    """Note in the bucket which weights the features of this name come from.

    Raises `Conflict` when they come from others already.
    """
    key = f"models/{network.name}.identity"
    try:
        claimed = (await objects.get(key)).decode()
    except NotFound:
        await objects.put(key, network.identity.encode(), "text/plain")
        return
    if claimed != network.identity:
        raise Conflict(
            f"{FEATURES}{network.name} holds features of {claimed}, but the model server has {network.identity}: "
            "serve the model under another name, and its features get a table of their own",
            reason="name_taken_by_another_model",
        )
