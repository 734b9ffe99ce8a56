"""How many examples Hypothesis tries: few and always the same in `make test`, many by a seed in the campaign."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SHORT, LONG = "short", "long"
# A test of this kind makes what it needs in each example; its fixtures hold nothing that an example changes.
_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


def register() -> None:
    """Make both known to `--hypothesis-profile`, and the short one that of every test."""
    common = settings(deadline=None, database=None, suppress_health_check=_SLOW)
    settings.register_profile(SHORT, parent=common, max_examples=60, derandomize=True)
    settings.register_profile(LONG, parent=common, max_examples=1_000)
    settings.load_profile(SHORT)


def share(part: float) -> settings:
    """The settings of a test whose examples take long: a part of the profile's number."""
    return settings(max_examples=max(1, round(settings().max_examples * part)))
