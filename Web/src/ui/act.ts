import { useState } from "react";

/** Does something that may be refused: whether it is being done, and why it was not. */
export function useAct(): { busy: boolean; error: Error | undefined; act: (work: () => Promise<unknown>) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, act };
}
