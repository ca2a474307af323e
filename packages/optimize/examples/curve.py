"""A learning curve that may be pruned: intermediate values first, each answered by {"prune": true or false}.

    mabeam optimize run --space packages/optimize/examples/curve.json --pruner median \\
      --exec "python3 packages/optimize/examples/curve.py" --trials 40
"""

import json
import math
import sys


def say(message):
    print(json.dumps(message), flush=True)


def is_pruned():
    return json.loads(sys.stdin.readline())["prune"]


def train(params):
    """Falls towards a floor that depends on how far the rate is from 0.01."""
    floor = (math.log10(params["rate"]) + 2) ** 2 + (0.1 if params["optimizer"] == "sgd" else 0)
    loss = floor + 1
    for step in range(20):
        loss = floor + (loss - floor) * 0.8
        say({"step": step, "intermediate": loss})
        if is_pruned():
            return None
    return loss


for line in sys.stdin:
    value = train(json.loads(line))
    # A pruned trial ends with a line as well, whatever it says.
    say({"error": "pruned"} if value is None else {"value": value})
