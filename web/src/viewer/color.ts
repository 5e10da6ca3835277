export type Rgb = [number, number, number]

/** `#RRGGBB` as three numbers from 0 to 1; anything else is a mid grey, so that a bad row cannot blank the scene. */
export function parseColor(hex: string): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex)
  if (!match) return [0.7, 0.7, 0.7]
  return [match[1], match[2], match[3]].map((pair) => parseInt(pair!, 16) / 255) as Rgb
}
