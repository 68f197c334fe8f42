"""What is wired together."""

from opentelemetry import metrics

from doubles.bot import Bot


async def test_nobody_keeps_the_metrics_that_the_sdk_of_teams_makes_anew_at_every_call(bot: Bot):
    assert isinstance(metrics.get_meter_provider(), metrics.NoOpMeterProvider)
