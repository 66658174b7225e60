import base64
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from atlas_common.errors import InvalidInput
from atlas_modelserver.export.nsfwjs import FOLDER, read_package

MODEL = (
    '{modelTopology:{keras_version:"2.2.4",model_config:{config:{layers:[{name:"conv2d_1",use_bias:!1,trainable:!0}]}}},'
    'weightsManifest:[{paths:["group1-shard1of2","group1-shard2of2"],weights:[{name:"conv2d_1/kernel",shape:[2,2],'
    'dtype:"float32",quantization:{min:-.5,scale:.25,dtype:"uint8"}},{name:"bias",shape:[1],dtype:"float32",'
    'quantization:{min:1e-3,scale:2,dtype:"uint8"}}]}]}'
)


def module(exported: str) -> bytes:
    wrapper = "!function(e){module.exports=e()}(function(){return function(){}({1:[function(e,t,o)"
    return f"{wrapper}{{t.exports={exported}}},{{}}]}},{{}},[1])(1)}});".encode()


def package(folder: Path, modules: dict[str, str]) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, exported in modules.items():
            content = module(exported)
            member = tarfile.TarInfo(f"{FOLDER}/{name}.min.js")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def shard(*values: int) -> str:
    return f'"{base64.b64encode(bytes(values)).decode()}"'


def test_weights_are_joined_from_their_shards_and_dequantised(tmp_path: Path) -> None:
    source = read_package(
        package(
            tmp_path,
            {"model": MODEL, "group1-shard1of2": shard(0, 1, 2), "group1-shard2of2": shard(255, 3)},
        )
    )
    np.testing.assert_array_equal(source.weights["conv2d_1/kernel"], [[-0.5, -0.25], [0, 63.25]])
    np.testing.assert_allclose(source.weights["bias"], [6.001])
    assert source.layers == [{"name": "conv2d_1", "use_bias": False, "trainable": True}]


def test_a_shard_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    cut = package(tmp_path, {"model": MODEL, "group1-shard1of2": shard(0, 1, 2), "group1-shard2of2": shard(255)})
    with pytest.raises(InvalidInput, match="4 bytes of weights, but the manifest lists 5"):
        read_package(cut)


def test_a_package_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no Inception v3"):
        read_package(package(tmp_path, {"index": "{}"}))


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.tgz").write_text("not a tarball")
    with pytest.raises(InvalidInput, match="holds no Inception v3"):
        read_package(tmp_path / "package.tgz")
