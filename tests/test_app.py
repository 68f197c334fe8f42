"""What is wired together."""

from opentelemetry import metrics

from doubles.bot import Bot


async def test_metrics_of_the_teams_sdk_are_not_kept(bot: Bot):
    assert isinstance(metrics.get_meter_provider(), metrics.NoOpMeterProvider)
