import NIOCore

/// Bounds on what one connection may take of the server.
enum ConnectionLimits {
    /// The largest body that is gathered before its request is handed on; larger ones are streamed.
    static let shortBytesMax = 64 << 10
    /// How long a connection may stay silent, between requests or within one, before it is closed.
    static let idleMax = TimeAmount.seconds(75)
    /// The same once the server is stopping.
    static let idleMaxAtEnd = TimeAmount.seconds(5)
}

/// A request's body ended before what its head announced: the other end went away, or sent nonsense.
struct BodyCutShort: Error {}
