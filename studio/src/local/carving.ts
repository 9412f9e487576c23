/** What was read of a page, made into regions: `style2color.reading.carving`, which says why. */

import type { Plane } from "./arrays";
import { HAIR, IRIS, OTHER, SKIN, SPECK, WHITE, grown, pieces, type Reading } from "./parts";
import { connected, measure, spread, type Regions } from "./regions";
import { labelsAt } from "./voting";

const WHOLE = 0.6;
const CLEAR = Math.fround(0.6);
const SOME = 0.15;
const MUCH = 0.6;
const PARTING = [SKIN, HAIR, OTHER];
const OPENING = 0.8;
const PARTABLE = 0.002;
const HAND = 0.001;
const WRIST = 1.8;

/** Irises and whites as regions of their own, figures parted, and which of
 * the regions are `WHITE` and `IRIS`. */
export function carve(
  regions: Regions,
  { shares, eyes }: Pick<Reading, "shares" | "eyes">,
): { regions: Regions; parts: Uint8Array } {
  const split = parted(regions, shares);
  if (!split && !eyes.some((part) => part !== OTHER)) {
    return { regions, parts: new Uint8Array(regions.count) };
  }
  const { width, height } = regions;
  const labels = split ?? regions.labels.slice();
  let known = eyes;
  for (const part of [WHITE, IRIS]) {
    const held = new Float64Array(regions.count + 1);
    eyes.forEach((one, at) => one === part && (held[regions.labels[at]!]! += 1));
    const whole = held.map((pixels, label) =>
      label && pixels >= WHOLE * regions.area[label - 1]! ? 1 : 0,
    );
    known = known.map((one, at) => (whole[regions.labels[at]!] ? part : one));
  }
  const top = labels.reduce((most, label) => Math.max(most, label), 0);
  const ofLabel = Array.from({ length: top + 1 }, () => OTHER as number);
  for (const part of [WHITE, IRIS]) {
    // An iris is one, whatever lines are drawn into it.
    const mask = known.map((one, at) => (one === part && regions.labels[at] ? 1 : 0));
    const [found, count] = pieces(mask, width, height);
    const sizes = new Float64Array(count + 1);
    for (const piece of found) sizes[piece]! += 1;
    const table = new Int32Array(count + 1);
    for (let piece = 1; piece <= count; piece++) {
      if (sizes[piece]! >= SPECK) table[piece] = ofLabel.push(part) - 1;
    }
    found.forEach((piece, at) => table[piece] && (labels[at] = table[piece]!));
  }
  const carved = measure(labels, width, height, regions.free);
  return { regions: carved.regions, parts: Uint8Array.from(carved.had, (label) => ofLabel[label]!) };
}

/** Labels in which regions that are clearly skin here and hair or something else there are a region
 * of each, the numbers of the second and third part higher by the count, and hands apart from what
 * else they are a part of, higher than those; null where there is no such region. */
function parted(regions: Regions, { width, height, data }: Plane<Float32Array>): Int32Array | null {
  const { labels, count, area } = regions;
  const size = width * height;
  const small = labelsAt(regions, width, height);
  const pixels = new Float64Array(count + 1);
  for (const label of small) pixels[label]! += 1;
  const clear = (kind: number, at: number) => data[PARTING[kind]! * size + at]! > CLEAR;
  const held = PARTING.map((_, kind) => {
    const found = new Float64Array(count + 1);
    small.forEach((label, at) => clear(kind, at) && (found[label]! += 1));
    return found.map((number, label) => number / Math.max(pixels[label]!, 1));
  });
  const asked = pixels.map((_, label) =>
    label && area[label - 1]! > PARTABLE * labels.length ? 1 : 0,
  );
  const near = besideInk(regions, width, height);
  const parts = new Int32Array(labels.length);
  // First all of `PARTING`, then skin and hair alone.
  for (const kinds of [3, 2]) {
    const some = held.slice(0, kinds).map((of) => of.map((share) => (share > SOME ? 1 : 0)));
    const several = asked.map((large, label) => {
      const number = some.reduce((sum, of) => sum + of[label]!, 0);
      const much = held.slice(0, kinds).reduce((sum, of) => sum + of[label]!, 0) > MUCH;
      return large && number > 1 && much ? 1 : 0;
    });
    if (!several.some((on) => on)) continue;
    const seeds = new Int32Array(size);
    for (let kind = 0; kind < kinds; kind++) {
      small.forEach((label, at) => {
        if (!near[at] && several[label] && some[kind]![label] && clear(kind, at)) {
          seeds[at] = kind + 1;
        }
      });
    }
    const wanted = Uint8Array.from(labels, (label) => several[label]!);
    const found = planted(seeds, width, height, wanted, regions);
    const kept = kinds > 2 ? openOnly(found, kinds, regions) : several;
    labels.forEach((label, at) => several[label] && kept[label] && (parts[at] = found[at]!));
    several.forEach((on, label) => on && kept[label] && (asked[label] = 0));
  }
  const kinds = Int32Array.from(small, (_, at) =>
    near[at] ? 0 : clear(0, at) ? 1 : clear(1, at) || clear(2, at) ? 2 : 0,
  );
  const hands = handsOf(kinds, small, asked, regions, width, height);
  if (!parts.some((part) => part) && !hands?.some((hand) => hand)) return null;
  return labels.map((label, at) =>
    hands?.[at] ? PARTING.length * count + hands[at] : label + Math.max(parts[at]! - 1, 0) * count,
  );
}

/** Skin in the regions asked about that meets the rest of them in openings, numbered from 1; null
 * where there is none. `kinds`: 1 where skin is clear and 2 where something else is; `small`: the
 * labels, at the same size. */
function handsOf(
  kinds: Int32Array,
  small: Int32Array,
  asked: ArrayLike<number>,
  regions: Regions,
  width: number,
  height: number,
): Int32Array | null {
  const held = [0, 1, 2].map(() => new Float64Array(asked.length));
  small.forEach((label, at) => (held[kinds[at]!]![label]! += 1));
  const [, skin, others] = held as [Float64Array, Float64Array, Float64Array];
  const has = skin.map((pixels, label) =>
    asked[label] && Math.min(pixels, others[label]!) >= HAND * small.length ? 1 : 0,
  );
  if (!has.some((on) => on)) return null;
  const wanted = Uint8Array.from(regions.labels, (label) => has[label]!);
  const seeds = kinds.map((kind, at) => (has[small[at]!] ? kind : 0));
  const found = planted(seeds, width, height, wanted, regions);
  return heldByOpenings(found, regions, HAND, WRIST);
}

/** Where a map of this smaller size has ink, or is beside some. */
export function besideInk(regions: Regions, width: number, height: number): Uint8Array {
  const inked = new Uint8Array(width * height);
  const place = places(regions, width, height);
  regions.free.forEach((on, at) => !on && (inked[place(at)] = 1));
  return grown(inked, width, height, 1);
}

/** Seeds of a smaller map grown into what is wanted, around the lines, until they meet. */
export function planted(
  seeds: Int32Array,
  width: number,
  height: number,
  wanted: Uint8Array,
  regions: Regions,
): Int32Array {
  const place = places(regions, width, height);
  const sown = Int32Array.from(wanted, (on, at) => (on ? seeds[place(at)]! : 0));
  return spread(sown, wanted, regions);
}

/** From a pixel of the label map to that of a smaller map. */
function places(regions: Regions, width: number, height: number): (at: number) => number {
  return (at) => {
    const row = Math.floor((Math.floor(at / regions.width) * height) / regions.height);
    return row * width + Math.floor(((at % regions.width) * width) / regions.width);
  };
}

/** Of every label, whether what was found to be of one kind meets the others in narrow openings. */
function openOnly(found: Int32Array, kind: number, regions: Regions): Uint8Array {
  const one = regions.labels.map((label, at) => (found[at] === kind ? label : 0));
  const asked = regions.labels.map((label, at) => (found[at]! > 0 ? label : 0));
  return metInOpenings(one, regions.count, asked, regions, OPENING).narrow;
}

/** The connected pieces of what was found to be 1, of each region by itself, that are no smaller
 * than `least` of the page, as is what is left of their region, and meet that in openings that are
 * narrow: at most `opening` of the side of the smaller of both. Numbered from 1, with numbers left
 * out. */
export function heldByOpenings(
  found: Int32Array,
  regions: Regions,
  least: number,
  opening = OPENING,
): Int32Array {
  const { labels, width, height } = regions;
  const within = labels.map((label, at) => (found[at] === 1 ? label : 0));
  const [pieces, count] = connected(within, width, height);
  const { narrow, smaller } = metInOpenings(pieces, count, labels, regions, opening);
  const large = least * pieces.length;
  return pieces.map((piece) => (narrow[piece] && smaller[piece]! >= large ? piece : 0));
}

/** Of every piece of a region, from 1, whether it meets the rest in openings that are narrow for the
 * smaller of both, and the pixels of that smaller one, ink left out.
 *
 * What is left of a region, of `labels`, when all its pieces are taken is the rest; label 0 has no
 * say. */
function metInOpenings(
  pieces: Int32Array,
  count: number,
  labels: Int32Array,
  { count: last, width, free }: Regions,
  opening: number,
): { narrow: Uint8Array; smaller: Float64Array } {
  const [area, seam, ofPiece] = [0, 0, 0].map(() => new Float64Array(count + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rest = new Float64Array(last + 1);
  for (let at = 0; at < labels.length; at++) {
    const piece = pieces[at]!;
    const label = labels[at]!;
    ofPiece[piece] = label;
    if (!label || !free[at]) continue;
    if (piece) area[piece]! += 1;
    else rest[label]! += 1;
    for (const next of [at - width, at % width ? at - 1 : -1]) {
      if (next < 0 || !free[next] || labels[next] !== label || pieces[next] === piece) continue;
      seam[piece]! += 1;
      seam[pieces[next]!]! += 1;
    }
  }
  const smaller = area.map((own, piece) => Math.min(own, rest[ofPiece[piece]!]!));
  const narrow = Uint8Array.from(seam, (length, piece) =>
    length <= opening * Math.sqrt(smaller[piece]!) ? 1 : 0,
  );
  return { narrow, smaller };
}
