"""The composition root."""

import threading

import pytest
from microsoft_teams.apps import App
from opentelemetry import metrics

from doubles.bot import Bot
from parley.app import open_app
from parley.inbox import LocalQueue
from parley.settings import Settings


async def test_metrics_of_the_teams_sdk_are_not_kept(bot: Bot):
    assert isinstance(metrics.get_meter_provider(), metrics.NoOpMeterProvider)


async def test_a_start_that_fails_leaves_nothing_open(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    stopped: list[App] = []

    async def fail(_queue: LocalQueue) -> None:
        raise OSError("no room")

    async def stop(app: App) -> None:
        stopped.append(app)

    monkeypatch.setattr(LocalQueue, "start", fail)
    monkeypatch.setattr(App, "stop", stop)
    with pytest.raises(OSError, match="no room"):
        async with open_app(Settings.load(environment)):
            pass

    assert len(stopped) == 1 and stopped[0].http_client.http.is_closed
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("database")]
