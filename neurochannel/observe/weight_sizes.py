"""How large weights are, bundle by bundle."""

from __future__ import annotations

import numpy as np

from neurochannel.engine.simulation import Simulation


def rms_weights(run: Simulation) -> dict[str, float]:
    """Return the root mean square of the weights of each bundle, over its edges.

    Keys are "forward: a -> b" and "channel: a -> b"; it is 0 where there are no edges. Weights that
    edges share count once.
    """
    sizes = {}
    for kind, views in (("forward", run.weights), ("channel", run.channel_weights)):
        for name in views:
            listed = views[name] if views.shares(name) else views.listed(name)
            weights = np.asarray(listed, np.float64)
            root = np.sqrt(np.mean(weights**2)) if len(weights) else 0.0
            sizes[f"{kind}: {name}"] = float(root)
    return sizes
