/** As much of each colour as the reference has, and no more white: `balance.py`, which says why. */

import type { Plane } from "./arrays";
import type { Rgb } from "./color";
import type { Regions } from "./regions";
import { chances, grounds, votesOf } from "./voting";
import { isWhite } from "./whites";

const CELLS = 32;
const PULL = 2;
const STEP = 0.25;
const ROUNDS = 12;
const FLOOR = 0.02;
/** Share of what no region sees. */
const NEVER = 1e-3;
const PALE = 2;
const SOME = 0.05;

/** What is weighed of a reference: `Seen` of network.ts. */
export interface Weighed {
  readonly colors: readonly Rgb[];
  readonly assignment: Float32Array;
  readonly white: number;
}

/** How much of a reference's figure each entry covers; 0 for paper and background. */
export function figureShares(colors: readonly Rgb[], assignment: Float32Array): number[] {
  return colors.map((color, k) => {
    const plane = assignment.subarray(k * CELLS ** 2, (k + 1) * CELLS ** 2);
    const share = plane.reduce((sum, value) => sum + value, 0) / CELLS ** 2;
    let rim = 0;
    for (let x = 0; x < CELLS; x++) rim += plane[x]!;
    for (let y = 0; y < CELLS / 2; y++) rim += plane[y * CELLS]! + plane[y * CELLS + CELLS - 1]!;
    return isWhite(color) || rim / (2 * CELLS) > share ? 0 : share;
  });
}

/** The geometric mean of two amounts, each a part of what takes part. */
function between(shares: readonly number[], seen: Float64Array): number[] {
  const kept = seen.reduce((sum, value, k) => (shares[k]! > 0 ? sum + value : sum), 0);
  return shares.map((share, k) => Math.sqrt(share * (seen[k]! / Math.max(kept, NEVER) + NEVER)));
}

/** Add to the opinion (R, K) what lets each colour be used as much as the reference has it, and as
 * much as the regions see of it there, where that is known; and take from white what is too much. */
export function balance(
  { data: logits, width, height }: Plane<Float32Array>,
  regions: Regions,
  opinion: Float32Array,
  { colors, assignment, white }: Weighed,
  seen: Float64Array | null,
): void {
  const count = regions.count;
  if (!count) return;
  const K = opinion.length / count;
  const has = figureShares(colors, assignment);
  const votes = votesOf(logits, width, height, regions, opinion, K);
  const weight = Float64Array.from(regions.area, Math.sqrt);
  const bias = evened(votes, weight, seen ? between(has, seen) : has, K);
  for (let i = 0; i < opinion.length; i++) opinion[i]! += bias[i % K]!;
  votes.forEach((value, i) => (votes[i] = value + bias[i % K]!));

  const pale = bias.map((_, k) => (k === K - 1 || (k < colors.length && isWhite(colors[k]!)) ? 1 : 0));
  grounds(regions).forEach((is, r) => is && (weight[r] = 0));
  const figure = white + has.reduce((sum, share) => sum + share, 0);
  const less = lessWhite(votes, weight, pale, white / Math.max(figure, NEVER));
  for (let i = 0; i < opinion.length; i++) {
    if (pale[i % K] && weight[Math.trunc(i / K)]) opinion[i]! += less;
  }
}

/** What to add to the votes (R, K) for every entry. */
function evened(votes: Float32Array, weight: Float64Array, shares: readonly number[], K: number) {
  const bias = new Float64Array(K);
  const weighed = shares.flatMap((share, k) => (share > 0 ? [k] : []));
  if (weighed.length < 2) return bias;
  const whole = shares.reduce((sum, share) => sum + share, 0);
  for (let round = 0; round < ROUNDS; round++) {
    const used = new Float64Array(K);
    weight.forEach((own, r) => {
      const chance = chances(bias.map((value, k) => value + votes[r * K + k]!));
      for (const k of weighed) used[k]! += own * chance[k]!;
    });
    const sum = Math.max(1e-6, weighed.reduce((all, k) => all + used[k]!, 0));
    for (const k of weighed) {
      const missing = Math.log((shares[k]! / whole + FLOOR) / (used[k]! / sum + FLOOR));
      bias[k]! += STEP * (PULL * missing - bias[k]!);
    }
  }
  return bias;
}

/** What to add to the votes (R, K) for the entries that are white or paper, at most 0. weight: of
 * the regions, 0 for ground. share: how much of the reference's figure is white. */
export function lessWhite(
  votes: Float32Array,
  weight: Float64Array,
  pale: ArrayLike<number>,
  share: number,
): number {
  const K = pale.length;
  const all = weight.reduce((sum, own) => sum + own, 0);
  let bias = 0;
  if (!all || !Array.from(pale).includes(0)) return bias;
  for (let round = 0; round < ROUNDS; round++) {
    let used = 0;
    weight.forEach((own, r) => {
      if (!own) return;
      const said = Float64Array.from(votes.subarray(r * K, (r + 1) * K), (v, k) => v + bias * pale[k]!);
      used += own * chances(said).reduce((sum, chance, k) => sum + chance * pale[k]!, 0);
    });
    const missing = Math.min(0, Math.log((share + SOME) / (used / all + SOME)));
    bias += STEP * (PALE * missing - bias);
  }
  return bias;
}
