/** References that show several people: `style2color.painting.references`, which says why. There,
 * patches of strokes have a say too, and of several figures every one takes its own. */

import type { Plane } from "./arrays";
import { framed, readPeople, who, type FiguresGraph, type People } from "./figures";
import type { Pixels } from "./network";
import { lined } from "./portrait";

const CLEAR = 1;
const STRANGER = 16; // alike by less than this, he is none of them

/** What of a reference cleaned lines show: of several people one alone, and else all of it. */
export async function meant(graph: FiguresGraph, reference: Pixels, lines: Plane): Promise<Pixels> {
  const taken = lined(reference.data, reference.width, reference.height)?.lines;
  const people = taken && (await readPeople(graph, taken));
  if (!people || people.count < 2) return reference;
  const figure = await readPeople(graph, lines);
  if (figure.count !== 1) return reference;
  const named = (page: Plane, of: People, number: number) => who(graph, framed(page, of, number));
  const own = await named(lines, figure, 1);
  const alike = async (of: People, number: number) =>
    (await named(taken, of, number)).reduce((sum, value, i) => sum + value * own[i]!, 0);
  const found: number[] = [];
  for (let number = 1; number <= people.count; number++) found.push(await alike(people, number));
  const owner = people.owner.data.map((one) => Math.min(one, 1));
  const whole = await alike({ owner: { ...people.owner, data: owner }, count: 1 }, 1);
  const [best, second] = [...found].sort((a, b) => b - a) as [number, number];
  if (best < STRANGER || best - Math.max(second, whole) < CLEAR) return reference;
  return framed(reference, people, found.indexOf(best) + 1);
}
