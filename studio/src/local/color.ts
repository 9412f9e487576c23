/** sRGB → CIELAB (D65), as `style2color.color`. */

const TO_XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
] as const;
const LINEAR = Float64Array.from({ length: 256 }, (_, i) => {
  const level = i / 255;
  return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
});

export type Lab = readonly [number, number, number];
export type Rgb = readonly [number, number, number];

export function lab([red, green, blue]: Rgb): Lab {
  const f = TO_XYZ.map(([r, g, b]) => {
    const share = (LINEAR[red]! * r + LINEAR[green]! * g + LINEAR[blue]! * b) / (r + g + b);
    const delta = 6 / 29;
    return share > delta ** 3 ? Math.cbrt(share) : share / (3 * delta ** 2) + 4 / 29;
  });
  return [
    Math.fround(116 * f[1]! - 16),
    Math.fround(500 * (f[0]! - f[1]!)),
    Math.fround(200 * (f[1]! - f[2]!)),
  ];
}

export function squared(a: Lab, b: Lab): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

export function rgbOf(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The nearest of some colours. */
export function closest(color: Rgb, swatches: readonly Rgb[]): Rgb {
  const own = lab(color);
  let best = swatches[0]!;
  let least = Infinity;
  for (const swatch of swatches) {
    const away = squared(own, lab(swatch));
    if (away < least) [least, best] = [away, swatch];
  }
  return best;
}
