import NIOCore

/// Bounds on what one connection may take of the server.
struct ConnectionLimits: Sendable {
    /// The largest body that is gathered before its request is handed on; larger ones are streamed.
    static let shortBytesMax = 64 << 10
    /// How long a connection may stay silent, between requests or within one, before it is closed.
    var idleMax = TimeAmount.seconds(75)
    /// How much of a body must come in that time for the connection not to be silent; its end suffices too.
    var bodyBytesMin = 16 << 10
    /// `idleMax` once the server is stopping.
    var idleMaxAtEnd = TimeAmount.seconds(5)
    /// How long the other end may take nothing of an answer before the connection is closed. An answer may hold a
    /// connection to the storage behind it, of which there are not endlessly many.
    var stalledMax = TimeAmount.minutes(5)
}

/// A request's body ended before what its head announced: the other end went away, or sent nonsense.
struct BodyCutShort: Error {}
