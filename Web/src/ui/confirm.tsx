import type { ReactNode } from "react";
import { useAct } from "./act";
import { ErrorNote } from "./basics";
import { Dialog } from "./dialog";

/** Asks before something is changed, and says what will happen. It stays open when the server refuses. */
export function ConfirmDialog({ title, question, confirm, onConfirm, onClose, children }: {
  title: string;
  question: string;
  confirm: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { busy, error, act } = useAct();
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act(async () => {
            await onConfirm();
            onClose();
          });
        }}
      >
        <h2>{question}</h2>
        {error && <ErrorNote error={error} />}
        {children}
        <div className="dialog-actions">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={busy}>{confirm}</button>
        </div>
      </form>
    </Dialog>
  );
}
