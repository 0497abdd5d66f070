/** One event of a server-sent event stream. `id` is absent where the event carried none. */
export interface ServerEvent {
  name: string;
  data: string;
  id?: string;
}

/**
 * Reads a server-sent event stream from pieces of text, cut anywhere.
 *
 * A comment line is handed on as an event named "" so that the caller sees the heartbeat, and so is an id without an
 * event: the place from which the stream goes on.
 */
export class EventParser {
  private rest = "";
  private name = "";
  private id: string | undefined;
  private data: string[] = [];

  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const text = this.rest + piece;
    // A carriage return at the very end may be the first half of a line end.
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + text.slice(whole.length);
    for (const line of lines) this.line(line, events);
    return events;
  }

  private line(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.data.length > 0) {
        events.push({ name: this.name || "message", data: this.data.join("\n"), id: this.id });
      } else if (this.id !== undefined) events.push({ name: "", data: "", id: this.id });
      this.name = "";
      this.id = undefined;
      this.data = [];
      return;
    }
    if (line.startsWith(":")) {
      events.push({ name: "", data: line.slice(1).trim() });
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id") this.id = value;
  }
}
