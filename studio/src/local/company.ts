/** References that show several people: `style2color.painting.references`, which says why. There,
 * patches of strokes have a say too. */

import type { Plane } from "./arrays";
import { framed, readPeople, who, type FiguresGraph, type People } from "./figures";
import type { Pixels } from "./network";
import { lined } from "./portrait";

const CLEAR = 1;
const STRANGER = 16; // alike by less than this, he is none of them

/** Several who are drawn, and who the people of a reference are. */
export interface Company {
  readonly drawn: People;
  readonly people: readonly Float32Array[];
}

export interface Meant {
  /** One; or, where there is a company, all of the reference and then its people. */
  readonly pictures: readonly Pixels[];
  readonly company: Company | null;
}

/** What of a reference cleaned lines show: of several people one alone, where several are drawn each
 * of them beside the whole, and else all of it. */
export async function meant(graph: FiguresGraph, reference: Pixels, lines: Plane): Promise<Meant> {
  const all = { pictures: [reference], company: null };
  const taken = lined(reference.data, reference.width, reference.height)?.lines;
  const people = taken && (await readPeople(graph, taken));
  if (!people || people.count < 2) return all;
  const drawn = await readPeople(graph, lines);
  if (!drawn.count) return all;
  const numbers = Array.from({ length: people.count }, (_, i) => i + 1);
  const names: Float32Array[] = [];
  for (const number of numbers) names.push(await who(graph, framed(taken, people, number)));
  const alone = (number: number) => framed(reference, people, number);
  if (drawn.count > 1) {
    return { pictures: [reference, ...numbers.map(alone)], company: { drawn, people: names } };
  }
  const own = await who(graph, framed(lines, drawn, 1));
  const owner = people.owner.data.map((one) => Math.min(one, 1));
  const everyone = { owner: { ...people.owner, data: owner }, count: 1 };
  const whole = product(await who(graph, framed(taken, everyone, 1)), own);
  const alike = names.map((name) => product(name, own));
  if (!clear(alike, whole)) return all;
  return { pictures: [alone(highest(alike) + 1)], company: null };
}

/** The picture of every figure of a company, each alone in its lines: all of the reference where it
 * is not clear who it is. */
export async function chosen(
  graph: FiguresGraph,
  { people }: Company,
  figures: readonly Plane[],
): Promise<number[]> {
  const table: number[][] = [];
  for (const lines of figures) {
    const own = await who(graph, lines);
    table.push(people.map((name) => product(name, own)));
  }
  // As `choose` in matching.py: half of what one has in common with all figures does not count.
  const common = people.map(
    (_, n) => table.reduce((sum, alike) => sum + alike[n]!, 0) / table.length,
  );
  return table.map((alike) =>
    clear(alike) ? highest(alike.map((value, n) => value - common[n]! / 2)) + 1 : 0,
  );
}

/** Whether one is more alike than any other, and than all of them, and no stranger. */
function clear(alike: readonly number[], whole = -Infinity): boolean {
  const [best, second] = [...alike].sort((a, b) => b - a) as [number, number];
  return best >= STRANGER && best - Math.max(second, whole) >= CLEAR;
}

function highest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function product(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, i) => sum + value * other[i]!, 0);
}
