/** References that show several people: `style2color.painting.company`, which says why. */

import type { Plane } from "./arrays";
import { framed, readPeople, who, type FiguresGraph, type People } from "./figures";
import type { Pixels } from "./network";
import { lined } from "./portrait";

const CLEAR = 0.1;

/** What of a reference cleaned lines show: of several people one alone, and else all of it. */
export async function meant(graph: FiguresGraph, reference: Pixels, lines: Plane): Promise<Pixels> {
  const taken = lined(reference.data, reference.width, reference.height)?.lines;
  const people = taken && (await readPeople(graph, taken));
  if (!people || people.count < 2) return reference;
  const figure = await readPeople(graph, lines);
  if (figure.count !== 1) return reference;
  const named = (page: Plane, of: People, number: number) => who(graph, framed(page, of, number));
  const own = await named(lines, figure, 1);
  const alike: number[] = [];
  for (let number = 1; number <= people.count; number++) {
    const name = await named(taken, people, number);
    alike.push(name.reduce((sum, value, i) => sum + value * own[i]!, 0));
  }
  const [best, second] = [...alike].sort((a, b) => b - a) as [number, number];
  if (best - second < CLEAR) return reference;
  return framed(reference, people, alike.indexOf(best) + 1);
}
