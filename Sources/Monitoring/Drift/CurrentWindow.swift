package import Kernel

/// Which predictions of an endpoint are looked at.
package enum DriftWindow: Sendable, Hashable {
    /// The newest rows.
    case lastRows(Int)
    /// The rows of a time, both ends included; the newest of them where there are more than ``rowsMax``.
    case between(Timestamp, Timestamp)

    /// What is looked at when nobody says.
    package static let standard = DriftWindow.lastRows(1_000)
    /// The most rows that one check reads.
    package static let rowsMax = 100_000

    /// Refuses a window that is empty or too large.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func validate() throws {
        switch self {
        case .lastRows(let count):
            guard (1...Self.rowsMax).contains(count) else {
                throw MartletError(
                    .invalidParameterValue,
                    "Invalid window: last_rows is \(count). It must be from 1 to \(Self.rowsMax)."
                )
            }
        case .between(let from, let to):
            guard from < to else {
                throw MartletError(
                    .invalidParameterValue,
                    "Invalid window: from \(from.milliseconds) is not before to \(to.milliseconds)."
                )
            }
        }
    }
}

/// A version that an endpoint serves.
package struct MonitoredVersion: Sendable, Hashable {
    /// The registered model's name.
    package let modelName: String
    /// The version's number.
    package let number: Int
    /// When the version was created: tells it from another that had this name and number before.
    package let createdAt: Timestamp

    /// Version `number` of `modelName`.
    package init(modelName: String, number: Int, createdAt: Timestamp) {
        self.modelName = modelName
        self.number = number
        self.createdAt = createdAt
    }
}

/// What an endpoint's version was asked to predict from in a window.
package struct CurrentWindow: Sendable {
    /// The version that the endpoint serves, whose predictions these are.
    package let version: MonitoredVersion
    /// When the oldest row was predicted.
    package let from: Timestamp
    /// When the newest row was predicted.
    package let to: Timestamp
    /// Each row's features: a JSON object by column name.
    package let features: [String]

    /// The rows of `version` between `from` and `to`; at most ``DriftWindow/rowsMax``.
    package init(version: MonitoredVersion, from: Timestamp, to: Timestamp, features: [String]) {
        self.version = version
        self.from = from
        self.to = to
        self.features = features
    }
}
