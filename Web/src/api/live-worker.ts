import { LiveHub, type HubPort, type ToHub } from "./live-hub";

// The shared worker that holds the event stream for every tab: a browser opens six connections a host, and a stream
// in each of six tabs would leave none for anything else.
const hub = new LiveHub();

interface ConnectEvent extends Event {
  readonly ports: readonly MessagePort[];
}

self.addEventListener("connect", (event) => {
  const port = (event as ConnectEvent).ports[0];
  if (!port) return;
  const subscriber: HubPort = { post: (message) => port.postMessage(message) };
  port.onmessage = (message: MessageEvent<ToHub>) => hub.receive(subscriber, message.data);
});
