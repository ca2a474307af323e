#!/bin/sh
# The Branin function in shell and awk: one line of JSON in, one line of JSON out.
#
#     mabeam optimize run --function branin --exec "sh packages/optimize/examples/branin.sh" --trials 20
while read -r line; do
  x=$(printf '%s' "$line" | sed 's/.*"x":\([^,}]*\).*/\1/')
  y=$(printf '%s' "$line" | sed 's/.*"y":\([^,}]*\).*/\1/')
  awk -v x="$x" -v y="$y" 'BEGIN {
    pi = atan2(0, -1)
    valley = y - 5.1 / (4 * pi ^ 2) * x ^ 2 + 5 / pi * x - 6
    printf "{\"value\":%.17g}\n", valley ^ 2 + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10
  }'
done
