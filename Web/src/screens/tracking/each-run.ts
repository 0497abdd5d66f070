/** What became of an act on several runs. */
export interface EachOutcome {
  done: string[];
  refused: { id: string; message: string }[];
}

/** Does something to each of some runs, one after the other; one that is refused does not keep the others. */
export async function eachRun(ids: readonly string[], act: (id: string) => Promise<unknown>): Promise<EachOutcome> {
  const outcome: EachOutcome = { done: [], refused: [] };
  for (const id of ids) {
    try {
      await act(id);
      outcome.done.push(id);
    } catch (failure) {
      outcome.refused.push({ id, message: (failure as Error).message });
    }
  }
  return outcome;
}

/** "1 run", "2 runs". */
export const runsText = (count: number) => `${count} run${count === 1 ? "" : "s"}`;

/** What is told of runs that were refused: how many, and why the first was; undefined when none was. */
export function refusalText({ done, refused }: EachOutcome): string | undefined {
  const [first] = refused;
  if (!first) return undefined;
  return `${runsText(refused.length)} of ${done.length + refused.length} refused: ${first.message}`;
}
