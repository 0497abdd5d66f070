import type { ReactNode } from "react";
import { useAct } from "./act";
import { ErrorNote } from "./basics";
import { Dialog } from "./dialog";

/**
 * Asks before something is changed, and says what will happen. It stays open when the server refuses.
 *
 * `blocked` says what is still missing before it can be confirmed.
 */
export function ConfirmDialog({ title, question, confirm, blocked, onConfirm, onClose, children }: {
  title: string;
  question: string;
  confirm: string;
  blocked?: string | undefined;
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
          {blocked && <span className="note" role="status">{blocked}</span>}
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={busy || blocked !== undefined}>{confirm}</button>
        </div>
      </form>
    </Dialog>
  );
}
