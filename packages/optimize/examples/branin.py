"""The Branin function, as a program that mabeam asks: one line of JSON in, one line of JSON out.

    mabeam optimize run --function branin --exec "python3 packages/optimize/examples/branin.py" --trials 50
"""

import json
import math
import sys

for line in sys.stdin:
    params = json.loads(line)
    x, y = params["x"], params["y"]
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    value = valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
    # Without the flush the answer would wait in a buffer, and so would we.
    print(json.dumps({"value": value}), flush=True)
