package import Database

/// What scorers need of the gateway's endpoints, which scorers name as their judges and the gateway keeps.
///
/// Each is called within the transaction of the change.
package struct ScorerEndpoints: Sendable {
    /// The id of the endpoint of a name.
    ///
    /// Throws `RESOURCE_DOES_NOT_EXIST`.
    let find: @Sendable (_ name: String, any SQLConnection) throws -> String
    /// The names of those of the ids that are endpoints.
    let names: @Sendable (_ ids: Set<String>, any SQLConnection) throws -> [String: String]
    /// Notes that a scorer uses an endpoint, in place of the one that it used before; the note goes with the scorer.
    let bind: @Sendable (_ endpointID: String, ScorerVersion, any SQLConnection) throws -> Void

    /// The gateway's three answers.
    package init(
        find: @escaping @Sendable (_ name: String, any SQLConnection) throws -> String,
        names: @escaping @Sendable (_ ids: Set<String>, any SQLConnection) throws -> [String: String],
        bind: @escaping @Sendable (_ endpointID: String, ScorerVersion, any SQLConnection) throws -> Void
    ) {
        self.find = find
        self.names = names
        self.bind = bind
    }
}
