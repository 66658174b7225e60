"""Every setting of every service, read from the classes that the services read them with."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

PACKAGES = (
    "atlas_common",
    "atlas_crawler",
    "atlas_embedding",
    "atlas_clustering",
    "atlas_gateway",
    "atlas_modelserver",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable: its default as one would write it, and what it says."""

    name: str
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Group:
    """The settings of one class; `title` says what they are about."""

    package: str
    title: str
    settings: tuple[Setting, ...]


def groups() -> list[Group]:
    """The groups of all packages; a class without a prefix of its own is a base of others and none itself."""
    found = []
    for package in PACKAGES:
        for settings_class in _classes(package):
            prefix = settings_class.model_config.get("env_prefix", "")
            if prefix:
                fields = settings_class.model_fields.items()
                settings = tuple(_setting(prefix, name, field) for name, field in fields)
                found.append(Group(package, _title(settings_class), settings))
    return found


def _classes(package: str) -> Iterator[type[BaseSettings]]:
    for module in _settings_modules(package):
        for value in vars(module).values():
            ours = isinstance(value, type) and issubclass(value, BaseSettings) and value.__module__ == module.__name__
            if ours:
                yield value


def _settings_modules(package: str) -> Iterator[ModuleType]:
    """Modules named `settings`, in the package and in its sub-packages."""
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if module.name.endswith(".settings"):
            yield importlib.import_module(module.name)


def _setting(prefix: str, name: str, field: FieldInfo) -> Setting:
    return Setting(
        f"{prefix}{name}".upper(), _written(field.get_default(call_default_factory=True)), field.description or ""
    )


def _written(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case tuple() | list():
            return ",".join(map(str, value))
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _ if value is PydanticUndefined:
            return ""
        case _:
            return str(value)


def _title(settings_class: type[BaseSettings]) -> str:
    return (settings_class.__doc__ or "").partition("\n")[0].rstrip(".")
