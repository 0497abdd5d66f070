package import Kernel

/// What lets the gateway in at a provider: a key, or several values that belong together.
///
/// The values themselves are nowhere but in the database, sealed.
package struct GatewaySecret: Sendable {
    /// Its id: `s-` and 32 hexadecimal characters.
    package let id: String
    /// Its name, unique; stays as it is.
    package let name: String
    /// The names of its values, and of each value what shows which one it is; empty when the values can't be opened.
    package let maskedValues: [String: String]
    /// The provider that it is for; nil when nobody said.
    package let provider: String?
    /// What else the provider must be told, which is no secret: a region, an address.
    package let settings: [String: String]
    /// Who made it and who changed it last, and when.
    package let history: GatewayHistory

    /// What shows which value `text` is and does not tell it: its first three and last four characters.
    ///
    /// Of a value of fewer than twelve characters, too much of it would be told.
    static func masked(_ text: String) -> String {
        text.count < 12 ? "***" : "\(text.prefix(3))...\(text.suffix(4))"
    }
}

/// Who made something and who changed it last, as clients said, and when.
package struct GatewayHistory: Sendable {
    /// When it was made.
    package let createdAt: Timestamp
    /// When it was changed last.
    package var updatedAt: Timestamp
    /// Who made it; nil when the client did not say.
    package let createdBy: String?
    /// Who changed it last; nil when the client did not say.
    package var updatedBy: String?

    /// Something that `user` made at `time`.
    init(at time: Timestamp, by user: String?) {
        (createdAt, updatedAt, createdBy, updatedBy) = (time, time, user, user)
    }

    /// A history as it is kept.
    init(createdAt: Timestamp, updatedAt: Timestamp, createdBy: String?, updatedBy: String?) {
        (self.createdAt, self.updatedAt, self.createdBy, self.updatedBy) = (createdAt, updatedAt, createdBy, updatedBy)
    }

    /// The history after a change, by the same as before where nobody is named; later than before on every clock.
    func changed(at time: Timestamp, by user: String?) -> GatewayHistory {
        var history = self
        history.updatedAt = max(time, updatedAt.advanced(byMilliseconds: 1))
        history.updatedBy = user ?? updatedBy
        return history
    }
}

/// A secret to be made.
package struct NewGatewaySecret: Sendable {
    /// Its name.
    package var name: String
    /// Its values by their names.
    package var values: [String: String]
    /// The provider that it is for.
    package var provider: String?
    /// What else the provider must be told.
    package var settings: [String: String] = [:]
    /// Who makes it, as the client says.
    package var user: String?

    /// A secret for no provider.
    package init(name: String, values: [String: String]) {
        self.name = name
        self.values = values
    }
}
