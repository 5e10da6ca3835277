/** Merge equal points of a triangle soup (9 numbers per triangle), so that it can be shaded smoothly. */
export function weld(soup: Float32Array): { positions: Float32Array; indices: Uint32Array } {
  const count = soup.length / 3
  const bits = new Uint32Array(soup.buffer, soup.byteOffset, soup.length)
  const size = 1 << Math.ceil(Math.log2(Math.max(2, count * 2)))
  const slots = new Int32Array(size).fill(-1)
  const indices = new Uint32Array(count)
  const positions = new Float32Array(soup.length)
  let used = 0
  for (let i = 0; i < soup.length; i += 1) if (soup[i] === 0) soup[i] = 0 // −0 and 0 are one place

  for (let vertex = 0; vertex < count; vertex += 1) {
    const at = vertex * 3
    const hash =
      Math.imul(bits[at]!, 73_856_093) ^ Math.imul(bits[at + 1]!, 19_349_663) ^ Math.imul(bits[at + 2]!, 83_492_791)
    let slot = (hash ^ (hash >>> 15)) & (size - 1)
    for (;;) {
      const found = slots[slot]!
      if (found === -1) {
        slots[slot] = used
        positions.set(soup.subarray(at, at + 3), used * 3)
        indices[vertex] = used
        used += 1
        break
      }
      const other = found * 3
      if (
        positions[other] === soup[at] &&
        positions[other + 1] === soup[at + 1] &&
        positions[other + 2] === soup[at + 2]
      ) {
        indices[vertex] = found
        break
      }
      slot = (slot + 1) & (size - 1)
    }
  }
  return { positions: positions.slice(0, used * 3), indices }
}
