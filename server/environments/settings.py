"""The admin's settings for packages, as the variables that uv reads."""

from __future__ import annotations

from kernel_manager.environment.tool import NO_INDEX
from server.config import Config


def uv_settings(config: Config) -> dict[str, str]:
    """Return uv's variables. A wheelhouse without an index means: never ask the network."""
    settings = {"UV_LINK_MODE": "hardlink" if config.hard_links else "copy"}
    if config.index_url:
        settings["UV_DEFAULT_INDEX"] = config.index_url
    if config.extra_index_urls:
        settings["UV_INDEX"] = " ".join(config.extra_index_urls)
    if config.index_proxy:
        settings |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), config.index_proxy)
    if config.constraints_file:
        settings["UV_CONSTRAINT"] = config.constraints_file
    if config.wheelhouse:
        settings["UV_FIND_LINKS"] = config.wheelhouse
        if not config.index_url:
            settings |= {NO_INDEX: "1", "UV_OFFLINE": "1"}
    return settings
