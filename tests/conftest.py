"""Settings for all tests."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "neurochannel",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("NEUROCHANNEL_EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("neurochannel")
