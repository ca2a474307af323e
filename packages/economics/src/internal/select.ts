/**
 * Selection without a full sort.
 *
 * **Guarantees** Linear time on average and `n log n` at worst: after a few bad pivots the rest is sorted.
 *
 * **Does not guarantee** The order of `values` afterwards, but that none before `rank` is smaller than the answer and none
 * after it is larger.
 */

/**
 * The element that has exactly `rank` larger-or-equal ones before it in descending order: 0 gives the maximum. `rank` is
 * an integer from 0 to `values.length - 1`; the values are finite.
 */
export const descendingAt = (values: Float64Array, rank: number): number => {
  let low = 0
  let high = values.length - 1
  let patience = 2 * Math.ceil(Math.log2(values.length + 1))
  while (low < high) {
    if (patience-- === 0) {
      values
        .subarray(low, high + 1)
        .sort()
        .reverse()
      break
    }
    const pivot = medianOfThree(values[low] ?? 0, values[(low + high) >> 1] ?? 0, values[high] ?? 0)
    let left = low
    let right = high
    while (left <= right) {
      while ((values[left] ?? 0) > pivot) left++
      while ((values[right] ?? 0) < pivot) right--
      if (left > right) break
      const moved = values[left] ?? 0
      values[left++] = values[right] ?? 0
      values[right--] = moved
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else return pivot
  }
  return values[rank] ?? Number.NaN
}

const medianOfThree = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
