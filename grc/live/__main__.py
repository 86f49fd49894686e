"""``python -m grc.live``: serve the live events on LIVE_HOST:LIVE_PORT (127.0.0.1:8001)."""

import os
import socket

import django
import uvicorn
from django.conf import settings

# Sessions, agents and their rights: loading the rest costs half as much again, in memory and at the start
APPS = [
    "directory",
    "core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "guardian",
]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grc.settings.production")
    settings.INSTALLED_APPS = APPS
    django.setup(set_prefix=False)

    from grc.live.app import Live
    from grc.live.hub import Hub

    hub = Hub(settings.REDIS_URL)

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            hub.let_everybody_go()  # uvicorn waits for the answers under way: ours would never end
            await super().shutdown(sockets)

    config = uvicorn.Config(
        Live(hub),
        host=os.environ.get("LIVE_HOST") or "127.0.0.1",
        port=int(os.environ.get("LIVE_PORT") or 8001),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        forwarded_allow_ips="",
        proxy_headers=False,
    )
    Server(config).run()


if __name__ == "__main__":
    main()
